"""A rule without a network: one threshold on one measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bentjets.errors import InputError

# Steepest and flattest curve, in units of the values' spread: no set of values tells more.
_STEEPNESS = (0.01, 100.0)


@dataclass(frozen=True)
class Rule:
    """A threshold on a measurement, and the class on each side of it.

    Parameters
    ----------
    threshold : float
        Where the classes part; infinite where no cut helps.
    below, above : str
        The classes below the threshold and from it on.
    unknown : str
        The class of a source without the measurement.
    steepness : float
        Of the logistic curve of `probabilities`, per unit of the measurement.
    shares, unknown_shares : tuple of float
        Of the training sources with and without the measurement that are of each class: what is
        said where there is nothing to go by.
    classes : tuple of str
        Names of the classes.
    """

    threshold: float
    below: str
    above: str
    unknown: str
    steepness: float
    shares: tuple[float, ...]
    unknown_shares: tuple[float, ...]
    classes: tuple[str, ...]

    def classify(self, values: ArrayLike) -> NDArray[np.object_]:
        """Name the class of each value (NaN where there is none)."""
        known = np.asarray(values, dtype=np.float64)
        names = np.where(known < self.threshold, self.below, self.above)
        return np.where(np.isfinite(known), names, self.unknown).astype(object)

    def probabilities(self, values: ArrayLike) -> NDArray[np.float64]:
        """Give the probability of each class, shape (n, classes); a row sums to 1.

        The class above has the share 1 / (1 + exp(-steepness (value - threshold))) of what the two
        classes of the rule have together; any third class has half of an even share at most, so
        that the largest probability is that of the class that `classify` names.
        """
        known = np.asarray(values, dtype=np.float64)
        if self.below == self.above:
            found = np.tile(self.shares, (known.size, 1))
        else:
            found = self._along_curve(known)
        found[~np.isfinite(known)] = self.unknown_shares
        return found

    def _along_curve(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.special import expit

        k = len(self.classes)
        above = expit(self.steepness * (values - self.threshold))
        # A value on the threshold is of the class above, whichever of equals comes first.
        above = np.where(above == 0.5, np.nextafter(0.5, 1.0), above)  # noqa: PLR2004
        found = np.tile(np.minimum(self.shares, 0.5 / k), (values.size, 1))
        sides = [self.classes.index(self.below), self.classes.index(self.above)]
        rest = 1.0 - np.delete(found[:1], sides, axis=1).sum()
        found[:, sides] = rest * np.stack([1.0 - above, above], axis=1)
        return found


def learn_rule(values: ArrayLike, labels: Sequence[str], classes: Sequence[str]) -> Rule:
    """Choose the threshold that classifies most sources rightly, half-way between two values.

    Parameters
    ----------
    values : array_like, shape (n,)
        The measurement, NaN where there is none.
    labels : sequence of str
        The class of each source.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    Rule
        Of equally good thresholds the lowest; infinite where no cut helps. Sources without a value
        are in the majority class, and so are all where no training source has one.

    Raises
    ------
    InputError
        If there is no source to learn from.
    """
    if len(labels) == 0:
        raise InputError("no training sources to learn a threshold from: accept more sources")
    is_class = np.asarray(labels)[:, None] == np.asarray(classes)
    every = is_class.sum(axis=0)
    majority = classes[every.argmax()]
    known = np.asarray(values, dtype=np.float64)
    order = np.argsort(known)[: np.isfinite(known).sum()]
    if order.size == 0:
        shares = _shares(every)
        names = tuple(classes)
        return Rule(np.inf, majority, majority, majority, 0.0, shares, shares, names)
    edges, counts = np.append(known[order], np.inf), is_class[order].cumsum(axis=0)
    rest = counts[-1] - counts
    right = counts.max(axis=1) + rest.max(axis=1)
    # No cut can part equal values.
    cuts = np.flatnonzero(np.diff(edges))
    cut = cuts[right[cuts].argmax()]
    threshold = float(edges[cut : cut + 2].mean())
    below, above = counts[cut].argmax(), rest[cut].argmax()
    if below == above or not np.isfinite(threshold):
        threshold, above = np.inf, below
    known, is_above, is_below = known[order], is_class[order, above], is_class[order, below]
    either = is_above | is_below
    return Rule(
        threshold=threshold,
        below=classes[below],
        above=classes[above],
        unknown=majority,
        steepness=_fit_steepness(known[either] - threshold, is_above[either]),
        shares=_shares(counts[-1]),
        unknown_shares=_shares(every),
        classes=tuple(classes),
    )


def _shares(counts: NDArray[np.int64]) -> tuple[float, ...]:
    return tuple(float(share) for share in counts / counts.sum())


def _fit_steepness(offsets: NDArray[np.float64], is_above: NDArray[np.bool_]) -> float:
    """Fit a logistic curve through the threshold, by the likelihood of the classes."""
    from scipy.optimize import minimize_scalar

    if not np.isfinite(offsets).all():
        return 0.0
    spread = float(np.sqrt(np.mean(offsets**2)))
    signs = np.where(is_above, -1.0, 1.0) * offsets / spread

    def loss(log_steepness: float) -> float:
        return float(np.logaddexp(0.0, np.exp(log_steepness) * signs).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(_STEEPNESS)), method="bounded")
    return float(np.exp(found.x) / spread)
