"""Which batch serves for what: training, validation, test."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data.batches import unpack_batches
from bentjets.learning.data.classes import label_codes

TEST_BATCH = "test_batch"
META = "batches.meta"

_BATCH_NAME = re.compile(r"(data_batch_|test_batch|batches\.meta)[A-Za-z0-9._-]*")


@dataclass(frozen=True)
class BatchSplit:
    """Names of the batches for each purpose."""

    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


def name_batch(number: int, n_batches: int) -> str:
    """Name a batch as the published ones are: ``data_batch_0`` and on; the last ``test_batch``."""
    return TEST_BATCH if number == n_batches - 1 else f"data_batch_{number}"


def is_batch_name(name: str) -> bool:
    """Tell whether a file is called as the published batches are, or as what describes them."""
    return _BATCH_NAME.fullmatch(name) is not None


def split_batches(names: Sequence[str], *, validation: str) -> BatchSplit:
    """Hold one batch out of the training batches for validation; the test batch stays apart.

    Parameters
    ----------
    names : sequence of str
        The batches there are; ``batches.meta`` among them is ignored.
    validation : str
        The batch on which the best epoch is chosen.

    Returns
    -------
    BatchSplit
        Every batch, once.

    Raises
    ------
    InputError
        If there are no batches, the validation batch is not a training batch, no other is left, or
        there is no test batch.
    """
    if not names:
        raise InputError("there are no batches: run the curation pipeline, which packs them")
    training = sorted(name for name in names if name not in (TEST_BATCH, META))
    if validation not in training:
        raise InputError(
            f"modelling.validation_batch is {validation!r}: choose one of {', '.join(training)}"
        )
    training.remove(validation)
    if not training or TEST_BATCH not in names:
        raise InputError(
            f"the batches are {', '.join(sorted(names))}: there must be two data batches at "
            f"least, and {TEST_BATCH}; run the curation pipeline again"
        )
    return BatchSplit(tuple(training), (validation,), (TEST_BATCH,))


def list_batch_contents(
    batches: Mapping[str, Mapping[str, Any]], classes: Mapping[str, str]
) -> pd.DataFrame:
    """List the images in batches that others made, as far as a manifest can be had from them.

    Parameters
    ----------
    batches : mapping
        Batches of the published form, by name.
    classes : mapping of str to str
        Label code of each class.

    Returns
    -------
    pandas.DataFrame
        ``source_id``, ``name``, ``morphology``, ``label``, ``batch``, ``split``; one row per image.

    Raises
    ------
    InputError
        If there is no test batch, or a batch is not of the published form.
    """
    if TEST_BATCH not in batches:
        raise InputError(
            f"{TEST_BATCH} is missing among the published batches ({', '.join(sorted(batches))}): "
            "check acquisition.published_record"
        )
    names = sorted(name for name in batches if name not in (TEST_BATCH, META))
    codes = label_codes(classes)
    tables = []
    for number, name in enumerate([*names, TEST_BATCH]):
        # Without names of their own, images are called after their batch.
        content = unpack_batches([{"batch_label": name, **batches[name]}], classes)
        morphology = [content.classes[label] for label in content.labels]
        table = pd.DataFrame({"source_id": content.source_ids, "name": content.source_ids})
        tables.append(
            table.assign(
                morphology=morphology,
                label=[codes[name] for name in morphology],
                batch=number,
                split="test" if name == TEST_BATCH else "train",
            )
        )
    return pd.concat(tables, ignore_index=True)
