"""What the report says of networks: only what the tests show, with images and interval."""

import re

import pytest

from bentjets.report.tabulating import tables
from bentjets.report.wording import verdict
from results import BASELINES, make_comparison, make_entry, make_histories, make_metrics, make_runs

WORTH = "is not worth its GPU"
ANY_P = 1e-5


def judge(metrics, p_value=ANY_P, runs=None):
    """Give the sentences by topic, with plain spaces and dashes."""
    table = tables.model_table(metrics)
    words = verdict.judge_models(table, metrics, make_comparison(metrics, p_value), runs or {})
    return {topic: [plain(line) for line in lines] for topic, lines in words.items()}


def plain(sentence):
    return sentence.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


class TestAgainstSimpleRules:
    def test_a_network_that_beats_all_of_them(self):
        sentence = judge(make_metrics({"net": {"accuracy": 0.95}}))["Networks and simple rules"][0]
        assert sentence == (
            "net names 95.0 % of 100 images (95 % interval 90–100) rightly. It beats the majority "
            "class, the opening angle, the axis ratio, the logistic regression on shapes and the "
            "forest on shapes (p < 0.001)."
        )

    def test_a_network_that_is_not_shown_to_beat_the_shape(self):
        p_values = {("net", "shape, forest"): 0.3, ("net", "shape, logistic"): 0.02}
        metrics = make_metrics({"net": {"accuracy": 0.8}})
        sentence = judge(metrics, p_values)["Networks and simple rules"][0]
        assert "is not shown to beat the forest on shapes (p = 0.3)" in sentence
        assert f"A network that is not shown to beat ten numbers {WORTH}" in sentence
        assert "the forest on shapes names 76.0 % of 100 images (95 % interval 71–81)" in sentence

    def test_several_values_of_p_share_a_sign(self):
        p_values = {("net", "shape, forest"): 0.3, ("net", "shape, logistic"): 0.2}
        sentence = judge(make_metrics({"net": {"accuracy": 0.8}}), p_values)
        assert "(p = 0.2, 0.3)" in sentence["Networks and simple rules"][0]

    def test_a_network_that_is_worse_than_the_shape(self):
        metrics = make_metrics({"net": {"accuracy": 0.62}})
        sentence = judge(metrics)["Networks and simple rules"][0]
        assert "it does worse than the opening angle, the axis ratio" in sentence
        assert f"A network that does not beat ten numbers {WORTH}" in sentence

    def test_beating_the_worse_of_the_two_rules_on_shapes_is_not_enough(self):
        p_values = {("net", "shape, forest"): 0.5}
        metrics = make_metrics({"net": {"accuracy": 0.77}})
        assert WORTH in judge(metrics, p_values)["Networks and simple rules"][0]

    def test_a_p_of_five_per_cent_shows_nothing(self):
        metrics = make_metrics(baselines=("majority class",))
        sentences = judge(metrics, 0.05)["Networks and simple rules"]
        assert "is not shown to beat the majority class (p = 0.05)" in sentences[0]
        assert (
            "It beats the majority class" in judge(metrics, 0.049)["Networks and simple rules"][0]
        )

    def test_without_shapes_nothing_is_said_of_them(self):
        metrics = make_metrics({"net": {"accuracy": 0.5}}, ("majority class",))
        assert WORTH not in judge(metrics)["Networks and simple rules"][0]

    def test_without_baselines_there_is_the_accuracy(self):
        sentences = judge(make_metrics(baselines=()))["Networks and simple rules"]
        assert sentences == ["net names 84.0 % of 100 images (95 % interval 79–89) rightly."]

    def test_pairs_of_another_protocol_do_not_count(self):
        entries = [
            make_entry("net", accuracy=0.9),
            make_entry("majority class", "baseline", 0.6),
            make_entry("net", accuracy=0.5, protocol="paper"),
            make_entry("majority class", "baseline", 0.6, protocol="paper"),
        ]
        metrics = {"classes": ["WAT", "NAT"], "entries": entries}
        first, second, _ = judge(metrics)["Networks and simple rules"]
        assert "It beats the majority class" in first
        assert "It does worse than the majority class" in second


