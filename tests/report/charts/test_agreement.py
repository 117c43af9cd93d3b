"""The matrix of experts: what each says of another stands on both sides."""

import numpy as np
import pandas as pd

from bentjets.report.charts import draw_agreement

COLUMNS = ["question", "expert", "other", "n", "agreement"]
PAIRS = pd.DataFrame(
    [
        ("verdict", "Ada", "Bo", 20, 0.9),
        ("verdict", "Ada", "$Cy$", 10, 0.3),
        ("morphology", "Ada", "Bo", 8, 0.5),
    ],
    columns=COLUMNS,
)


def words(axis):
    return {text.get_position(): text.get_text() for text in axis.texts}


def test_both_sides_hold_the_share_and_the_images():
    verdict, morphology = draw_agreement(PAIRS).axes
    names = [tick.get_text() for tick in verdict.get_yticklabels()]
    assert names == [r"\$Cy\$", "Ada", "Bo"]
    assert words(verdict) == {
        **dict.fromkeys([(1, 2), (2, 1)], "90%\n20"),
        **dict.fromkeys([(1, 0), (0, 1)], "30%\n10"),
    }
    shares = verdict.images[0].get_array().filled(np.nan)
    np.testing.assert_array_equal(shares, shares.T)
    assert np.isnan(shares[0, 2]) and np.isnan(shares[1, 1])
    assert words(morphology) == dict.fromkeys([(1, 2), (2, 1)], "50%\n8")


def test_of_many_experts_those_with_most_images_are_shown():
    rows = [("verdict", f"e{n:02d}", f"e{n + 1:02d}", 100 - n, 0.8) for n in range(14)]
    (axis,) = draw_agreement(pd.DataFrame(rows, columns=COLUMNS)).axes
    names = [tick.get_text() for tick in axis.get_yticklabels()]
    assert len(names) == 10 and names[:2] == ["e01", "e02"]


def test_nobody_in_common():
    assert "no two experts" in draw_agreement(PAIRS[:0]).texts[0].get_text()
