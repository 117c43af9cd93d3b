"""Tables of the inference pipeline."""

from __future__ import annotations

from bentjets.radio.catalogues import SAFE_ID
from bentjets.tables.acquisition import SOURCE_ID
from bentjets.tables.table import choice, make_table, number, text

SOURCES = make_table(
    "The sources to classify, with what the source catalogue tells of them in columns of its own.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "name": text("name of the source in its catalogue, which may repeat", ".+"),
        "ra_deg": number(
            "right ascension (ICRS or FK5); missing where an image does not tell where it lies",
            "deg",
            0,
            360,
            missing=True,
        ),
        "dec_deg": number("declination", "deg", -90, 90, missing=True),
        "morphology": text("class that the catalogue gives it; may be empty, and plays no part"),
    },
    others=True,
)

CLASSIFICATIONS = make_table(
    "What a trained network, or an ensemble of them, says of each source. Besides, a column "
    "`probability_<class>` for each class: the mean over the runs; missing without an image.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID),
        "name": text("name of the source in its catalogue, which may repeat", ".+"),
        "ra_deg": number("right ascension (ICRS or FK5)", "deg", 0, 360, missing=True),
        "dec_deg": number("declination", "deg", -90, 90, missing=True),
        "status": choice(
            "whether it was classified, and if not, which step failed",
            *("classified", "no cutout", "not processed", "no image"),
        ),
        "reason": text("why it was not classified; empty where it was"),
        "predicted": text("class of the largest probability; empty where it was not classified"),
        "warning": text("why the probabilities may mean nothing; empty where no reason is seen"),
        "unlike": number(
            "distance in feature space from the images of training, over that which one held-out "
            "image in a hundred exceeds; the mean over the runs",
            "",
            0,
            missing=True,
        ),
        "unlike_p_value": number(
            "share of held-out images that would be as far; the mean over the runs",
            "",
            0,
            1,
            missing=True,
        ),
        "opening_angle_deg": number(
            "between the two tails; missing where it cannot be told", "deg", 0, 180, missing=True
        ),
        "opening_angle_error_deg": number("its one-sigma error", "deg", 0, missing=True),
        "quality": choice(
            "whether the mask would be accepted into the dataset without an expert",
            *("accepted", "rejected", ""),
        ),
        "quality_reason": text("the first limit that is violated; empty where it is accepted"),
        "quality_flags": text("names of all quality checks that fail, joined by semicolons"),
        "snr": number("brightest pixel over the noise of the background", "", missing=True),
        "largest_angular_size_arcsec": number("of the source's island", "arcsec", 0, missing=True),
    },
    others=True,
)
