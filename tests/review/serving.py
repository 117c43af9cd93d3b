"""A server of the review page in a process of its own, with synthetic sources, for tests.

`make_folder` makes the files; `ServerProcess` starts, kills and restarts the server.
"""

from __future__ import annotations

import hashlib
import http.client
import multiprocessing
import os
import signal
import socket
import time
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits

SEED = 5
PIXEL_ARCSEC = 1.8
BEAM_ARCSEC = 5.4
_START_S = 30.0
# What a server imports takes two seconds: it is imported once, and each server is a fork of that.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["review.serving", "bentjets.review.server", "uvicorn"])


def make_folder(folder: Path, n_sources: int, *, size_px: int = 150) -> Path:
    """Make the files and tables of some synthetic sources, named as the pipelines name them."""
    for name in ("cutouts", "masks", "masked"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    catalogue = _catalogue(rng, n_sources)
    rows, gaussians = [], []
    for _, source in catalogue.iterrows():
        image, centres = _draw(rng, size_px, source["morphology"] == "NAT")
        png = _write(folder, source, image)
        rows.append({"image_sha256": hashlib.sha256(png).hexdigest(), "peak": image.max()})
        gaussians += [_gaussian(source["source_id"], image, one) for one in centres]
    catalogue.to_csv(folder / "catalogue.csv", index=False)
    _quality(catalogue, rows).to_csv(folder / "quality.csv", index=False)
    log = catalogue[["source_id"]].assign(status="ok", reason="", rms_jy_beam=1.5e-4)
    log.to_csv(folder / "processing_log.csv", index=False)
    pd.DataFrame(gaussians).to_parquet(folder / "gaussians.parquet")
    _predictions(rng, catalogue).to_parquet(folder / "predictions.parquet")
    return folder


def _catalogue(rng: np.random.Generator, n_sources: int) -> pd.DataFrame:
    names = [f"SYN{number:05d}" for number in range(n_sources)]
    return pd.DataFrame(
        {
            "source_id": names,
            "name": [f"{name} <b>&amp;" if name == "SYN00001" else name for name in names],
            "ra_deg": 150.0 + 0.05 * np.arange(n_sources) % 30.0,
            "dec_deg": 20.0 + 0.01 * (np.arange(n_sources) % 3),
            "morphology": np.where(np.arange(n_sources) % 3 == 0, "NAT", "WAT"),
            "flux_mjy": rng.uniform(5, 500, n_sources).round(1),
            "opening_angle_deg": rng.uniform(20, 180, n_sources).round(1),
        }
    )


def _draw(
    rng: np.random.Generator, size_px: int, is_narrow: bool
) -> tuple[np.ndarray, list[tuple[float, float]]]:
    y, x = np.mgrid[:size_px, :size_px]
    image = rng.normal(0, 1.5e-4, (size_px, size_px))
    middle, turn = (size_px - 1) / 2, rng.uniform(0, 2 * np.pi)
    half = np.radians(rng.uniform(15, 40) if is_narrow else rng.uniform(60, 85))
    centres = [(middle, middle)]
    for side in (-1, 1):
        for step in (5.0, 10.0, 15.0):
            angle = turn + side * half
            centres.append((middle + step * np.cos(angle), middle + step * np.sin(angle)))
    sigma = BEAM_ARCSEC / PIXEL_ARCSEC / 2.355
    for column, row in centres:
        blob = np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * sigma**2))
        image += rng.uniform(2e-3, 8e-3) * blob
    return image.astype(np.float32), centres


def _write(folder: Path, source: pd.Series, image: np.ndarray) -> bytes:
    from bentjets.radio.imaging import apply_mask, flip_north_up, png_bytes, scale_to_8bit

    size = image.shape[0]
    header = fits.Header(
        {
            **{"RADESYS": "FK5", "EQUINOX": 2000.0, "CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN"},
            **{"CRVAL1": source["ra_deg"], "CRVAL2": source["dec_deg"]},
            **{"CRPIX1": (size + 1) / 2, "CRPIX2": (size + 1) / 2},
            **{"CDELT1": -PIXEL_ARCSEC / 3600, "CDELT2": PIXEL_ARCSEC / 3600},
            **{"BUNIT": "JY/BEAM", "BMAJ": BEAM_ARCSEC / 3600, "BMIN": BEAM_ARCSEC / 3600},
            **{"BPA": 0.0, "RESTFRQ": 1.4e9, "SURVEY": "SYNTHETIC"},
        }
    )
    mask = (image > 6e-4).astype(np.uint8)
    name = source["source_id"]
    fits.PrimaryHDU(image, header).writeto(folder / "cutouts" / f"{name}.fits", overwrite=True)
    fits.PrimaryHDU(mask, header).writeto(folder / "masks" / f"{name}.fits", overwrite=True)
    png = png_bytes(flip_north_up(apply_mask(scale_to_8bit(image), mask)))
    (folder / "masked" / f"{name}.png").write_bytes(png)
    return png


def _gaussian(source_id: str, image: np.ndarray, centre: tuple[float, float]) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "x_px": centre[0],
        "y_px": centre[1],
        "major_axis_arcsec": BEAM_ARCSEC * 1.3,
        "minor_axis_arcsec": BEAM_ARCSEC,
        "position_angle_deg": 30.0,
        "peak_flux_jy_beam": float(image[round(centre[1]), round(centre[0])]),
    }


