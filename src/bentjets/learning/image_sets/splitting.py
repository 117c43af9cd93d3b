"""Which batch each image of a set is in: a published split is kept, else one is made."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data import assign_shuffled, name_splits

logger = logging.getLogger(__name__)

_MIN_BATCHES = 2


def split_images(
    images: pd.DataFrame, n_batches: int, *, classes: Sequence[str], seed: int
) -> pd.DataFrame:
    """Put images in batches, the last of which is the test batch.

    Published batches are kept as they are. Of a published split without batches, the test is the
    last batch, the validation the one before, and the training is spread over the others; where
    it has no test part, the validation part serves as one. Without a published split, all images
    are spread as the sources of any dataset (see `bentjets.learning.data.assign_shuffled`).

    Parameters
    ----------
    images : DataFrame
        ``source_id``, ``morphology``, ``group``, ``part`` (of the published split, or empty) and
        ``published_batch`` (or -1).
    n_batches : int
        How many batches to make.
    classes : sequence of str
        The classes, in their order.
    seed : int
        Seed of the draw.

    Returns
    -------
    DataFrame
        ``source_id``, ``morphology``, ``group``, ``batch``, ``split`` and ``published``.

    Raises
    ------
    InputError
        If a class has too few images for that.
    """
    parts = {*images["part"]} - {""}
    splits = images[["source_id", "morphology", "group"]].copy()
    if not parts & {"validation", "test"}:
        _check_numbers(images, classes, n_batches)
        batch = assign_shuffled(splits, n_batches, classes=classes, seed=seed)
        return splits.assign(batch=batch, split=name_splits(batch, n_batches), published=False)
    split = images["part"].to_numpy(dtype=object)
    if "test" not in parts:
        logger.info("The split has no test part: its validation part serves as the test.")
        split = np.where(split == "validation", "test", split)
    _check_parts(images.assign(part=split), classes)
    batch = images["published_batch"].to_numpy(np.int64)
    if _are_batches(batch, split):
        batch = np.unique(batch, return_inverse=True)[1].astype(np.int64)
    else:
        batch = _spread(splits, split, n_batches, classes=classes, seed=seed)
    return splits.assign(batch=batch, split=split.astype(str), published=True)


def _are_batches(given: NDArray[np.int64], split: NDArray[np.object_]) -> bool:
    """Tell whether published batches are there, several to learn from, and the last is the test."""
    in_order = (split == "test") == (given == given.max())
    return bool((given >= 0).all() and in_order.all() and len(np.unique(given)) > _MIN_BATCHES)


def _spread(
    sources: pd.DataFrame,
    split: NDArray[np.object_],
    n_batches: int,
    *,
    classes: Sequence[str],
    seed: int,
) -> NDArray[np.int64]:
    """Spread the training images over batches, before those of validation and test."""
    training = split == "train"
    validated = bool((split == "validation").any())
    room = max(n_batches - 1 - validated, _MIN_BATCHES)
    n = min(room, int(sources.loc[training, "morphology"].value_counts().min()))
    batch = np.zeros(len(sources), dtype=np.int64)
    if n >= _MIN_BATCHES:
        batch[training] = assign_shuffled(sources[training], n, classes=classes, seed=seed)
    batch[split == "validation"] = n
    batch[split == "test"] = n + validated
    return batch


def _check_numbers(images: pd.DataFrame, classes: Sequence[str], n_batches: int) -> None:
    counts = images["morphology"].value_counts().reindex(list(classes), fill_value=0)
    name, count = counts.idxmin(), int(counts.min())
    if count < n_batches:
        lower = f", or lower curation.n_batches to {count}" * (count >= _MIN_BATCHES)
        raise InputError(
            f"class {name} has {count} image{'s' * (count != 1)}, fewer than the {n_batches} "
            "batches of curation.n_batches: leave the class out by acquisition.image_set.classes"
            f"{lower}"
        )


def _check_parts(images: pd.DataFrame, classes: Sequence[str]) -> None:
    training = images.loc[images["part"] == "train", "morphology"]
    if missing := [name for name in classes if name not in {*training}]:
        raise InputError(
            f"class {missing[0]} has no image in the training part of the published split: leave "
            "it out by acquisition.image_set.classes"
        )
