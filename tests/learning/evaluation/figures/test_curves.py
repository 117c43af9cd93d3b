"""ROC and precision-recall: the numbers beside the names are those of the table."""

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection
from sklearn.metrics import average_precision_score, roc_auc_score

from bentjets.errors import InputError
from bentjets.learning.evaluation import measure_predictions
from bentjets.learning.evaluation.figures import draw_curves
from results import make_predictions

CLASSES = ["WAT", "NAT"]


@pytest.fixture(scope="module")
def predictions():
    return make_predictions({"net": 1.5, "other": 0.8}, baselines={"rule": 0.5, "poor rule": 0.1})


def groups_of(predictions):
    return {one: place for place, one in enumerate(predictions["source_id"].unique())}


def legend(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


@pytest.fixture(scope="module")
def panels(predictions):
    groups = groups_of(predictions)
    metrics = measure_predictions(predictions, groups, CLASSES)
    return draw_curves(predictions, groups, metrics).axes


def test_networks_and_the_best_rule_stand_there_with_the_areas_of_scikit_learn(predictions, panels):
    for axis, measure in zip(panels, (roc_auc_score, average_precision_score), strict=True):
        shown = legend(axis)
        assert [one.partition(":")[0] for one in shown] == ["net", "other", "rule"]
        for text in shown:
            name, _, numbers = text.partition(": ")
            own = predictions[predictions["model"] == name]
            area = measure(own["label"] == "NAT", own["probability_NAT"])
            assert numbers.startswith(f"{area:.3f} [")


def test_bands_hold_their_curves(panels):
    for axis in panels:
        bands = [one for one in axis.collections if isinstance(one, FillBetweenPolyCollection)]
        curves = [
            line for line in axis.lines if len(line.get_xdata()) > 2 and line.get_label()[0] != "_"
        ]
        assert len(bands) == len(curves) == 3
        for band, curve in zip(bands, curves, strict=True):
            outline = band.get_paths()[0]
            inner = curve.get_xydata()[1:-1]
            inside = [outline.contains_points(inner, radius=radius) for radius in (1e-4, -1e-4)]
            assert np.any(inside, axis=0).mean() > 0.99


def test_says_which_class_it_is_about(panels):
    assert [axis.get_title() for axis in panels] == ["ROC: NAT", "precision and recall: NAT"]


def test_chance_is_dotted(predictions, panels):
    share = (predictions.drop_duplicates("source_id")["label"] == "NAT").mean()
    dotted = [line for line in panels[1].lines if line.get_linestyle() == ":"]
    assert set(dotted[0].get_ydata()) == {share}


def test_nothing_to_draw(predictions):
    metrics = measure_predictions(predictions, groups_of(predictions), CLASSES)
    with pytest.raises(InputError, match="no prediction to draw"):
        draw_curves(predictions[:0], {}, metrics)
