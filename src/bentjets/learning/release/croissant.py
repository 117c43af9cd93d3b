"""The description of a release in MLCommons Croissant 1.0."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bentjets.learning.data import BENT_CLASSES, name_sample
from bentjets.learning.release.card import CITATION
from bentjets.learning.release.parquet import IMAGE_COLUMNS, TABLE

_DATA_TYPES = {"i": "sc:Integer", "f": "sc:Float", "b": "sc:Boolean"}


def describe_table(
    table: pd.DataFrame, *, sha256: str, survey: str, licence: str
) -> dict[str, Any]:
    """Describe the table in the vocabulary of Croissant (Akhtar et al. 2024).

    Parameters
    ----------
    table : DataFrame
        One row per source, with the columns of the file; its images are not looked at.
    sha256 : str
        Digest of the file, in hexadecimal digits.
    survey : str
        Name of the survey.
    licence : str
        Terms under which the images may be shared.

    Returns
    -------
    dict
        JSON-LD: the file, and a field for each column.
    """
    classes = list(table["morphology"].unique())
    kinds = ", ".join(BENT_CLASSES.get(name, name) for name in classes)
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"sources/{name}",
            "name": str(name),
            "dataType": _data_type(str(name), table[name]),
            "source": {"fileObject": {"@id": TABLE}, "extract": {"column": str(name)}},
        }
        for name in table
    ]
    return {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "dct": "http://purl.org/dc/terms/",
            "citeAs": "cr:citeAs",
            "conformsTo": "dct:conformsTo",
            "recordSet": "cr:recordSet",
            "field": "cr:field",
            "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
            "source": "cr:source",
            "extract": "cr:extract",
            "column": "cr:column",
            "fileObject": "cr:fileObject",
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"{name_sample(classes)}, survey {survey}",
        "description": f"{len(table)} cutouts of {name_sample(classes)}: {kinds}.",
        "license": licence.strip(),
        "citeAs": CITATION,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": TABLE,
                "name": TABLE,
                "contentUrl": TABLE,
                "encodingFormat": "application/vnd.apache.parquet",
                "sha256": sha256,
            }
        ],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": "sources", "name": "sources", "field": fields}
        ],
    }


def _data_type(name: str, column: pd.Series[Any]) -> str:
    if name in IMAGE_COLUMNS:
        return "sc:ImageObject"
    return _DATA_TYPES.get(getattr(column.dtype, "kind", "O"), "sc:Text")
