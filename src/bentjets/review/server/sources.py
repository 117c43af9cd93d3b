"""What is known of the sources, from the tables that the pipelines wrote."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.measuring import CHECKS
from bentjets.review.server.opinions import Opinions
from bentjets.review.server.pictures import pixels_of

# Only what cannot tell the class is shown before the vote: the catalogue may call it by any name.
_NO_LABEL = re.compile(r"z|redshift|.*flux.*|.*_m?jy|.*mag.*|spectral_index|alpha", re.IGNORECASE)
_SHOWN_ELSEWHERE = ("source_id", "name", "ra_deg", "dec_deg", "morphology")
_CHECKS = {check.name: check for check in CHECKS}
_TELLS_CLASS = "angle_against_class"
# From a source off the centre of its cutout to the farthest corner.
_REACH_SIDES = 1.5
_GAUSSIAN_COLUMNS = {
    "x": "x_px",
    "y": "y_px",
    "major_px": "major_axis_arcsec",
    "minor_px": "minor_axis_arcsec",
    "pa_deg": "position_angle_deg",
    "peak_jy_beam": "peak_flux_jy_beam",
}
_IN_ARCSEC = ("major_px", "minor_px")


@dataclass(frozen=True)
class Tables:
    """The tables that the sources are known from.

    Parameters
    ----------
    catalogue, processing_log
        As the pipelines write them; the sources are those whose processing went well.
    quality, gaussians
        Likewise; None where they have not been made.
    predictions
        Reads the networks' predictions; None where there are none.
    doubts
        Reads the places of the sources in the list of doubtful labels; None where there is none.
    limits
        The limits of the quality checks, by name.
    classes
        The classes of this environment.
    """

    catalogue: pd.DataFrame
    processing_log: pd.DataFrame
    quality: pd.DataFrame | None = None
    gaussians: pd.DataFrame | None = None
    predictions: Callable[[], pd.DataFrame | None] | None = None
    doubts: Callable[[], pd.DataFrame | None] | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


class Sources:
    """The sources that can be looked at, by their number in the catalogue's order.

    Parameters
    ----------
    tables
        Where they are described.

    Raises
    ------
    InputError
        If the processing has made no image.
    """

    def __init__(self, tables: Tables) -> None:
        log = tables.processing_log
        made = log.loc[log["status"] == "ok"].set_index("source_id")
        catalogue = tables.catalogue
        catalogue = catalogue[catalogue["source_id"].isin(made.index)].reset_index(drop=True)
        if catalogue.empty:
            raise InputError(
                "no image has been made yet: run kedro run --pipelines acquisition,processing,"
                "curation first"
            )
        self._catalogue = catalogue
        self.source_ids: list[str] = catalogue["source_id"].tolist()
        self.numbers = {source_id: number for number, source_id in enumerate(self.source_ids)}
        self.classes = tables.classes
        self._rms = made["rms_jy_beam"].reindex(self.source_ids).to_numpy(np.float64)
        self._limits = tables.limits
        self._quality = None
        if tables.quality is not None:
            self._quality = tables.quality.set_index("source_id").reindex(self.source_ids)
        self._gaussians = _by_source(tables.gaussians, self.source_ids)
        self._read_predictions = tables.predictions
        self._read_doubts = tables.doubts
        self._ra = catalogue["ra_deg"].to_numpy(np.float64)
        self._dec = catalogue["dec_deg"].to_numpy(np.float64)
        self._by_dec = np.argsort(self._dec, kind="stable")
        self._sorted_dec = self._dec[self._by_dec]

    def __len__(self) -> int:
        return len(self.source_ids)

    @functools.cached_property
    def opinions(self) -> Opinions:
        """What the networks say; read when it is first asked for."""
        table = self._read_predictions() if self._read_predictions else None
        return Opinions(table, self.source_ids)

    def suspicion(self) -> NDArray[np.float64] | None:
        """Rank the sources by how doubtful their label is; None where no list was made.

        The largest is the most doubtful; what was not tested comes last.
        """
        table = self._read_doubts() if self._read_doubts else None
        if table is None:
            return None
        places = table.set_index("source_id")["suspicion"].reindex(self.source_ids)
        return -places.fillna(np.inf).to_numpy(np.float64)

    @property
    def labels(self) -> list[str]:
        """The catalogue's class of each source."""
        return self._catalogue["morphology"].tolist()

    def images_sha256(self) -> NDArray[np.bytes_]:
        """Tell the masked image that was last checked of each source; empty where unknown."""
        if self._quality is None:
            return np.zeros(len(self), dtype="S64")
        return np.asarray(self._quality["image_sha256"].fillna("").to_numpy(dtype="S64"))

    def is_flagged(self, *, shows: bool) -> NDArray[np.bool_]:
        """Tell which sources a quality check remarks on; while blind, without that of the class."""
        if self._quality is None:
            return np.zeros(len(self), dtype=bool)
        return np.array([bool(names) for names in self._flag_names(slice(None), shows)])

    def class_disagreement(self) -> NDArray[np.float64]:
        """Give the number by which measured angle and class disagree, 0 where it is not known."""
        if self._quality is None or _TELLS_CLASS not in self._quality:
            return np.zeros(len(self))
        return np.asarray(self._quality[_TELLS_CLASS].fillna(0.0).to_numpy(np.float64))

    def describe(self, number: int, *, shows: bool) -> dict[str, Any]:
        """Tell what the tables say of a source; what may tell its class only where it is shown."""
        row = self._catalogue.iloc[number]
        facts = [
            [str(column), _as_text(value)]
            for column, value in row.items()
            if column not in _SHOWN_ELSEWHERE
            and not pd.isna(value)
            and (shows or _NO_LABEL.fullmatch(str(column)))
        ]
        return {
            "source_id": str(row["source_id"]),
            "name": str(row["name"]),
            "ra_deg": float(row["ra_deg"]),
            "dec_deg": float(row["dec_deg"]),
            "catalogue": facts,
            "rms_jy_beam": _number(self._rms[number]),
            "flags": self._flags(number, shows),
            "opening_angle_deg": self._checked(number, "opening_angle_deg") if shows else None,
            "opening_angle_error_deg": (
                self._checked(number, "opening_angle_error_deg") if shows else None
            ),
        }

    def gaussians(self, number: int, scale_arcsec: float) -> list[dict[str, float]]:
        """List the Gaussians in a source's cutout, in its pixels."""
        starts, columns = self._gaussians
        part = slice(starts[number], starts[number + 1])
        scales = dict.fromkeys(_IN_ARCSEC, scale_arcsec)
        listed = {name: values[part] / scales.get(name, 1.0) for name, values in columns.items()}
        rows = zip(*listed.values(), strict=True)
        return [{name: float(x) for name, x in zip(listed, row, strict=True)} for row in rows]

    def surroundings(
        self, number: int, plane: dict[str, float], shape: tuple[int, int]
    ) -> dict[str, Any]:
        """Give the pixels of the catalogue position, and of the other sources in the cutout.

        Parameters
        ----------
        number
            The source.
        plane
            The sky of its cutout, as `tangent_plane` describes it.
        shape
            Rows and columns of the cutout.
        """
        near = self._near(number, _side_deg(plane) * max(shape) * _REACH_SIDES)
        x, y = pixels_of(plane, self._ra[near], self._dec[near])
        inside = (x >= 0) & (x <= shape[1] - 1) & (y >= 0) & (y <= shape[0] - 1)
        (own,) = np.flatnonzero(near == number)
        return {
            "position": {"x": float(x[own]), "y": float(y[own])},
            "neighbours": [
                {"source_id": self.source_ids[near[n]], "x": float(x[n]), "y": float(y[n])}
                for n in np.flatnonzero(inside & (near != number))
            ],
        }

    def _near(self, number: int, reach_deg: float) -> NDArray[np.intp]:
        """List the sources that may lie so near to one of them, itself among them."""
        ra, dec = self._ra[number], self._dec[number]
        low = np.searchsorted(self._sorted_dec, dec - reach_deg)
        high = np.searchsorted(self._sorted_dec, dec + reach_deg, side="right")
        near = self._by_dec[low:high]
        off = np.abs((self._ra[near] - ra + 180.0) % 360.0 - 180.0)
        narrowest = np.cos(np.radians(min(abs(dec) + reach_deg, 90.0)))
        return np.asarray(near[off * narrowest <= reach_deg])

    def measured_angle(self, number: int) -> dict[str, float | None]:
        """Give what the automatic ruler says, and its error, in deg."""
        names = ("opening_angle_deg", "opening_angle_error_deg")
        return {name: self._checked(number, name) for name in names}

    def _checked(self, number: int, column: str) -> float | None:
        if self._quality is None or column not in self._quality:
            return None
        return _number(self._quality[column].iloc[number])

    def _flag_names(self, rows: slice, shows: bool) -> list[list[str]]:
        quality = self._quality
        if quality is None:
            return []
        if "flags" not in quality:
            return [[text] if text else [] for text in quality["reason"].iloc[rows].fillna("")]
        return [
            [name for name in text.split(";") if name and (shows or name != _TELLS_CLASS)]
            for text in quality["flags"].iloc[rows].fillna("")
        ]

    def _flags(self, number: int, shows: bool) -> list[dict[str, Any]]:
        if self._quality is None:
            return []
        (names,) = self._flag_names(slice(number, number + 1), shows)
        row = self._quality.iloc[number]
        return [
            {
                "name": name,
                "value": _value(row.get(name)),
                "limit": self._limits.get(_CHECKS[name].limit),
                "says": _CHECKS[name].title,
            }
            for name in names
        ]