class TestBetweenTheNetworks:
    def test_differences_that_are_not_significant_are_none(self):
        sentences = judge(make_metrics(("a", "b"), n=63), 0.25)["Between the networks"]
        assert sentences == [
            "No difference between them is significant on 63 images (smallest p = 0.25)."
        ]

    def test_a_clear_difference_is_named_and_the_others_are_not(self):
        networks = {"a": {"accuracy": 0.9}, "b": {"accuracy": 0.7}, "c": {"accuracy": 0.8}}
        p_values = {("a", "c"): 0.4, ("c", "b"): 0.06}
        sentence = judge(make_metrics(networks), p_values)["Between the networks"][0]
        assert "a over b (p < 0.001)" in sentence
        assert "a over c" not in sentence and "c over b" not in sentence
        assert "The other differences are not." in sentence

    def test_of_many_the_file_tells(self):
        metrics = make_metrics([f"n{number}" for number in range(10)])
        sentence = judge(metrics)["Between the networks"][0]
        assert sentence.count(" over ") == 6 and "39 more are in model_comparison.csv" in sentence

    def test_one_network_is_compared_with_none(self):
        assert "Between the networks" not in judge(make_metrics())


class TestChance:
    def test_spread_over_seeds(self):
        metrics = make_metrics({"net": {"seeds": (0, 1, 2)}})
        assert judge(metrics)["Chance of the training"] == [
            "net: over 3 seeds the accuracy has a standard deviation of 1.2 points around 84.0 % "
            "of 100 images (95 % interval 79–89)."
        ]

    def test_one_seed_tells_nothing(self):
        sentence = judge(make_metrics(("a", "b")))["Chance of the training"][0]
        assert sentence.startswith("a and b were trained with one seed")


class TestProbabilities:
    def test_calibration_temperature_and_what_can_be_classified(self):
        runs = {"net": make_runs(make_histories(2), temperature=[1.1, 1.3])}
        sentence = judge(make_metrics(), runs=runs)["Probabilities"][0]
        assert "expected calibration error 0.04 (95 % interval 0.020–0.060) on 100" in sentence
        assert "the temperature fitted on validation images (1.10 to 1.30)" in sentence
        assert (
            "With an accuracy of 95 % it classifies at most 60 % of them (95 % interval 50–69)"
            in sentence
        )
        assert "a probability of at least 0.91" in sentence

    def test_nothing_can_be_classified(self):
        sentence = judge(make_metrics({"net": {"share": 0.0}}))["Probabilities"][0]
        assert "No part of them can be classified with an accuracy of 95 %." in sentence


@pytest.mark.parametrize("protocol", ["single", "cross_validation", "paper"])
def test_the_protocol_is_said_in_words(protocol):
    told = judge(make_metrics(protocol=protocol, n=63))["What was tested"]
    expected = {
        "single": "One test batch of 63 images, read once",
        "cross_validation": "each of the 63 images was predicted by a network that neither",
        "paper": "the epoch was chosen on the 63 test images themselves",
    }
    assert len(told) == 1 and expected[protocol] in told[0]


def test_no_result_without_its_images_and_an_interval_or_p():
    networks = {"a": {"seeds": (0, 1), "accuracy": 0.9}, "b": {"accuracy": 0.7}}
    metrics = make_metrics(networks, ensembles=("both",))
    for sentences in judge(metrics).values():
        for sentence in sentences:
            if re.search(r"\d %|p [=<]|\d\.\d", sentence):
                assert "100 images" in sentence, sentence
                assert "95 % interval" in sentence or re.search(r"p [=<]", sentence), sentence


class TestHeadline:
    def test_names_the_best_network_and_the_best_rule(self):
        metrics = make_metrics({"a": {}, "b": {"accuracy": 0.9, "seeds": (0, 1)}}, n=439)
        assert plain(verdict.headline(tables.model_table(metrics))) == (
            "Best network: b, 90.0 % of 439 images (95 % interval 85–95); best simple rule: "
            f"{BASELINES[-1]}, 76.0 % of 439 images (95 % interval 71–81). Measured by "
            "cross-validation in 5 folds, 439 images, 1 to 2 seeds."
        )

    def test_without_rules(self):
        text = verdict.headline(tables.model_table(make_metrics(baselines=(), protocol="paper")))
        assert "rule" not in text and "the epoch chosen on the test images" in text
