"""Tables of the processing pipeline."""

from __future__ import annotations

from bentjets.radio.catalogues import SAFE_ID
from bentjets.radio.finding import GAUSSIAN_UNITS
from bentjets.tables.acquisition import SOURCE_ID
from bentjets.tables.table import choice, count, make_table, number, text

_MEANINGS = {
    "ra": "right ascension of the centre",
    "dec": "declination of the centre",
    "x": "column of the centre, from 0",
    "y": "row of the centre, from 0",
    "peak_flux": "height",
    "total_flux": "integrated flux density",
    "major_axis": "full width at half maximum along the major axis, not deconvolved",
    "minor_axis": "full width at half maximum along the minor axis, not deconvolved",
    "position_angle": "position angle of the major axis, from north through east",
}
_NUMBERS = {
    "island": count("island that the Gaussian is part of, from 0, in its cutout"),
    "source": count("PyBDSF's source that it is part of"),
    "gaussian": count("number of the Gaussian in its cutout, from 0"),
}


def _meaning(column: str) -> str:
    for name, meaning in _MEANINGS.items():
        if column.startswith(f"{name}_error_"):
            return f"one-sigma error of the {meaning}"
        if column.startswith(f"{name}_"):
            return meaning
    raise KeyError(column)


GAUSSIANS = make_table(
    "The Gaussian components that PyBDSF fitted to the islands that stay (Eq. 2).",
    {
        "source_id": text("source in whose cutout the Gaussian lies", SAFE_ID),
        **_NUMBERS,
        **{
            name: number(_meaning(name), unit, missing=True)
            for name, unit in GAUSSIAN_UNITS.items()
            if name not in _NUMBERS
        },
    },
)

PROCESSING_LOG = make_table(
    "How each cutout fared, and with which settings.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "threshold_island": number("threshold of islands (Eq. 3)", "rms", 0),
        "threshold_pixel": number("threshold of peaks", "rms", 0),
        "dilation": count("by how many pixels the mask was grown"),
        "status": choice("whether all steps were done", "ok", "failed"),
        "reason": text("why one was not; empty where all were"),
        "islands": count("islands in the mask", missing=True),
        "islands_dropped": count("islands left out as neighbours", missing=True),
        "gaussians": count("Gaussians fitted to the islands in the mask", missing=True),
        "mean_jy_beam": number("mean of the background (Eq. 1)", "Jy/beam", missing=True),
        "rms_jy_beam": number("noise of the background (Eq. 1)", "Jy/beam", 0, missing=True),
        "rotation_deg": number("from up in the pictures to north", "deg", missing=True),
    },
)
