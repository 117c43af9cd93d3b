"""Tables of the acquisition pipeline."""

from __future__ import annotations

from bentjets.radio.catalogues import SAFE_ID
from bentjets.tables.table import choice, count, flag, integer, make_table, number, text

SOURCE_ID = "name of the source, unique, and safe as the name of a file"

CATALOGUE = make_table(
    "The sources, with what the source catalogue tells of them in columns of its own.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "name": text("name of the source in its catalogue, which may repeat", ".+"),
        "ra_deg": number("right ascension (ICRS or FK5)", "deg", 0, 360),
        "dec_deg": number("declination", "deg", -90, 90),
        "morphology": text("class of the source, one of `classes` in globals.yml", ".+"),
    },
    others=True,
)

CATALOGUE_ODDITIES = make_table(
    "What somebody should look at in a catalogue that is valid all the same.",
    {
        "kind": choice("what is odd", "same position", "overlap", "name"),
        "source_id": text("the source", SAFE_ID),
        "other_id": text("the other source, where it takes two"),
        "separation_arcsec": number(
            "between the two sources, or between the position and that in the name",
            "arcsec",
            0,
            missing=True,
        ),
        "detail": text("what the catalogue says"),
    },
)

ACQUISITION_LOG = make_table(
    "How each source of the catalogue fared.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "status": choice(
            "whether there is a cutout, and why not",
            *("fetched", "cached", "outside footprint", "missing", "not asked", "failed"),
        ),
        "reason": text("why there is no cutout; empty where there is one"),
        "attempts": count("how often the service was asked"),
        "seconds": number("how long it took", "s", 0),
        "sha256": text("checksum of the cutout; empty where there is none", "([0-9a-f]{64})?"),
    },
)

IMAGE_LOG = make_table(
    "The images of a set that were left out, and why.",
    {
        "source_id": text(SOURCE_ID, SAFE_ID, unique=True),
        "file": text("file of the image, below the root of the set", ".+"),
        "row": integer("which image of that file it is; -1 where it is all of it"),
        "label": text("its class as the set writes it"),
        "reason": text("why it was left out", ".+"),
    },
)

SECOND_OPINIONS = make_table(
    "What other catalogues say of the same sources: their entry nearest on the sky.",
    {
        "source_id": text("the source", SAFE_ID),
        "catalogue": text("the other catalogue: its name in the parameters, or its file", ".+"),
        "their_name": text("name of its entry", ".+"),
        "separation_arcsec": number("between the two positions", "arcsec", 0),
        "comment": text("what it says of the class, as written"),
        "their_morphology": text("class that is read out of that; empty where none is"),
        "doubtful": flag("whether what it says is marked as doubtful, or names two classes"),
        "agrees": flag("whether that is the class of our catalogue; false where none is read"),
    },
)
