"""The ledger of two real sets: 54 bent sources, and 439 FR I and FR II."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from bentjets.learning.across import examine_views, relate_sets
from bentjets.learning.image_sets import RawImage, examine_image


def read_clipped(folder: Path, ending: str, examine):
    """Clip cutouts at three times their noise, as published sets are."""
    if not folder.is_dir():
        pytest.skip(f"the real sources (shared/{folder.name}) are not on this machine")
    rows, pixels = [], {}
    for one in pd.read_csv(folder / "catalogue.csv").to_dict("records"):
        path = folder / "cutouts" / f"{one['name']}{ending}"
        if path.exists():
            data = np.nan_to_num(fits.getdata(path).squeeze())
            noise = 1.4826 * np.median(np.abs(data - np.median(data)))
            clipped = np.where(data > 3 * noise, data, 0)
            image = np.rint(255 * clipped / clipped.max()).astype(np.uint8)
            pixels[one["name"]] = image
            rows.append({**one, "source_id": one["name"], **examine(RawImage.pack(image))})
    return pd.DataFrame(rows), pixels.__getitem__


def test_the_pairs_that_two_real_sets_have_in_common_are_named(project: Path) -> None:
    shared = project.parent / "shared"
    ours, read_ours = read_clipped(shared / "fr", ".fits.gz", examine_image)
    theirs, read_theirs = read_clipped(shared / "first", ".fits", examine_views)
    ledger = relate_sets(
        ours, theirs, match_arcsec=30, read_ours=read_ours, read_theirs=read_theirs
    )
    by_position, by_image = (
        {*zip(some["source_id"], some["other_id"], strict=True)}
        for is_position in (True, False)
        for some in [ledger[(ledger["kind"] == "same position") == is_position]]
    )
    assert (len(by_position), len(by_image)) == (16, 13)
    # Whatever pixels say is the same source, is so on the sky: no two others are taken for one.
    assert by_image < by_position
