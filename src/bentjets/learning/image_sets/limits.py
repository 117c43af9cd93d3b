"""What cannot be had from the images of a set: one line each, and no guess."""

from __future__ import annotations

import pandas as pd

_MOSTLY = 0.5


def is_masked(images: pd.DataFrame) -> bool:
    """Tell whether images are masked or clipped: most pixels of most images are 0."""
    return bool(images["dark_fraction"].median() > _MOSTLY)


def state_limits(images: pd.DataFrame, pixel_scale_arcsec: float | None) -> list[str]:
    """Say what images are like, and what is left out because of it.

    Parameters
    ----------
    images : DataFrame
        ``height_px``, ``width_px``, ``pixels`` (type of their numbers), ``colours``,
        ``dark_fraction``; ``ra_deg`` where positions are known.
    pixel_scale_arcsec : float or None
        Side of a pixel, arcsec.

    Returns
    -------
    list of str
        A line each, without a full stop.
    """
    sizes = images[["width_px", "height_px"]].drop_duplicates().sort_values(["width_px"])
    first, last = sizes.iloc[0], sizes.iloc[-1]
    size = f"{first['width_px']} × {first['height_px']}"
    kinds = " and ".join(sorted(images["pixels"].unique()))
    lines = []
    if len(sizes) == 1:
        lines.append(f"images of {size} pixels, {kinds}")
    else:
        lines.append(
            f"images of {len(sizes)} sizes ({size} to {last['width_px']} × {last['height_px']} "
            f"pixels), {kinds}: each is brought to the network's size, so their scales differ"
        )
    if images["colours"].any():
        lines.append("colours: networks of three channels see them, others the luminance")
    if pixel_scale_arcsec is None:
        lines.append(
            "no scale of pixels is known (acquisition.image_set.pixel_scale_arcsec): no sizes on "
            "the sky, and no shapes as baselines"
        )
    elif not is_masked(images):
        lines.append("images are not masked: no islands, and no shapes as baselines")
    known = images["ra_deg"].notna().sum() if "ra_deg" in images else 0
    if known < len(images):
        lines.append(
            f"positions of {known} of {len(images)} images are known: of others, leaks on the sky "
            "are not found"
        )
    return lines
