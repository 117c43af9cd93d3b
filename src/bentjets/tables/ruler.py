"""Tables of the ruler pipeline."""

from __future__ import annotations

from bentjets.radio.catalogues import SAFE_ID
from bentjets.tables.acquisition import SOURCE_ID
from bentjets.tables.table import choice, count, make_table, number, text

_ANGLE = {
    "learnt_deg": number(
        "opening angle by the learnt ruler; missing where it cannot be told", "deg", 0, 180,
        missing=True,
    ),
    "learnt_error_deg": number(
        "its error: one of these on either side holds the truth in 68.3 % of simulated sources",
        "deg", 0, missing=True,
    ),
    "geometric_deg": number("the same by the moments of the tails", "deg", 0, 180, missing=True),
    "geometric_error_deg": number("its error, calibrated alike", "deg", 0, missing=True),
}  # fmt: skip
_EXTENT = {
    "size_beams": number(
        "twice the reach of the source's light from its centre, over the beam", "", 0, missing=True
    ),
    "snr": number("its brightest pixel over the noise", "", 0, missing=True),
}
_END = "of the end of a tail in the image, from zero"

SOURCE_FRAMES = make_table(
    "Each source in a frame as large as it is (image, 96 x 96 grey levels), and its geometry.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "position_x": number("catalogue position in the frame, -1 to 1", "", missing=True),
        "position_y": number("the same, along rows", "", missing=True),
        "centre_x_px": number(
            "column of the centre of the frame in the image", "pix", missing=True
        ),
        "centre_y_px": number("its row", "pix", missing=True),
        "half_side_px": number("half of the side of the frame", "pix", 0, missing=True),
        **_EXTENT,
        "geometric_deg": number("opening angle by the moments", "deg", 0, 180, missing=True),
        "geometric_error_deg": number("its error, not calibrated", "deg", 0, missing=True),
        "reason": text("why there is no angle; empty where there is one"),
    },
    others=True,
)

ANGLES = make_table(
    "Opening angles on the sky of every processed source, by two rulers.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        **_ANGLE,
        "wat_probability": number(
            "of being called a wide-angle tail, by the learnt ruler", "", 0, 1, missing=True
        ),
        "end_1_x_px": number(f"column {_END}", "pix", missing=True),
        "end_1_y_px": number(f"row {_END}", "pix", missing=True),
        "end_2_x_px": number("the same of the other tail", "pix", missing=True),
        "end_2_y_px": number("the same of the other tail", "pix", missing=True),
        **_EXTENT,
        "reason": text("why the learnt ruler cannot tell; empty where it can"),
    },
)

JUDGED = make_table(
    "Simulated sources that neither training nor calibration has seen, measured by both rulers.",
    {
        "angle_deg": number("the true opening angle on the sky", "deg", 0, 180),
        **_ANGLE,
        **_EXTENT,
    },
)

COVERAGE = make_table(
    "How good the rulers are on simulated sources, in bins of size and signal to noise.",
    {
        "ruler": choice("which of the two", "learnt", "geometric"),
        "size_beams_from": number("least size, in beams", "", 0),
        "size_beams_to": number("largest size; infinite at the end", "", 0),
        "snr_from": number("least ratio of peak to noise", "", 0),
        "snr_to": number("largest; infinite at the end", "", 0),
        "n": count("sources that were measured"),
        "told": number("their share of all in the bin", "", 0, 1),
        "bias_deg": number("median of measured less true angle", "deg", missing=True),
        "scatter_deg": number(
            "1.4826 times the median absolute deviation from it", "deg", 0, missing=True
        ),
        "error_deg": number("median error", "deg", 0, missing=True),
        "coverage": number(
            "share whose interval of one error on either side holds the truth", "", 0, 1,
            missing=True,
        ),
    },
)  # fmt: skip
