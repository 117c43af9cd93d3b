"""Angles by hand against those of the ruler: a point for each angle that both gave."""

import numpy as np
import pandas as pd

from bentjets.learning.evaluation.figures import draw_angles

ANGLES = pd.DataFrame(
    {
        "expert": ["ada", "$bo$", "ada", "ada"],
        "hand_deg": [90.0, 120.0, 60.0, 45.0],
        "ruler_deg": [100.0, 100.0, 70.0, np.nan],
        "ruler_error_deg": [9.0, 9.0, 6.0, np.nan],
    }
)


def test_each_expert_has_points_with_the_errors_of_the_ruler():
    figure = draw_angles(ANGLES)
    (axis,) = figure.axes
    ada, bo = (container.lines[0].get_xydata().tolist() for container in axis.containers[::-1])
    assert ada == [[100.0, 90.0], [70.0, 60.0]]
    assert bo == [[100.0, 120.0]]
    (segments,) = axis.containers[1].lines[2][0].get_segments()[:1]
    assert segments[:, 0].tolist() == [91.0, 109.0]
    names = [text.get_text() for text in axis.get_legend().get_texts()]
    assert names == [r"\$bo\$ (1)", "ada (2)"]
    figure.canvas.draw()


def test_nothing_to_draw_is_said():
    figure = draw_angles(ANGLES[ANGLES["ruler_deg"].isna()])
    assert "no opening angle" in figure.texts[0].get_text()
