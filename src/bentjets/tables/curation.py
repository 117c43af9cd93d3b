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
        "accepted": flag("whether no rejecting check fails"),
        "reason": text("what the first of them that fails says; empty where it is accepted"),
        "flags": text(
            "names of all checks that fail, rejecting or only warning, joined by semicolons: each "
            "is the column with its number"
        ),
        "mask_pixels": count("pixels of the mask", missing=True),
        "blank_fraction": number("share of pixels without data", "", 0, 1, missing=True),
        "offset_arcsec": number(
            "from the catalogue position to the nearest island", "arcsec", 0, missing=True
        ),
        "largest_angular_size_arcsec": number("of that island", "arcsec", 0, missing=True),
        "size_beams": number("that over the beam", "", 0, missing=True),
        "touches_edge": number(
            "share of the source's pixels beside which the data end", "", 0, 1, missing=True
        ),
        "peak_jy_beam": number("brightest pixel of that island", "Jy/beam", missing=True),
        "snr": number("that over the noise of the background", "", missing=True),
        "neighbour_flux_ratio": number(
            "flux of the strongest other island of the mask over the source's; 0 without one",
            "",
            0,
            missing=True,
        ),
        "contrast_taken": number(
            "level of the source's peak in the 8-bit image: low where a neighbour takes the range",
            "",
            0,
            255,
            missing=True,
        ),
        "opening_angle_deg": number(
            "between the two tails; missing where it cannot be told", "deg", 0, 180, missing=True
        ),
        "opening_angle_error_deg": number("its one-sigma error", "deg", 0, missing=True),
        "angle_against_class": number(
            "how far that angle is out of what its class allows, in its own errors; missing where "
            "nothing is known of the class",
            "",
            0,
            missing=True,
        ),
        "nearest_source_arcsec": number(
            "to the nearest other source that has an image", "arcsec", 0, missing=True
        ),
        "duplicate_of": text("the first source at the same position; empty for itself"),
        "overlaps": count("sources whose cutouts share sky with this one's"),
        "image_sha256": text("checksum of the masked image that was looked at", _SHA256),
    },
)

_POSITION_ANGLE = "north through east, on the sky"

MORPHOLOGY = make_table(
    "The shape of each source: moments of its own islands, weighted by the square root of "
    "brightness, and what the geometric ruler sees of its tails; missing where there is none.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "axis_ratio": number("minor over major axis of its light", "", 0, 1, missing=True),
        "size_arcsec": number("length along its major axis", "arcsec", 0, missing=True),
        "curvature": number("of a parabola along the major axis", "", missing=True),
        "skewness_along": number("along the major axis", "", missing=True),
        "skewness_across": number("across it", "", missing=True),
        "kurtosis_along": number("along the major axis", "", missing=True),
        "filling": number("area of the islands over that of their hull", "", 0, missing=True),
        "n_islands": number("islands of the source", "", 0, missing=True),
        "peak_offset_along": number("of the brightest pixel, along the axis", "", missing=True),
        "peak_offset_across": number("of the brightest pixel, across the axis", "", missing=True),
        "width_arcsec": number("length across the major axis", "arcsec", 0, missing=True),
        "opening_angle_deg": number(
            "between the two tails, by the geometric ruler", "deg", 0, 180, missing=True
        ),
        "opening_angle_error_deg": number("its standard deviation", "deg", 0, missing=True),
        "angle_reason": text("why the angle cannot be told; empty where it can"),
        "apex_ra_deg": number("right ascension where the tails part", "deg", 0, 360, missing=True),
        "apex_dec_deg": number("declination likewise", "deg", -90, 90, missing=True),
        "tail_1_arcsec": number("from there to the longer tail's end", "arcsec", 0, missing=True),
        "tail_2_arcsec": number("to the shorter tail's end", "arcsec", 0, missing=True),
        "tail_ratio": number("shorter over longer tail", "", 0, 1, missing=True),
        "tail_1_position_angle_deg": number(
            f"where the longer tail points, {_POSITION_ANGLE}", "deg", 0, 360, missing=True
        ),
        "tail_2_position_angle_deg": number(
            f"where the shorter tail points, {_POSITION_ANGLE}", "deg", 0, 360, missing=True
        ),
        "swept_position_angle_deg": number(
            f"of the line that halves the opening angle, {_POSITION_ANGLE}",
            "deg",
            0,
            360,
            missing=True,
        ),
    },
)

REVIEWS = make_table(
    "One row for each vote, in the order in which they were cast; a changed mind is another row.",
    {
        "vote_id": text("name of the vote", ".+", unique=True),
        "source_id": text("the source"),
        "expert": text("who looked", ".+"),
        "round": count("1: independent; 2: adjudication of conflicts"),
        "showing": count("1: the first time that the expert saw the image; 2: the second"),
        "verdict": choice("what was said", "accept", "reject", "unsure", "withdrawn"),
        "reason": text("why"),
        "morphology": text("class that the expert sees; empty where nothing was said of it"),
        "clicks": text("end, core and end of the tails as JSON: FITS pixels from 0; or empty"),
        "opening_angle_deg": number(
            "between the tails, by the clicks", "deg", 0, 180, missing=True
        ),
        "tail_1_arcsec": number("from the core to the first end", "arcsec", 0, missing=True),
        "tail_2_arcsec": number("from the core to the second end", "arcsec", 0, missing=True),
        "seconds": number("how long the expert looked", "s", 0),
        "image_sha256": text("checksum of the masked image voted on; empty where not known"),
        "voted_at": text("when (ISO 8601, UTC)"),
        "origin": text("page, import, panoptes, or reviews.db of version 0.1"),
    },
)

DECISIONS = make_table(
    "What follows from the votes.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "accepted": flag("whether the source is part of the dataset"),
        "reason": text("why it is not; empty where it is"),
        "reviewers": text("whose votes counted, joined by semicolons"),
        "stale": count("votes given on another image than the source has now"),
    },
)

SOFT_LABELS = make_table(
    "How the opinions on each source of the dataset share it among the classes: the catalogue's "
    "label, the entries of other catalogues (doubtful ones count half), and the class that each "
    "expert last saw. One row for each source and class.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID),
        "morphology": text("the class", ".+"),
        "share": number("of the opinions that name it; those of a source sum to 1", "", 0, 1),
        "opinions": count("how many there are on the source"),
    },
)

_BATCH = "number of the batch, from 0; the last is the test batch"
_GROUP = "number of the group, from 0: sources that are not independent, and stay together"

SPLITS = make_table(
    "Which source is in which batch.",
    {
        "source_id": text("name of the source, unique", ".+", unique=True),
        "morphology": text("class of the source", ".+"),
        "group": count(_GROUP),
        "batch": count(_BATCH),
        "split": choice("what the source serves for", "train", "validation", "test"),
        "published": flag("whether the split came with the images", required=False),
    },
)

LEAKS = make_table(
    "Pairs of sources that are not independent and stand in different batches; those in training "
    "and test come first. Of many that are equal, each is paired with the first.",
    {
        "kind": choice(
            "what they have in common",
            *("overlap", "same position", "equal images", "nearly equal images"),
            *("same name", "same group"),
        ),
        "source_id": text("the source in the earlier batch", ".+"),
        "other_id": text("the source in the later batch", ".+"),
        "batch": count("number of the earlier batch"),
        "other_batch": count("number of the later batch; the last is the test batch"),
        "detail": text("how far they are apart, by what they differ, or what is the same"),
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
        "batch": count(_BATCH),
        "split": choice("what the source serves for", "train", "validation", "test"),
        "group": count(_GROUP),
    },
    others=True,
)
