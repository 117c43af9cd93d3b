"""Scores that follow from sums over images, for many weightings of the images at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 10


def tally(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Write down for each image what the scores are sums of.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        Index of the class.
    probabilities : ndarray, shape (n, classes)
        A row sums to 1.

    Returns
    -------
    ndarray, shape (n, classes^2 + 1 + bins)
        The cell of the confusion matrix; the squared distance of the probabilities from the
        label; and the confidence less whether it was right, in the column of its bin.
    """
    n, k = probabilities.shape
    predicted, rows = probabilities.argmax(axis=1), np.arange(n)
    columns = np.zeros((n, k * k + 1 + BINS))
    columns[rows, labels * k + predicted] = 1.0
    columns[:, k * k] = ((probabilities - np.eye(k)[labels]) ** 2).sum(axis=1)
    confidence = probabilities[rows, predicted]
    gap = confidence - (predicted == labels)
    columns[rows, k * k + 1 + bin_of(confidence)] = gap
    return columns


def bin_of(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give the bin of each confidence: ten of equal width, the upper edge belongs to the bin."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def score_sums(sums: NDArray[np.float64], k: int) -> dict[str, NDArray[np.float64]]:
    """Reckon the scores from sums of what `tally` gives.

    Parameters
    ----------
    sums : ndarray, shape (draws, columns)
        Sums over images, one row per weighting.
    k : int
        How many classes there are.

    Returns
    -------
    dict of str to ndarray
        ``accuracy``, ``balanced_accuracy`` (mean recall of the classes that have images),
        ``macro_f1``, ``brier`` and ``ece``, shape (draws,); ``precision``, ``recall`` and ``f1``,
        shape (draws, k), 0 where they are 0/0; ``confusion``, shape (draws, k, k).
    """
    confusion = sums[:, : k * k].reshape(-1, k, k)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    support, called = confusion.sum(axis=2), confusion.sum(axis=1)
    n = support.sum(axis=1)
    recall = share(right, support)
    f1 = share(2.0 * right, support + called)
    return {
        "accuracy": right.sum(axis=1) / n,
        "balanced_accuracy": recall.sum(axis=1) / (support > 0).sum(axis=1),
        "macro_f1": f1.mean(axis=1),
        # Of Brier's (1950) two forms the half, 0 to 1: for two classes the usual one.
        "brier": sums[:, k * k] / (2.0 * n),
        "ece": np.abs(sums[:, k * k + 1 :]).sum(axis=1) / n,
        "precision": share(right, called),
        "recall": recall,
        "f1": f1,
        "confusion": confusion,
    }


def share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide, with 0/0 = 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


class RankedScores:
    """Areas under the ROC curves of one seed, for many weightings of its images.

    One class against the rest, by its probability, and the mean over the classes that have images
    and rivals; of two classes the two are the same area, which is reckoned once (Hand & Till 2001,
    Machine Learning 45, 171, discuss the means). Only images of the same fold are ranked against
    each other: two folds' networks need not agree on what a probability is, and even the share of
    a class in the training folds, the same for all images of a fold, ranks folds the wrong way.

    Parameters
    ----------
    labels : ndarray, shape (n,)
        Index of the class.
    probabilities : ndarray, shape (n, classes)
        A row sums to 1.
    folds : ndarray, shape (n,)
        Fold of each image.
    """

    def __init__(
        self,
        labels: NDArray[np.int64],
        probabilities: NDArray[np.float64],
        folds: NDArray[np.int64],
    ) -> None:
        k = probabilities.shape[1]
        members = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
        self._curves = [
            [_rank(rows, probabilities[rows, number], labels[rows] == number) for rows in members]
            for number in ([1] if k == 2 else range(k))  # noqa: PLR2004
        ]

    def areas(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the mean area for each weighting, NaN where no class has images and rivals.

        Parameters
        ----------
        weights : ndarray, shape (draws, n)
            Weight of each image.
        """
        found = np.zeros((2, len(weights)))
        for folds in self._curves:
            counts = [_count(weights[:, order], starts, own) for order, starts, own in folds]
            won, pairs = np.sum(counts, axis=0)
            found += share(won, pairs), pairs > 0
        return np.where(found[1] > 0, share(*found), np.nan)


def _rank(
    rows: NDArray[np.int64], scores: NDArray[np.float64], is_class: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Give the rows by rising score, where each run of equal scores starts, which are the class."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(scores[order]) > 0))
    return rows[order], starts, is_class[order]


def _count(
    weights: NDArray[np.float64], starts: NDArray[np.int64], is_class: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count pairs of one of the class and a rival: those ranked rightly, and all.

    Equal scores count half (Mann & Whitney 1947, Ann. Math. Stat. 18, 50).
    """
    own = np.add.reduceat(weights * is_class, starts, axis=1)
    rivals = np.add.reduceat(weights * ~is_class, starts, axis=1)
    won = (own * (rivals.cumsum(axis=1) - 0.5 * rivals)).sum(axis=1)
    return won, own.sum(axis=1) * rivals.sum(axis=1)
