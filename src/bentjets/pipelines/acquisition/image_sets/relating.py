"""Which images of a set are not independent, as far as pixels, names and positions tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data import (
    SAME_NAME,
    Fingerprint,
    confirm_near,
    find_duplicates,
    link_equal,
)
from bentjets.learning.image_sets import Layout, RawImage, grey_levels
from bentjets.radio.catalogues import find_oddities


def relate_images(
    images: pd.DataFrame, pixel_scale_arcsec: float | None, layout: Layout
) -> pd.DataFrame:
    """Pair the images that are not independent.

    Parameters
    ----------
    images
        ``source_id``, ``name``, ``morphology``, ``sha256``, ``phash``, ``ra_deg``, ``dec_deg``
        (NaN where not known), ``height_px``, ``width_px``.
    pixel_scale_arcsec
        Side of a pixel, without which no overlap is found.
    layout
        The set, of which images with nearly equal hashes are looked at again.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``source_id``, ``other_id``, ``detail``.
    """
    places = images.set_index("source_id")[["file", "row"]]

    def read_grey(source_id: str) -> NDArray[np.uint8]:
        return grey_levels(RawImage.pack(layout.read(*places.loc[source_id])))

    ids = images["source_id"].to_list()
    hashes = zip(images["sha256"], images["phash"], strict=True)
    return pd.concat(
        [
            confirm_near(find_duplicates(ids, [Fingerprint(*one) for one in hashes]), read_grey),
            link_equal(ids, images["name"].to_list(), SAME_NAME),
            _relate_positions(images, pixel_scale_arcsec),
        ],
        ignore_index=True,
    )


def find_contradictions(images: pd.DataFrame) -> pd.DataFrame:
    """Leave out images of one content that are said to be of several classes.

    Parameters
    ----------
    images
        ``source_id``, ``morphology``, ``sha256``, ``reason`` (empty for images that count).

    Returns
    -------
    pandas.DataFrame
        The same, with a reason for each of them.
    """
    used = images[images["reason"] == ""]
    if used.empty:
        return images
    of_content = used.groupby("sha256")
    odd = used[of_content["morphology"].transform("nunique") > 1]
    told = images.copy()
    for _, same in odd.groupby("sha256"):
        for row, one in same.iterrows():
            other = same[same["morphology"] != one["morphology"]].iloc[0]
            told.loc[row, "reason"] = (
                f"the same pixels as {other['source_id']}, which is {other['morphology']}"
            )
    return told


def _relate_positions(images: pd.DataFrame, pixel_scale_arcsec: float | None) -> pd.DataFrame:
    placed = images[images["ra_deg"].notna()]
    columns = ["kind", "source_id", "other_id", "detail"]
    if placed.empty:
        return pd.DataFrame(columns=columns)
    side_px = placed[["height_px", "width_px"]].to_numpy().max()
    oddities = find_oddities(placed, cutout_arcsec=float(side_px) * (pixel_scale_arcsec or 0.0))
    pairs = oddities[oddities["other_id"] != ""]
    apart = pairs["separation_arcsec"].map("{:.1f} arcsec apart, ".format)
    return pairs.assign(detail=apart + pairs["detail"])[columns]
