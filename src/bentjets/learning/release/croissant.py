"""The description of a release in MLCommons Croissant 1.1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bentjets.learning.data import BENT_CLASSES, name_sample
from bentjets.learning.release.columns import PICTURES, describe_in_words
from bentjets.learning.release.facts import AUTOMATIC, ReleaseFacts
from bentjets.learning.release.parquet import SPLITS
from bentjets.learning.release.terms import licence_reference

if TYPE_CHECKING:
    from pyarrow import Schema

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the standard gives (mlcroissant's ``make_context``)."""

_PARQUET = "application/x-parquet"
_FORMATS = {
    ".csv": "text/csv",
    ".vot": "application/x-votable+xml",
    ".fits": "application/fits",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".cff": "application/yaml",
}
_OTHER = "application/octet-stream"
_SHARD = re.compile(r"data/.*\.parquet")
_TYPES = {"int64": "sc:Integer", "double": "sc:Float", "bool": "sc:Boolean", "string": "sc:Text"}


def describe_release(
    sources: pd.DataFrame,
    schema: Schema,
    digests: Mapping[str, str],
    facts: ReleaseFacts,
    shape_px: tuple[int, int],
) -> dict[str, Any]:
    """Describe the files and their columns in the vocabulary of Croissant (Akhtar et al. 2024).

    Parameters
    ----------
    sources : DataFrame
        One row per source.
    schema : pyarrow.Schema
        The columns of the Parquet files.
    digests : mapping of str to str
        SHA-256 of every file there is, by its name.
    facts : ReleaseFacts
        What is known of the release besides.
    shape_px : tuple of int
        Rows and columns of a cutout.

    Returns
    -------
    dict
        JSON-LD: the files, a field for each column with its meaning and unit, and the splits.
    """
    kinds = ", ".join(
        f"{one} ({BENT_CLASSES[one]})" if one in BENT_CLASSES else one for one in facts.classes
    )
    drawn = "simulated" if facts.is_simulated else f"of the survey {facts.survey}"
    present = [name for name in SPLITS if (sources["split"] == name).any()]
    description: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": facts.title,
        "description": f"{len(sources)} images of {name_sample(facts.classes)}, {drawn}: {kinds}.",
        "license": licence_reference(facts.licence),
        "url": facts.url,
        "version": facts.version,
        "datePublished": facts.date_published,
        "citeAs": facts.citation,
        "keywords": ["radio astronomy", "radio galaxies", "image classification"],
        "rai:dataAnnotationProtocol": _protocol(facts),
        "distribution": [_describe_file(name, digests[name]) for name in sorted(digests)],
        "recordSet": [_describe_splits(present), _describe_sources(schema, shape_px)],
    }
    description["distribution"].append(
        {
            "@type": "cr:FileSet",
            "@id": "parquet-files",
            "name": "parquet-files",
            "description": "The sources, some files for each split.",
            "encodingFormat": _PARQUET,
            "includes": "data/*.parquet",
        }
    )
    if facts.authors:
        people = [{"@type": "sc:Organization", "name": name} for name in facts.authors]
        description["creator"] = people
    if facts.consent:
        description["rai:personalSensitiveInformation"] = facts.consent
    return description


def _protocol(facts: ReleaseFacts) -> str:
    labels = "the simulation" if facts.is_simulated else f"the catalogue {facts.catalogue}"
    if facts.policy == AUTOMATIC:
        return f"Labels: {labels}. Automatic checks admitted the images; no expert decided."
    return (
        f"Labels: {labels}. {len(facts.experts)} experts admitted the images; policy "
        f"{facts.policy}."
    )


def _describe_file(name: str, sha256: str) -> dict[str, Any]:
    suffix = name[name.rfind(".") :] if "." in name else ""
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name.rpartition("/")[2],
        "contentUrl": name,
        "encodingFormat": _PARQUET if _SHARD.fullmatch(name) else _FORMATS.get(suffix, _OTHER),
        "sha256": sha256,
    }


def _describe_splits(present: list[str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "What the sources serve for.",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": "splits/name",
                "name": "name",
                "description": "Name of the split.",
                "dataType": "sc:Text",
            }
        ],
        "data": [{"splits/name": name} for name in present],
    }


def _describe_sources(schema: Schema, shape_px: tuple[int, int]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "sources",
        "name": "sources",
        "description": "One record per source.",
        "key": {"@id": "sources/source_id"},
        "field": [_describe_column(column, shape_px) for column in schema],
    }


def _describe_column(column: Any, shape_px: tuple[int, int]) -> dict[str, Any]:
    name = column.name
    source: dict[str, Any] = {
        "fileSet": {"@id": "parquet-files"},
        "extract": {"column": name},
    }
    kind: dict[str, Any] = {"dataType": _TYPES.get(str(column.type), "sc:Text")}
    if name == "cutout":
        shape = ",".join(map(str, shape_px))
        kind = {"dataType": "sc:Float", "isArray": True, "arrayShape": shape}
    elif name in PICTURES:
        kind = {"dataType": "sc:ImageObject"}
        source["transform"] = {"jsonPath": "bytes"}
    elif name == "split":
        kind["references"] = {"field": {"@id": "splits/name"}}
    return {
        "@type": "cr:Field",
        "@id": f"sources/{name}",
        "name": name,
        "description": describe_in_words(name),
        **kind,
        "source": source,
    }
