"""Shares of the opinions beside the images of a stack."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.learning.data import shares_of, with_shares
from learners import draw_bars


def make_soft_labels(images, share=0.75, opinions=2) -> pd.DataFrame:
    first, second = images.classes
    rows = [
        (key, name, value, opinions)
        for key in images.source_ids
        for name, value in ((second, 1 - share), (first, share))
    ]
    return pd.DataFrame(rows, columns=["source_id", "morphology", "share", "opinions"])


def test_shares_stay_with_their_images():
    images = draw_bars(6, 0)
    soft = make_soft_labels(images)
    soft.loc[:1, "share"] = [0.4, 0.6]
    softened = with_shares(images, soft)
    np.testing.assert_allclose(softened.shares, [[0.6, 0.4], *[[0.75, 0.25]] * 5], rtol=1e-6)
    some = softened.find([images.source_ids[3], images.source_ids[0]])
    np.testing.assert_allclose(some.shares, [[0.75, 0.25], [0.6, 0.4]], rtol=1e-6)
    assert (some.labels == images.labels[[3, 0]]).all()
    assert images.select([1]).shares is None


def test_what_is_missing_is_told():
    images = draw_bars(4, 0)
    soft = make_soft_labels(images)
    with pytest.raises(InputError, match="no source has a second opinion: name other catalogues"):
        with_shares(images, soft.assign(opinions=1))
    lost = images.source_ids[2]
    with pytest.raises(InputError, match=f"{lost} has no soft label: run the curation again"):
        shares_of(soft[soft["source_id"] != lost], images.source_ids, images.classes)
