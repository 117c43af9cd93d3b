"""The dataset in a form to share: Parquet, Croissant, card, licence, checksums."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from bentjets.learning.data import BENT_CLASSES, name_sample

Picture = NDArray[np.uint8]

_PARQUET = "sources.parquet"
_CITATION = (
    "Hossain et al. 2025, RGC-Bent: A Novel Dataset for Bent Radio Galaxy Classification, "
    "arXiv:2505.19249"
)
_CROISSANT_TYPES = {"i": "sc:Integer", "f": "sc:Float", "b": "sc:Boolean"}


def package_release(
    manifest: pd.DataFrame,
    pictures: Iterable[tuple[str, Picture, Picture]],
    *,
    survey: str,
    licence: str,
) -> dict[str, bytes]:
    """Make the files of a release.

    Parameters
    ----------
    manifest : DataFrame
        One row per source; ``source_id`` is unique.
    pictures : iterable of tuple
        For each row of the manifest, in its order: source_id, image and masked image, uint8,
        shape (rows, columns).
    survey : str
        Name of the survey.
    licence : str
        Terms under which the images may be shared.

    Returns
    -------
    dict of str to bytes
        File name and content: ``sources.parquet`` (the manifest with the images as PNG),
        ``croissant.json`` (its description, MLCommons Croissant 1.0), ``README.md``,
        ``LICENSE.txt`` and ``SHA256SUMS``. The same input gives the same bytes.
    """
    images = pd.DataFrame(
        [(key, _png(image), _png(masked)) for key, image, masked in pictures],
        columns=["source_id", "image", "masked_image"],
    )
    table = manifest.merge(images, on="source_id", validate="one_to_one")
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    files = {_PARQUET: buffer.getvalue()}
    files["croissant.json"] = _as_json(_croissant(table, files[_PARQUET], survey, licence))
    files["README.md"] = _card(table, survey, licence).encode()
    files["LICENSE.txt"] = f"{licence.strip()}\n".encode()
    sums = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return files | {"SHA256SUMS": "".join(sums).encode()}


def _png(image: Picture) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def _as_json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()


def _croissant(table: pd.DataFrame, parquet: bytes, survey: str, licence: str) -> dict[str, Any]:
    """Describe the table in the vocabulary of Croissant (Akhtar et al. 2024)."""
    classes = list(table["morphology"].unique())
    kinds = ", ".join(BENT_CLASSES.get(name, name) for name in classes)
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"sources/{name}",
            "name": str(name),
            "dataType": _croissant_type(str(name), table[name]),
            "source": {"fileObject": {"@id": _PARQUET}, "extract": {"column": str(name)}},
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
        "citeAs": _CITATION,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": _PARQUET,
                "name": _PARQUET,
                "contentUrl": _PARQUET,
                "encodingFormat": "application/vnd.apache.parquet",
                "sha256": hashlib.sha256(parquet).hexdigest(),
            }
        ],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": "sources", "name": "sources", "field": fields}
        ],
    }


def _croissant_type(name: str, column: pd.Series[Any]) -> str:
    if name.endswith("image"):
        return "sc:ImageObject"
    return _CROISSANT_TYPES.get(getattr(column.dtype, "kind", "O"), "sc:Text")


def _card(table: pd.DataFrame, survey: str, licence: str) -> str:
    counts = table.groupby(["morphology", "split"]).size().unstack(fill_value=0)
    rows = "\n".join(
        f"| {name} | {row.get('train', 0)} | {row.get('test', 0)} |"
        for name, row in counts.iterrows()
    )
    return f"""# {name_sample(counts.index).capitalize()}, survey {survey}

{len(table)} sources, one row each in `{_PARQUET}`: position, morphology, label, batch, measured
properties, and the 8-bit image and masked image as PNG (north up, east left).

| class | train | test |
|---|---|---|
{rows}

Made with bentjets, which implements {_CITATION}. Please cite that paper and the survey.

Licence of the images: {licence.strip()}
"""
