"""Images for networks, from the survey's own values instead of the paper's 8 bits."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_REACH_ARCSEC = 45.0
_ASINH_SOFTENING = 0.1


def network_image(
    data: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    *,
    keep: str,
    stretch: Sequence[str],
    pixel_scale_arcsec: float,
) -> NDArray[np.float32]:
    """Scale what the mask leaves of a cutout to its brightest pixel.

    Parameters
    ----------
    data
        Brightness, any unit, shape (rows, columns); pixels that are not finite become 0.
    mask
        Island mask, 0/1, same shape.
    position_px
        Column and row of the source, counted from zero.
    keep
        `none`: every pixel stays; `islands`: those of the mask (Eq. 3); `source`: those of islands
        that come within 45 arcsec of the position, all of the mask where none does.
    stretch
        Scales of brightness, a channel each: see `stretch_share`.
    pixel_scale_arcsec
        Side of a pixel.

    Returns
    -------
    NDArray
        float32, shape (channels, rows, columns), 0 to 1; all 0 where nothing bright is left.
    """
    kept = np.where(np.isfinite(data), data, 0.0).astype(np.float64)
    if keep == "islands":
        kept *= mask > 0
    elif keep == "source":
        kept *= _own_islands(mask, position_px, _REACH_ARCSEC / pixel_scale_arcsec)
    peak = kept.max(initial=0.0)
    share = np.clip(kept / peak, 0.0, 1.0) if peak > 0 else np.zeros_like(kept)
    return np.stack([stretch_share(share, name) for name in stretch]).astype(np.float32)


def stretch_share(share: NDArray[np.floating], stretch: str) -> NDArray[np.floating]:
    """Bring brightness to a scale that shows more of what is faint.

    Parameters
    ----------
    share
        Share x of the peak, 0 to 1, any shape.
    stretch
        `linear` x, `sqrt` its square root, `asinh` asinh(x / 0.1) / asinh(1 / 0.1) (Lupton et al.
        2004, PASP 116, 133).

    Returns
    -------
    NDArray
        The same shape, 0 to 1.
    """
    return _STRETCHES[stretch](share)


def _own_islands(
    mask: NDArray[np.uint8], position_px: tuple[float, float], reach_px: float
) -> NDArray[np.bool_]:
    from scipy import ndimage

    labels, _ = ndimage.label(mask > 0, structure=np.ones((3, 3)))
    rows, columns = np.nonzero(labels)
    near = np.hypot(columns - position_px[0], rows - position_px[1]) <= reach_px
    own = np.unique(labels[rows[near], columns[near]])
    return np.isin(labels, own) if own.size else labels > 0


_STRETCHES: dict[str, Callable[[NDArray[np.floating]], NDArray[np.floating]]] = {
    "linear": lambda share: share,
    "sqrt": np.sqrt,
    "asinh": lambda share: np.arcsinh(share / _ASINH_SOFTENING) / np.arcsinh(1 / _ASINH_SOFTENING),
}
