"""How unlike an image is to those that a network was trained on, by what its head reads of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError

NOVELTY_FILE = "novelty.safetensors"
UNLIKE_SHARE = 0.01
"""Share of the held-out images that are called unlike the training images."""

_COMPONENTS = 64
MIN_TRAINING = 3
"""Training images without which nothing can be said of what is unlike them."""
_TAIL = 0.1
# Where held-out images are few or alike, the tail is at least this share of its beginning wide.
_NARROWEST = 0.01


@dataclass(frozen=True)
class Novelty:
    """Where training images lie in feature space, and how far from there held-out images do.

    The distance is that of Mahalanobis (1936) under probabilistic principal components (Tipping &
    Bishop 1999, J. R. Stat. Soc. B 61, 611): a covariance from few images whose smallest
    eigenvalues are all their mean.

    Parameters
    ----------
    mean : ndarray of float32, shape (features,)
        Mean of the training images.
    components : ndarray of float32, shape (k, features)
        Their first principal components, unit vectors.
    scales : ndarray of float32, shape (k,)
        Standard deviation along each component.
    rest_scale : ndarray of float32, shape (1,)
        Standard deviation along any direction at right angles to these.
    held_out : ndarray of float64, shape (n,)
        Distances of images that the network did not learn from, in rising order.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    scales: NDArray[np.float32]
    rest_scale: NDArray[np.float32]
    held_out: NDArray[np.float64]

    @property
    def threshold(self) -> float:
        """Distance that one held-out image in a hundred exceeds."""
        begins, width = self._tail()
        return begins + width * float(np.log(_TAIL / UNLIKE_SHARE))

    def distance(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Measure how far images are from the training images.

        Parameters
        ----------
        features : ndarray, shape (n, features)
            As `classify` or `extract_features` gives them.

        Returns
        -------
        ndarray of float64, shape (n,)
            In standard deviations: about the square root of the number of features for an image
            like the others.

        Raises
        ------
        InputError
            If there are not as many features as in training.
        """
        if features.shape[1:] != self.mean.shape:
            raise InputError(
                f"the images have {features.shape[-1]} features, those of training "
                f"{len(self.mean)}: {NOVELTY_FILE} is of another network; train this one again"
            )
        offsets = features.astype(np.float64) - self.mean
        along = offsets @ self.components.T.astype(np.float64)
        rest = np.maximum((offsets**2).sum(axis=1) - (along**2).sum(axis=1), 0.0)
        inside = ((along / self.scales) ** 2).sum(axis=1)
        return np.asarray(np.sqrt(inside + rest / float(self.rest_scale[0]) ** 2))

    def p_value(self, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the share of held-out images that would be at least as far.

        It is counted up to u, which a tenth of them exceeds; beyond, it falls as exp(-(d - u) / b),
        where b is the mean of what they exceed u by (peaks over a threshold: Pickands 1975, Ann.
        Stat. 3, 119, with shape 0), so that a few dozen held-out images suffice.

        Parameters
        ----------
        distance : ndarray, shape (n,)
            Distances.

        Returns
        -------
        ndarray of float64, shape (n,)
            0 to 1, falling with distance.
        """
        begins, width = self._tail()
        n = len(self.held_out)
        exceeded = 1.0 - np.searchsorted(self.held_out, distance, side="left") / (n + 1)
        tail = _TAIL * np.exp(-np.maximum(distance - begins, 0.0) / width)
        return np.where(distance > begins, tail, np.maximum(exceeded, _TAIL))

    def _tail(self) -> tuple[float, float]:
        begins = float(np.quantile(self.held_out, 1 - _TAIL))
        beyond = self.held_out[self.held_out > begins] - begins
        width = float(beyond.mean()) if beyond.size else 0.0
        return begins, max(width, _NARROWEST * begins, float(np.finfo(np.float32).tiny))


def fit_novelty(
    training_features: NDArray[np.floating], held_out_features: NDArray[np.floating]
) -> Novelty:
    """Learn where training images lie in feature space, and how far from there others do.

    Parameters
    ----------
    training_features : ndarray, shape (n, features)
        Of the images that the network learnt from, as they are (not turned or zoomed at random).
    held_out_features : ndarray, shape (m, features)
        Of images like them that it did not learn from; m of 30 or more make a threshold that
        holds.

    Returns
    -------
    Novelty
        Half as many components as there are training images, 64 at most.

    Raises
    ------
    InputError
        If there are fewer than three training images, or no held-out one.
    """
    n, size = training_features.shape
    if n < MIN_TRAINING or not len(held_out_features):
        raise InputError(
            f"{n} training and {len(held_out_features)} held-out images cannot tell what is "
            f"unlike them: give {MIN_TRAINING} or more, and one or more"
        )
    training = training_features.astype(np.float64)
    mean = training.mean(axis=0)
    _, singular, directions = np.linalg.svd(training - mean, full_matrices=False)
    variances = singular**2 / (n - 1)
    k = min(_COMPONENTS, n // 2, size)
    rest = variances[k:].sum() / (size - k) if size > k else 0.0
    # Directions in which all training images are the same would be infinitely strict.
    floor = max(1e-6 * variances.mean(), float(np.finfo(np.float32).tiny))
    fitted = Novelty(
        mean.astype(np.float32),
        directions[:k].astype(np.float32),
        np.sqrt(np.maximum(variances[:k], floor)).astype(np.float32),
        np.sqrt([max(rest, floor)]).astype(np.float32),
        np.zeros(1),
    )
    held_out = np.sort(fitted.distance(held_out_features))
    return Novelty(fitted.mean, fitted.components, fitted.scales, fitted.rest_scale, held_out)


def save_novelty(folder: Path, novelty: Novelty) -> None:
    """Write ``novelty.safetensors`` into the folder of a run, whole or not at all."""
    from safetensors.numpy import save_file

    arrays = {field.name: np.ascontiguousarray(getattr(novelty, field.name)) for field in _FIELDS}
    written = folder / f".{NOVELTY_FILE}.{os.getpid()}.part"
    save_file(arrays, written)
    os.replace(written, folder / NOVELTY_FILE)


def load_novelty(folder: Path) -> Novelty | None:
    """Read what `save_novelty` wrote; None where a run has none.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = folder / NOVELTY_FILE
    if not path.is_file():
        return None
    try:
        arrays = load_file(path)
        return Novelty(**{field.name: arrays[field.name] for field in _FIELDS})
    except (SafetensorError, KeyError) as error:
        raise InputError(f"{path} is damaged: train the network again") from error


_FIELDS = fields(Novelty)
