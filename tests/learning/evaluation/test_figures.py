import io

import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures import (
    WRONG_COLOUR,
    draw_attention,
    draw_confusion,
    draw_history,
)
from bentjets.learning.evaluation.metrics import measure


def attention(sources):
    return pd.DataFrame(
        [
            {
                "source_id": source, "label": "WAT", "predicted": predicted, "probability": 0.9,
                "height": 3, "width": 4, "image": [10] * 12, "attention": list(np.arange(12) / 11),
            }
            for source, predicted in sources
        ]
    )  # fmt: skip


def save(figure):
    figure.savefig(io.BytesIO(), format="png", dpi=50)


def test_models_asked_about_the_same_sources_share_their_images():
    first = attention([("a", "WAT"), ("b", "NAT")])
    figure = draw_attention({"one": first, "two": first})
    save(figure)
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == ["image", "one", "two"]
    colours = [axis.title.get_color() for axis in figure.axes[2:4]]
    assert colours == ["black", WRONG_COLOUR]


def test_models_asked_about_other_sources_show_theirs():
    figure = draw_attention({"one": attention([("a", "WAT")]), "two": attention([("b", "WAT")])})
    assert [axis.get_ylabel() for axis in figure.axes] == ["image", "one", "image", "two"]


def test_confusion_has_a_panel_per_model_with_its_counts():
    predictions = pd.DataFrame({"label": ["WAT", "WAT", "NAT"], "predicted": ["WAT", "NAT", "NAT"]})
    measured = measure(predictions, ("WAT", "NAT"))
    figure = draw_confusion({f"model{i}": measured for i in range(4)})
    save(figure)
    assert [text.get_text() for text in figure.axes[3].texts] == [
        "1\n50%", "1\n50%", "0\n0%", "1\n100%",
    ]  # fmt: skip


def test_history_marks_the_kept_epoch():
    history = pd.DataFrame(
        {
            "epoch": [1, 2, 3], "train_loss": [3.0, 2, 1], "val_loss": [2.0, 1, 3],
            "val_accuracy": [0.5, 0.7, 0.6], "learning_rate": [0.1] * 3,
        }
    )  # fmt: skip
    figure = draw_history({"one": history})
    save(figure)
    assert list(figure.axes[0].lines[-1].get_xdata()) == [2, 2]


@pytest.mark.parametrize("draw", [draw_attention, draw_confusion, draw_history])
def test_nothing_to_draw(draw):
    with pytest.raises(InputError):
        draw({})
