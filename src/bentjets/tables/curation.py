"""Tables of the curation pipeline."""

from __future__ import annotations

from bentjets.radio.catalogues import SAFE_ID
from bentjets.tables.acquisition import SOURCE_ID
from bentjets.tables.table import choice, count, flag, make_table, number, text

_SHA256 = "([0-9a-f]{64})?"

QUALITY = make_table(
    "What the automatic checks measure in each image; missing where they could not be made.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "accepted": flag("whether no limit is violated"),
        "reason": text("the first limit that is; empty where the image is accepted"),
        "blank_fraction": number("share of pixels without data", "", 0, 1, missing=True),
        "offset_arcsec": number(
            "from the catalogue position to the nearest island", "arcsec", 0, missing=True
        ),
        "largest_angular_size_arcsec": number("of that island", "arcsec", 0, missing=True),
        "peak_jy_beam": number("brightest pixel of that island", "Jy/beam", missing=True),
        "snr": number("that over the noise of the background", "", missing=True),
        "opening_angle_deg": number(
            "between the two tails; missing where it cannot be told", "deg", 0, 180, missing=True
        ),
        "opening_angle_error_deg": number("its one-sigma error", "deg", 0, missing=True),
        "image_sha256": text("checksum of the masked image that was looked at", _SHA256),
    },
)

REVIEWS = make_table(
    "One vote for each source and reviewer.",
    {
        "source_id": text("the source"),
        "reviewer": text("who votes: a person, or `automatic`", ".+"),
        "accepted": flag("whether the image is accepted"),
        "reason": text("why it is not"),
        "reviewed_at": text("when (ISO 8601); empty for automatic votes"),
        "image_sha256": text("checksum of the masked image voted on; empty where not known"),
    },
)

DECISIONS = make_table(
    "What follows from the votes.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "accepted": flag("whether the source is part of the dataset"),
        "reason": text("why it is not; empty where it is"),
        "reviewers": text("whose votes counted, joined by semicolons"),
    },
)

MANIFEST = make_table(
    "The sources of the dataset, with all that is known of each: the columns of the catalogue, of "
    "the processing log and of the checks.",
    {
        "source_id": text("name of the source, unique"),
        "name": text("name of the source in its catalogue", ".+"),
        "morphology": text("class of the source", ".+"),
        "label": text("label of the class in the batches, e.g. 100", ".+"),
        "batch": count("number of the batch, from 0; the last is the test batch"),
        "split": choice("what the source serves for", "train", "test"),
    },
    others=True,
)
