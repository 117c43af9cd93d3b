"""What the stand-in of public services has to give, and how it reads what it is asked for."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import numpy as np
import pandas as pd

from services_faults import SAME_PLACE_DEG, Position, Request
from services_sky import blank_sky, draw_sky, hips_fits, skyview_fits, votable

SKYVIEW_SURVEYS = {
    "Radio": ("GB6 (4850MHz)", "VLA FIRST (1.4 GHz)", "NVSS", "SUMSS 843 MHz", "WENSS", "VLSSr"),
    "Optical:DSS": ("DSS", "DSS2 Red"),
}
_STATUSES = {"not_found": 404, "too_many": 429, "server_error": 500, "unavailable": 503}
_ERROR_PAGE = b"<html><head><title>Service error</title></head><body>Please try later</body></html>"
_SKYVIEW_SCALE_DEG = 0.0005
_PIECE_BYTES = 2**20


@dataclass(frozen=True)
class Streamed:
    """A body that is made as it is sent: as many bytes as are asked for."""

    size: int
    chunked: bool = False  # without Content-Length

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self.size, _PIECE_BYTES):
            yield bytes(min(_PIECE_BYTES, self.size - start))


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    body: bytes | Streamed
    headers: Mapping[str, str] = field(default_factory=dict)


_NOT_FOUND = Answer(404, "text/html", b"<html>404 Not Found</html>")


@dataclass(frozen=True)
class _Image:
    """A file that SkyView has made and will give."""

    survey: str
    position: Position
    shape: tuple[int, int]
    scale_deg: float


class Answers:
    """What there is to ask for, and the answer to each request."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.footprint: Callable[[float, float, str], bool] = lambda ra, dec, survey: True
        self.outside = "not_found"
        self.hips = {
            "NRAO/P/VLASS-Quicklook-MedianStack",
            "astron.nl/P/lotss_dr2_high",
            "CSIRO/P/RACS/low/I",
        }
        self.retry_after = "1"
        self._names: list[str] = []
        self._places = np.empty((0, 2))
        self._tables: dict[str, pd.DataFrame] = {}
        self._units: dict[str, str] = {}
        self._records: dict[str, dict[str, Any]] = {}
        self._files: dict[tuple[str, str], bytes | Streamed] = {}
        self._images: dict[str, _Image] = {}
        self._numbers = itertools.count(1_000_001)

    def name_sources(
        self, names: Iterable[str], ra_deg: Iterable[float], dec_deg: Iterable[float]
    ) -> None:
        """Give the positions of a catalogue their names, for plans and the log."""
        self._names = list(names)
        self._places = np.column_stack([list(ra_deg), list(dec_deg)])

    def add_table(
        self, name: str, table: pd.DataFrame, *, units: Mapping[str, str] | None = None
    ) -> None:
        """Let VizieR hold a table; its catalogue is the name without the last part."""
        self._tables[name] = table
        self._units |= units or {}

    def add_record(
        self,
        files: Mapping[str, bytes | Streamed],
        *,
        listed: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> str:
        """Let the archive hold a record; return its address.

        What is given as listed of a file (size, checksum, links) stands in the record instead of
        the truth.
        """
        number = str(next(self._numbers))
        entries = []
        for key, body in files.items():
            self._files[number, key] = body
            streamed = isinstance(body, Streamed)
            md5 = "0" * 32 if streamed else hashlib.md5(body).hexdigest()
            link = f"{self.address}/api/records/{number}/files/{quote(key, safe='')}/content"
            entry = {
                "key": key,
                "size": body.size if streamed else len(body),
                "checksum": f"md5:{md5}",
                "links": {"self": link},
            }
            entries.append(entry | (listed or {}).get(key, {}))
        self._records[number] = {"id": int(number), "status": "published", "files": entries}
        return f"{self.address}/api/records/{number}"

    def read(self, target: str, body: str) -> tuple[Request, dict[str, list[str]]]:
        """Find out what a request asks for."""
        path, _, query = target.partition("?")
        fields = parse_qs(query)
        request = Request("", "", target)
        if match := re.fullmatch(r"/current/cgi/(basicform|query|runquery)\.pl", path):
            request.service = "skyview"
            request.step = "query" if match[1] == "runquery" else "form"
            request.survey = ",".join(fields.get("survey", []))
            request.position = _read_position(fields.get("Position", [""])[0])
        elif match := re.fullmatch(r"/tempspace/fits/(\w+)\.fits", path):
            request.service, request.step = "skyview", "image"
            if image := self._images.get(match[1]):
                request.survey, request.position = image.survey, image.position
        elif path == "/hips-image-services/hips2fits":
            request.service, request.step = "hips2fits", "image"
            request.survey = fields.get("hips", [""])[0]
            request.position = _read_position(
                " ".join(fields.get(name, [""])[0] for name in ("ra", "dec"))
            )
        elif path == "/viz-bin/votable":
            request.service, request.step = "vizier", "table"
            fields = {
                key: [value] for key, _, value in (line.partition("=") for line in body.split("\n"))
            }
            request.source = fields.get("-source", [""])[0]
        elif match := re.fullmatch(r"/api/records/(\d+)(?:/files/([^/]+)/content)?", path):
            request.service, request.step = "archive", "file" if match[2] else "record"
            request.source = unquote(match[2]) if match[2] else match[1]
            fields = {"record": [match[1]]}
        if request.position:
            request.source = self._name(request.position)
        return request, fields

    def _name(self, position: Position) -> str:
        if self._names:
            ra_deg, dec_deg = position
            east = (self._places[:, 0] - ra_deg + 180) % 360 - 180
            east *= math.cos(math.radians(dec_deg))
            distance_deg = np.hypot(east, self._places[:, 1] - dec_deg)
            nearest = int(distance_deg.argmin())
            if distance_deg[nearest] < SAME_PLACE_DEG:
                return self._names[nearest]
        return "{:.3f}{:+.3f}".format(*position)

    def answer(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        if request.fault == "html":
            return Answer(200, "text/html", _ERROR_PAGE)
        if status := _STATUSES.get(request.fault):
            wait = {"Retry-After": self.retry_after} if status == 429 else {}
            return Answer(status, "text/html", _ERROR_PAGE, wait)
        answers = {
            ("skyview", "form"): self._skyview_form,
            ("skyview", "query"): self._skyview_page,
            ("skyview", "image"): self._skyview_image,
            ("hips2fits", "image"): self._hips_image,
            ("vizier", "table"): self._vizier_tables,
            ("archive", "record"): self._record,
            ("archive", "file"): self._file,
        }
        found = answers.get((request.service, request.step))
        return found(request, fields) if found else _NOT_FOUND

    def _covers(self, request: Request) -> bool:
        ra_deg, dec_deg = request.position or (0.0, 0.0)
        return self.footprint(ra_deg, dec_deg, request.survey)

    def _skyview_form(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        return Answer(200, "text/html", _SKYVIEW_FORM)

    def _skyview_page(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        known = {name for names in SKYVIEW_SURVEYS.values() for name in names}
        empty = request.fault == "empty_list" or (
            self.outside == "empty_list" and not self._covers(request)
        )
        links = []
        for survey in fields.get("survey", []):
            if request.position is None or survey not in known or empty:
                continue
            width_px, height_px = _read_pair(fields.get("pixels", ["300"])[0])
            size_deg, _ = _read_pair(fields.get("size", [f"{width_px * _SKYVIEW_SCALE_DEG}"])[0])
            number = f"skv{next(self._numbers)}_{len(links) + 1}"
            self._images[number] = _Image(
                survey, request.position, (int(height_px), int(width_px)), size_deg / width_px
            )
            place = f"../../tempspace/fits/{number}"
            links.append(
                f"<span>Download <a href={place}.fits>FITS</a> or "
                f"<a href={place}.jpg>quick look jpeg </a> image.</span>"
            )
        page = f"<html><body>SkyView Query Results {''.join(links)}</body></html>"
        return Answer(200, "text/html", page.encode())

    def _skyview_image(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        image = self._images.get(request.path.rpartition("/")[2].removesuffix(".fits"))
        covered = self._covers(request)
        if image is None or (not covered and self.outside == "not_found"):
            return _NOT_FOUND
        blank = request.fault == "all_nan" or not covered
        place = (*image.position, image.scale_deg)
        pixels = (
            blank_sky(image.shape)
            if blank
            else draw_sky(*image.position, image.shape, image.scale_deg)
        )
        return Answer(200, "image/fits", skyview_fits(pixels, *place, image.survey))

    def _hips_image(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        if request.position is None or request.survey not in self.hips:
            error = {
                "title": "Bad Request",
                "description": f"No HiPS found for keyword {request.survey}",
            }
            return Answer(400, "application/json", json.dumps(error).encode())
        width_px, height_px, fov_deg = (
            float(fields[name][0]) for name in ("width", "height", "fov")
        )
        shape, scale_deg = (int(height_px), int(width_px)), fov_deg / max(width_px, height_px)
        blank = request.fault == "all_nan" or not self._covers(request)
        pixels = blank_sky(shape) if blank else draw_sky(*request.position, shape, scale_deg)
        body = hips_fits(pixels, *request.position, scale_deg, request.survey)
        return Answer(200, "image/fits", body)

    def _vizier_tables(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        limit = fields.get("-out.max", ["50"])[0]
        rows = None if limit == "unlimited" else int(limit)
        chosen = {
            name: table[:rows]
            for name, table in self._tables.items()
            if request.source in (name, name.rpartition("/")[0]) and request.fault != "empty_list"
        }
        return Answer(200, "text/xml", votable(chosen, self._units))

    def _record(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        record = self._records.get(request.source)
        if record is None:
            error = {"status": 404, "message": "The persistent identifier does not exist."}
            return Answer(404, "application/json", json.dumps(error).encode())
        if request.fault == "empty_list":
            record = {**record, "files": []}
        return Answer(200, "application/json", json.dumps(record).encode())

    def _file(self, request: Request, fields: dict[str, list[str]]) -> Answer:
        body = self._files.get((fields["record"][0], request.source))
        if body is None:
            return _NOT_FOUND
        if not request.from_byte or isinstance(body, Streamed):
            return Answer(200, "application/octet-stream", body)
        if request.from_byte >= len(body):
            return Answer(416, "text/html", b"")
        return Answer(206, "application/octet-stream", body[request.from_byte :])


def _draw_form() -> bytes:
    groups = "".join(
        f"<select class='selectbox' multiple size=7 NAME='survey' id='{group}'>\n"
        + "".join(f"<option>{name}</option>" for name in names)
        + "</select>"
        for group, names in SKYVIEW_SURVEYS.items()
    )
    return (
        "<html><head><title>SkyView Query Form</title></head><body>"
        '<form name="query" action="runquery.pl" method="GET" target="skyview_out">'
        '<INPUT TYPE="submit" Value="Submit"><INPUT name="Position" size=30 id="object">'
        f"{groups}"
        "<select name='coordinates' id='csys'><option value='_skip_'>Special coordinates</option>"
        "<option selected>J2000</option><option>B1950</option></select>"
        "<select name='projection' id='proj'><option selected value='Tan'>Gnomonic (Tan)</option>"
        "</select><input type='text' name='pixels' Value='300' SIZE=11 id='size_pix'>"
        "<input type='text' name='size' SIZE=10 id='size_deg'>"
        "<input type=checkbox name='float' id='float' checked>"
        "<select NAME='survey' id='overlay_red'><OPTION selected value='_skip_'>None</OPTION>"
        "</select></form></body></html>"
    ).encode()


_SKYVIEW_FORM = _draw_form()


def _read_position(text: str) -> Position | None:
    try:
        ra_deg, dec_deg = map(float, text.replace(",", " ").split())
    except ValueError:
        return None
    return ra_deg, dec_deg


def _read_pair(text: str) -> Sequence[float]:
    """Read one number that counts for both axes, or two."""
    numbers = [float(number) for number in text.split(",")]
    return numbers * 2 if len(numbers) == 1 else numbers