def _value(found: Any) -> float | str | None:
    """Give what a check measured: most give numbers, some the name of another source."""
    if found is None or pd.isna(found):
        return None
    return found if isinstance(found, str) else _number(float(found))


def _by_source(
    gaussians: pd.DataFrame | None, source_ids: list[str]
) -> tuple[NDArray[np.intp], dict[str, NDArray[np.float32]]]:
    """Keep what is drawn of the Gaussians, sorted by source, and where each source's begin."""
    if gaussians is None:
        return np.zeros(len(source_ids) + 1, dtype=np.intp), {}
    owners = pd.Index(source_ids).get_indexer(pd.Index(gaussians["source_id"]))
    order = np.argsort(owners, kind="stable")
    starts = np.searchsorted(owners[order], np.arange(len(source_ids) + 1))
    return starts, {
        name: gaussians[column].to_numpy(np.float32)[order]
        for name, column in _GAUSSIAN_COLUMNS.items()
    }


def _side_deg(plane: dict[str, float]) -> float:
    """Give the longer side of a pixel on the sky."""
    return float(
        max(np.hypot(plane["cd11"], plane["cd21"]), np.hypot(plane["cd12"], plane["cd22"]))
    )


def _number(value: float) -> float | None:
    """Give a number that JSON can hold."""
    return float(value) if np.isfinite(value) else None


def _as_text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
