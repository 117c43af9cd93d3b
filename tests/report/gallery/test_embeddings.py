"""Features of networks beside the sources: every source has a row, and what is shown is told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bentjets.learning.data import RunPlan
from bentjets.learning.evaluation import tabulate_embedding
from bentjets.report.gallery.embeddings import join_embeddings

IDS = ["A", "B", "C", "D"]


def make_embedding(model):
    features = np.array([[0.0, 0], [4, 0], [0, 1], [4, 1]])
    plan = RunPlan("single", 0, 0, ("A", "B"), ("C",), ("D",))
    return tabulate_embedding(model, plan, features, IDS)


def test_each_source_has_its_place_and_what_it_was_to_the_network():
    sources = pd.DataFrame({"source_id": ["D", "lost", "A"]})
    table, (axes,) = join_embeddings(sources, [make_embedding("net")])
    assert table["source_id"].tolist() == ["D", "lost", "A"]
    assert table["net: features, source was for"].tolist() == ["test", "", "training"]
    place = table.set_index("source_id")["net: feature axis 1"]
    assert abs(place["D"] - place["A"]) == 4.0
    assert np.isnan(place["lost"])
    assert list(axes.titles.values()) == [
        "features of net, axis 1 (94 %)",
        "features of net, axis 2 (6 %)",
    ]
    assert "that of run single-0-0" in axes.words
    assert (
        "Of the 4 sources it learnt from 2, 1 chose its epoch or calibrated it, and 1 it never saw"
        in axes.words
    )


def test_several_networks_have_axes_of_their_own_and_an_empty_one_none():
    sources = pd.DataFrame({"source_id": IDS})
    empty = make_embedding("none").iloc[:0]
    table, axes = join_embeddings(sources, [make_embedding("one"), empty, make_embedding("two")])
    assert [one.model for one in axes] == ["one", "two"]
    assert table.shape == (4, 7)
