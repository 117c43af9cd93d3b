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
    """Areas under the ROC curves of one run, for many weightings of its images.

    One class against the rest, by its probability, and the mean over the classes that have images
    and rivals; of two classes the two are the same area, which is reckoned once (Hand & Till 2001,
    Machine Learning 45, 171, discuss the means).

    Parameters
    ----------
    labels : ndarray, shape (n,)
        Index of the class.
    probabilities : ndarray, shape (n, classes)
        A row sums to 1.
    """

    def __init__(self, labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> None:
        k = probabilities.shape[1]
        self._ranked = []
        for number in [1] if k == 2 else range(k):  # noqa: PLR2004
            order = np.argsort(probabilities[:, number], kind="stable")
            scores = probabilities[order, number]
            starts = np.flatnonzero(np.concatenate([[True], np.diff(scores) > 0]))
            self._ranked.append((order, starts, labels[order] == number))

    def areas(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the mean area for each weighting, NaN where no class has images and rivals.

        Parameters
        ----------
        weights : ndarray, shape (draws, n)
            Weight of each image.
        """
        found = np.stack([_area(weights[:, order], *rest) for order, *rest in self._ranked])
        told = np.isfinite(found)
        number = told.sum(axis=0)
        total = np.where(told, found, 0.0).sum(axis=0)
        return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _area(
    weights: NDArray[np.float64], starts: NDArray[np.int64], is_class: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Give the share of pairs of one of the class and a rival that are ranked rightly.

    Equal scores count half (Mann & Whitney 1947, Ann. Math. Stat. 18, 50).
    """
    own = np.add.reduceat(weights * is_class, starts, axis=1)
    rivals = np.add.reduceat(weights * ~is_class, starts, axis=1)
    pairs = own.sum(axis=1) * rivals.sum(axis=1)
    won = (own * (rivals.cumsum(axis=1) - 0.5 * rivals)).sum(axis=1)
    return np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0)
