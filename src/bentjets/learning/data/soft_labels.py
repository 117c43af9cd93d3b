"""Labels as probabilities: a table of shares, as a network learns from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.stack import ImageStack


def shares_of(
    soft_labels: pd.DataFrame, source_ids: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float32]:
    """Give the shares of some sources.

    Parameters
    ----------
    soft_labels : DataFrame
        ``source_id``, ``morphology``, ``share``: a row for each source and class.
    source_ids : sequence of str
        The sources wanted.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    ndarray of float32, shape (n, classes)
        A row sums to 1.

    Raises
    ------
    InputError
        If a source has no shares.
    """
    wide = soft_labels.pivot_table(index="source_id", columns="morphology", values="share")
    wide = wide.reindex(index=list(source_ids), columns=list(classes))
    if wide.isna().to_numpy().any():
        lost = wide.index[wide.isna().any(axis=1)][0]
        raise InputError(f"{lost} has no soft label: run the curation again")
    return wide.to_numpy(np.float32)


def with_shares(images: ImageStack, soft_labels: pd.DataFrame) -> ImageStack:
    """Let networks learn from the shares of the opinions in place of the labels.

    Raises
    ------
    InputError
        If no source has more than one opinion, or a source has no shares.
    """
    if (soft_labels["opinions"] <= 1).all():
        raise InputError(
            "modelling.soft_labels is on, and no source has a second opinion: name other "
            "catalogues in second_opinions of the catalogue, or let experts name classes"
        )
    return replace(images, shares=shares_of(soft_labels, images.source_ids, images.classes))
