"""How far a number could be off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError

DRAWS = 1000
CONFIDENCE = 0.95
_SEED = 20250519
# Cells of one table of draws by groups: 32 MB.
_CELLS = 4_000_000


def wilson_interval(
    successes: float, n: float, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Give the score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    Parameters
    ----------
    successes : float
        How many succeeded; a mean over seeds need not be whole.
    n : float
        Of how many.
    confidence : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    low, high : float
        Bounds of the share, within 0 and 1.

    Raises
    ------
    InputError
        If not 0 <= successes <= n, or n is 0.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise InputError(f"{successes} successes of {n}: give 0 <= successes <= n and n > 0")
    from scipy.special import ndtri

    z = float(ndtri(0.5 + confidence / 2.0))
    share = successes / n
    centre = share + z**2 / (2.0 * n)
    half = z * np.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2))
    low, high = (centre - half) / (1.0 + z**2 / n), (centre + half) / (1.0 + z**2 / n)
    return float(min(max(low, 0.0), share)), float(max(min(high, 1.0), share))


def draw_groups(n_groups: int, draws: int = DRAWS) -> Iterator[NDArray[np.float64]]:
    """Draw groups with replacement, always the same for the same number of groups.

    Parameters
    ----------
    n_groups : int
        How many groups there are; each draw takes as many.
    draws : int
        How often.

    Yields
    ------
    ndarray of float64, shape (some draws, n_groups)
        How often each group was taken.
    """
    random = np.random.default_rng(_SEED)
    step = max(1, _CELLS // n_groups)
    for start in range(0, draws, step):
        some = min(step, draws - start)
        taken = random.integers(0, n_groups, (some, n_groups))
        taken += np.arange(some)[:, None] * n_groups
        counts = np.bincount(taken.ravel(), minlength=some * n_groups)
        yield counts.reshape(some, n_groups).astype(np.float64)


def bootstrap_interval(value: float, drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Give the 95 % interval of a number from what it is in each draw.

    The percentiles, moved by what the draws are off on average: a calibration error, which cannot
    be negative, is larger in a draw than in the whole.

    Parameters
    ----------
    value : float
        The number.
    drawn : ndarray
        The number in each draw; NaN where it cannot be told.

    Returns
    -------
    low, high : float
        Within 0 and 1.
    """
    told = drawn[np.isfinite(drawn)]
    if told.size == 0:
        return value, value
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(told, [tail, 100.0 - tail]) - (told.mean() - value)
    return float(np.clip(min(low, value), 0, 1)), float(np.clip(max(high, value), 0, 1))