def _quality(catalogue: pd.DataFrame, rows: list[dict[str, Any]]) -> pd.DataFrame:
    count = len(catalogue)
    flags = [
        ("neighbour_flux_ratio", "", "", "angle_against_class", "")[n % 5] for n in range(count)
    ]
    return pd.DataFrame(
        {
            "source_id": catalogue["source_id"],
            "accepted": True,
            "reason": "",
            "blank_fraction": 0.0,
            "snr": 30.0,
            "opening_angle_deg": catalogue["opening_angle_deg"] - 3.0,
            "opening_angle_error_deg": 8.0,
            "flags": flags,
            "neighbour_flux_ratio": [2.5 if "neighbour" in flag else 0.1 for flag in flags],
            "angle_against_class": [40.0 if "angle" in flag else 0.0 for flag in flags],
            "image_sha256": [row["image_sha256"] for row in rows],
        }
    )


def _predictions(rng: np.random.Generator, catalogue: pd.DataFrame) -> pd.DataFrame:
    wat = rng.uniform(0, 1, (2, len(catalogue)))
    return pd.concat(
        pd.DataFrame(
            {
                "model": "small_cnn",
                "kind": "network",
                "seed": seed,
                "source_id": catalogue["source_id"],
                "probability_WAT": wat[seed],
                "probability_NAT": 1 - wat[seed],
            }
        )
        for seed in range(2)
    )


@dataclass
class Options:
    """What a server is started with; ``tokens`` as the command prints them with --host."""

    experts: tuple[str, ...] = ("ann",)
    with_tokens: bool = False
    round_number: int = 1
    shows: bool = False
    by: str = "shuffled"
    repeat_share: float = 0.1
    body_s: float = 1.0


@dataclass
class ServerProcess:
    """A server at a free loopback port; the same port and tokens after a restart."""

    folder: Path
    options: Options = field(default_factory=Options)
    port: int = 0
    process: BaseProcess | None = None

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def votes(self) -> Path:
        """The votes' database."""
        return self.folder / "reviews.db"

    def token(self, expert: str) -> str:
        """Token of an expert."""
        from bentjets.review.server import make_token

        return make_token(b"test", expert)

    def page_url(self, expert: str) -> str:
        """Address that opens the page for an expert."""
        return f"{self.url}/#token={self.token(expert)}" if self.options.with_tokens else self.url

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self.port = self.port or free_port()
        self.process = _PROCESSES.Process(
            target=serve_folder, args=(self.folder, self.port, self.options), daemon=True
        )
        self.process.start()
        end = time.monotonic() + _START_S
        while not self._answers():
            if not self.process.is_alive() or time.monotonic() > end:
                raise RuntimeError("the server did not start: see its output")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it without a warning (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end (SIGTERM)."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None and self.process.is_alive():
            os.kill(self.process.pid, number)
            self.process.join(timeout=20)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/api/state")
            return connection.getresponse().status in (200, 401)
        except OSError:
            return False
        finally:
            connection.close()


def free_port() -> int:
    """Find a port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_room(folder: Path, options: Options, store: Any) -> Any:
    """Put sources, files and queues together, as the command does it."""
    from bentjets.review.server import (
        Files,
        Pictures,
        Room,
        Showing,
        Sources,
        Tables,
        find_conflicts,
        make_queue,
    )

    sources = Sources(
        Tables(
            catalogue=pd.read_csv(folder / "catalogue.csv"),
            processing_log=pd.read_csv(folder / "processing_log.csv"),
            quality=pd.read_csv(folder / "quality.csv"),
            gaussians=pd.read_parquet(folder / "gaussians.parquet"),
            predictions=lambda: pd.read_parquet(folder / "predictions.parquet"),
            limits={"max_neighbour_flux_ratio": 1.0},
            classes=("WAT", "NAT"),
        )
    )
    files = Files(
        cutout=lambda name: (folder / "cutouts" / f"{name}.fits").read_bytes(),
        mask=lambda name: (folder / "masks" / f"{name}.fits").read_bytes(),
        masked_image=lambda name: (folder / "masked" / f"{name}.png").read_bytes(),
    )
    conflicts = find_conflicts(store.latest(round=1)) if options.round_number == 2 else None
    queues = {
        expert: make_queue(
            sources,
            expert=expert,
            seed=SEED,
            by=options.by,
            repeat_share=options.repeat_share if conflicts is None else 0.0,
            only=conflicts,
        )
        for expert in options.experts
    }
    showing = Showing("Synthetic sources", options.round_number, options.shows)
    return Room(sources, Pictures(files), store, queues, showing)


def serve_folder(folder: Path, port: int, options: Options) -> None:
    """Serve a folder at a port until a signal comes."""
    from bentjets.review.server import Limits, Sessions, listen, make_app, make_token, serve
    from bentjets.review.votes import VoteStore

    store = VoteStore(f"sqlite:///{folder / 'reviews.db'}")
    tokens = {one: make_token(b"test", one) for one in options.experts}
    app = make_app(
        make_room(folder, options, store),
        sessions=Sessions(options.experts, tokens if options.with_tokens else {}),
        hosts=frozenset({"127.0.0.1", "localhost"}),
        limits=Limits(body_s=options.body_s),
    )
    serve(app, listen("127.0.0.1", port), when_ready=lambda: None)
    store.close()
