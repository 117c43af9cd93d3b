"""One row for each source: what is known of it, and what networks say; written as it comes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from bentjets.learning.evaluation.ensemble import Answers
from bentjets.learning.evaluation.novelty import UNLIKE_SHARE
from bentjets.tables.inference import CLASSIFICATIONS

CLASSIFIED = "classified"
NO_IMAGE = "no image"
_MEASURED = {
    "opening_angle_deg": "opening_angle_deg",
    "opening_angle_error_deg": "opening_angle_error_deg",
    "snr": "snr",
    "largest_angular_size_arcsec": "largest_angular_size_arcsec",
    "reason": "quality_reason",
    "flags": "quality_flags",
}
# What such a mask leaves of an image is not the source.
_NOT_THE_SOURCE = {"mask_pixels": "empty mask", "offset_arcsec": "nearest island too far"}


def gather_facts(
    catalogue: pd.DataFrame,
    acquisition_log: pd.DataFrame,
    processing_log: pd.DataFrame,
    quality: pd.DataFrame,
) -> pd.DataFrame:
    """List the sources of the catalogue with how each fared before a network saw it.

    Returns
    -------
    pandas.DataFrame
        The first columns of ``classifications`` and those of the quality; ``status`` is
        "classified" where there are images to classify.
    """
    facts = catalogue[["source_id", "name", "ra_deg", "dec_deg"]]
    fetched = acquisition_log.set_index("source_id").reindex(facts["source_id"])
    processed = processing_log.set_index("source_id").reindex(facts["source_id"])
    measured = quality.set_index("source_id").reindex(facts["source_id"])
    has_cutout = fetched["sha256"].fillna("").to_numpy() != ""
    is_processed = processed["status"].to_numpy() == "ok"
    facts = facts.assign(status=CLASSIFIED, reason="")
    facts.loc[~is_processed, "status"] = "not processed"
    facts.loc[~is_processed, "reason"] = processed["reason"].fillna("").to_numpy()[~is_processed]
    facts.loc[~has_cutout, "status"] = "no cutout"
    facts.loc[~has_cutout, "reason"] = fetched["reason"].fillna("").to_numpy()[~has_cutout]
    for name, ours in _MEASURED.items():
        facts[ours] = measured[name].to_numpy()
    judged = {True: "accepted", False: "rejected"}
    facts["quality"] = measured["accepted"].map(judged, na_action="ignore").to_numpy()
    texts = ["quality", "quality_reason", "quality_flags"]
    facts[texts] = facts[texts].fillna("")
    return facts.reset_index(drop=True)


def fill_rows(
    facts: pd.DataFrame, failures: dict[str, str], classes: Sequence[str], answers: Answers | None
) -> pd.DataFrame:
    """Make rows of the table.

    Parameters
    ----------
    facts
        Some rows of `gather_facts`.
    failures
        Sources of which no image could be made, and why.
    classes
        The classes.
    answers
        For the other ones whose status is "classified", in their order; None where there is none.
    """
    rows = facts.copy()
    failed = rows["source_id"].isin(failures)
    rows.loc[failed, "reason"] = rows.loc[failed, "source_id"].map(failures)
    rows.loc[failed, "status"] = NO_IMAGE
    done = rows.index[rows["status"] == CLASSIFIED]
    said = pd.DataFrame(index=done)
    if answers is not None:
        said = said.assign(
            predicted=list(answers.predicted), unlike=answers.unlike, unlike_p_value=answers.p_value
        )
        said[_probability_columns(classes)] = answers.probabilities
    rows = rows.join(said).reindex(columns=list_columns(classes))
    rows["predicted"] = rows["predicted"].fillna("")
    rows["warning"] = ""
    rows.loc[done, "warning"] = [
        _warn(flags, p_value)
        for flags, p_value in zip(
            rows.loc[done, "quality_flags"], rows.loc[done, "unlike_p_value"], strict=True
        )
    ]
    return rows


def list_columns(classes: Sequence[str]) -> list[str]:
    """Name the columns of the table, probabilities before what is predicted of them."""
    names = list(CLASSIFICATIONS.schema.columns)
    place = names.index("predicted")
    return [*names[:place], *_probability_columns(classes), *names[place:]]


def stream_parquet(tables: Iterable[pd.DataFrame], classes: Sequence[str]) -> Iterator[bytes]:
    """Write rows as Parquet, those of one table in memory at a time, with the columns' units."""
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([_field(name) for name in list_columns(classes)])
    buffer = io.BytesIO()
    with parquet.ParquetWriter(buffer, schema) as writer:
        for table in tables:
            writer.write_table(
                pyarrow.Table.from_pandas(table, schema=schema, preserve_index=False)
            )
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _field(name: str) -> Any:
    import pyarrow

    column = CLASSIFICATIONS.schema.columns.get(name)
    unit = column.metadata["unit"] if column is not None else ""
    is_number = column is None or str(column.dtype) == "float64"
    kind = pyarrow.float64() if is_number else pyarrow.string()
    return pyarrow.field(name, kind, metadata={"unit": unit} if unit else None)


def _probability_columns(classes: Sequence[str]) -> list[str]:
    return [f"probability_{name}" for name in classes]


def _warn(quality_flags: str, p_value: float) -> str:
    failed = quality_flags.split(";")
    warnings = [words for name, words in _NOT_THE_SOURCE.items() if name in failed]
    if p_value < UNLIKE_SHARE:
        warnings.append("unlike what the network was trained on")
    return "; ".join(warnings)
