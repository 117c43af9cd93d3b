"""Reporting: the paper's tables to the digit, honest sentences, and one safe page."""

import base64
import re
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node
from kedro.runner import SequentialRunner
from PIL import Image

from bentjets.datasets.json_record import JSONDataset
from bentjets.errors import InputError
from bentjets.parameters import read_parameters
from bentjets.parameters.curation import ReviewSettings
from bentjets.pipelines.reporting import create_pipeline, create_published_pipeline, nodes
from bentjets.report import summaries, tables
from bentjets.report.figures import choose_examples
from bentjets.settings import CONFIG_LOADER_ARGS

CLASSES = {"WAT": "100", "NAT": "200"}
CONF = Path(__file__).resolve().parents[2] / "conf"
PARAMETERS = read_parameters(
    OmegaConfigLoader(str(CONF), env="test", **CONFIG_LOADER_ARGS)["parameters"]
)
PAPER_BATCHES = [(39, 25)] * 5 + [(38, 26)] * 4 + [(38, 25)]
HOSTILE = "<script>alert(1)</script>"
MODEL_OUTPUTS = ("metrics", "predictions", "history", "attention")


def make_manifest(batches=PAPER_BATCHES):
    rows = [
        {"morphology": name, "label": CLASSES[name], "batch": batch}
        for batch, counts in enumerate(batches)
        for name, count in zip(CLASSES, counts, strict=True)
        for _ in range(count)
    ]
    manifest = pd.DataFrame(rows)
    manifest["source_id"] = [f"S{index:04d}" for index in range(len(manifest))]
    manifest["name"] = "J" + manifest["source_id"]
    rng = np.random.default_rng(0)
    is_test = manifest["batch"] == manifest["batch"].max()
    angle = np.where(manifest["morphology"] == "WAT", 140, 90) + rng.normal(0, 20, len(manifest))
    return manifest.assign(
        largest_angular_size_arcsec=rng.uniform(30, 120, len(manifest)),
        opening_angle_deg=angle,
        split=np.where(is_test, "test", "train"),
    )


def make_metrics(accuracy=0.8412, low=0.73, high=0.91, recall=0.8):
    scores = {"precision": 0.8, "recall": recall, "f1": 0.8, "support": 30}
    return {
        "n": 63,
        "accuracy": accuracy,
        "accuracy_low": low,
        "accuracy_high": high,
        "majority_share": 38 / 63,
        "classes": ["WAT", "NAT"],
        "per_class": {"WAT": scores, "NAT": scores},
        "macro_f1": 0.8,
        "confusion": [[32, 6], [4, 21]],
    }


def make_predictions(right):
    """Make predictions of the paper's test batch, of which the rows in `right` are right."""
    label = np.array(["WAT"] * 38 + ["NAT"] * 25)
    other = np.where(label == "WAT", "NAT", "WAT")
    predicted = np.where(np.isin(np.arange(63), list(right)), label, other)
    source_id = [f"S{index:04d}" for index in range(63)]
    return pd.DataFrame({"source_id": source_id, "label": label, "predicted": predicted})


def make_cutout(survey="FIRST"):
    header = fits.Header({"SURVEY": survey, "RESTFRQ": 1.4e9, "CRVAL1": 180.0, "CRVAL2": 30.0})
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
    header["CRPIX1"] = header["CRPIX2"] = 15.0
    header["CDELT1"], header["CDELT2"] = -0.0005, 0.0005
    data = np.random.default_rng(0).normal(0, 1e-4, (30, 30)).astype(np.float32)
    data[12:18, 10:20] += 0.01
    return fits.PrimaryHDU(data, header)


def make_image():
    image = np.zeros((30, 30), np.uint8)
    image[12:18, 10:20] = 200
    return image


def make_attention():
    row = {"source_id": "S0001", "label": "WAT", "predicted": "NAT", "probability": 0.9}
    row |= {"height": 8, "width": 8, "image": [10] * 64, "attention": [0.5] * 64}
    return pd.DataFrame([row, row | {"predicted": "WAT"}])


def make_inputs(models, *, policy="automatic", survey="FIRST", hostile=""):
    """Make everything that the reporting pipeline reads; `hostile` is put wherever text can be."""
    manifest = make_manifest([(3, 2)] * 10).assign(name=lambda table: table["name"] + hostile)
    ids = list(manifest["source_id"])
    reason = f"touches the edge {hostile}"
    history = {"epoch": [0, 1], "train_loss": [0.7, 0.5], "val_loss": [0.7, 0.6]}
    history |= {"val_accuracy": [0.6, 0.7], "learning_rate": [1e-3, 1e-3]}
    catalogue = pd.DataFrame({"source_id": [*ids, "G1", "F1", "N1", "R1"]})
    fetched = catalogue.assign(status="fetched", reason="", sha256="5f")
    gone = ["missing", f"gone{hostile}", ""]
    fetched.loc[fetched["source_id"] == "G1", ["status", "reason", "sha256"]] = gone
    processed = fetched[fetched["source_id"] != "G1"].assign(status="ok")
    processed.loc[processed["source_id"] == "F1", ["status", "reason"]] = ["failed", "only noise"]
    processed["reason"] = processed["reason"].replace("", None)  # as a CSV file gives it back
    decisions = pd.DataFrame({"source_id": [*ids, "N1", "R1"], "accepted": True, "reason": ""})
    decisions.loc[decisions["source_id"].isin(["N1", "R1"]), ["accepted", "reason"]] = [
        False,
        reason,
    ]
    reviewers = f"Ada{hostile};Hopper, G." if policy == "experts" else "automatic"
    test = manifest.loc[manifest["split"] == "test", ["source_id", "morphology"]]
    predictions = test.set_axis(["source_id", "label"], axis=1).assign(predicted="WAT")
    outputs = {"metrics": make_metrics(), "predictions": predictions}
    outputs |= {"history": pd.DataFrame(history), "attention": make_attention()}
    model = {"timm_model": f"resnet18{hostile}", "weights": "none", "image_size": 32}
    model["optimizer"] = {"class": "Adam", "lr": 1e-3}
    return {
        "manifest": manifest,
        "catalogue": catalogue,
        "acquisition_log": fetched,
        "processing_log": processed,
        "quality": decisions,
        "decisions": decisions.assign(reviewers=reviewers),
        "cutouts": {source_id: lambda: make_cutout(survey) for source_id in ids},
        **{
            name: dict.fromkeys(ids, make_image)
            for name in ("images", "mask_images", "masked_images")
        },
        **{f"{model}.{output}": outputs[output] for model in models for output in MODEL_OUTPUTS},
        "params:classes": CLASSES,
        "params:models": dict.fromkeys([*models, "untrained"], model),
        "params:modelling": PARAMETERS.modelling.model_copy(update={"train": list(models)}),
        "params:curation": PARAMETERS.curation.model_copy(
            update={"review": ReviewSettings(policy=policy, min_reviewers=2)}
        ),
        **{
            f"params:{section}": getattr(PARAMETERS, section)
            for section in ("acquisition", "processing", "reporting")
        },
    }


def run(models, **options):
    """Run the pipeline and give the report."""
    inputs = make_inputs(models, **options)
    catalog = {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
    outputs = SequentialRunner().run(create_pipeline(models), DataCatalog(catalog))
    return outputs["report"].load()


@pytest.mark.parametrize("models", [["net"], ["one", "two"]])
def test_words_of_the_report_come_back_from_files_as_they_were(models, tmp_path):
    names = ("sample_description", "funnel", "settings")
    inputs = make_inputs(models)
    catalog = {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
    files = {name: JSONDataset(filepath=str(tmp_path / f"{name}.json")) for name in names}
    kept = {name: MemoryDataset() for name in names}
    pipeline = create_pipeline(models)
    SequentialRunner().run(pipeline.to_outputs(*names), DataCatalog(catalog | kept))
    SequentialRunner().run(pipeline.to_outputs(*names), DataCatalog(catalog | files))
    for name in names:
        assert files[name].load() == kept[name].load()


@pytest.fixture(scope="module")
def report():
    return run(["resnet18"])


@pytest.fixture(scope="module")
def other_report():
    """Run with three models, experts, simulated sources and a hostile name."""
    return run(["one", "two", "three"], policy="experts", survey="SIMULATED", hostile=HOSTILE)


@pytest.fixture(scope="module")
def figures(report):
    embedded = re.findall(r'<figure id="(\w+)">\s*<img src="data:image/png;base64,([^"]+)"', report)
    return {name: base64.b64decode(png) for name, png in embedded}


class TestTable1:
    def test_is_the_papers(self):
        table, _ = nodes.tabulate_batches(make_manifest(), CLASSES)
        assert list(table.columns) == ["batch", "WAT", "NAT", "total"]
        assert list(table["batch"]) == [*map(str, range(1, 10)), "test", "total"]
        assert list(zip(table["WAT"], table["NAT"], strict=True)) == [*PAPER_BATCHES, (385, 254)]
        assert list(table["total"].iloc[-2:]) == [63, 639]

    def test_counts_a_class_without_sources_as_zero(self):
        table, _ = nodes.tabulate_batches(make_manifest([(3, 0), (2, 0)]), CLASSES)
        assert list(table["NAT"]) == [0, 0, 0]

    def test_latex_names_the_sample(self):
        _, latex = nodes.tabulate_batches(make_manifest(), CLASSES)
        assert "639 bent radio galaxies (385 WAT, 254 NAT)" in latex
        assert r"Test & 38 & 25 & 63 \\" in latex
        check_latex(latex, columns=4)


class TestTable2:
    def test_is_in_per_cent_with_the_majority_as_a_baseline(self):
        table, _ = nodes.tabulate_models(net=make_metrics())
        assert list(table["model"]) == ["net", "majority class"]
        assert list(table["accuracy_percent"]) == [84.12, 60.32]
        assert table["WAT_recall_percent"].iloc[0] == 80
        assert pd.isna(table["accuracy_low_percent"].iloc[1])

    def test_best_of_each_column_is_bold_and_ties_are_all_bold(self):
        _, latex = nodes.tabulate_models(
            a=make_metrics(recall=0.9), b=make_metrics(0.8889), c=make_metrics(0.5)
        )
        rows = {line.split("&")[0].strip(): line for line in latex.splitlines() if "&" in line}
        assert r"\textbf{88.9} [73--91]" in rows["b"]
        assert r"84.1 [73--91]" in rows["a"]
        assert r"\textbf{90.0}" in rows["a"]
        assert all(r"\textbf{80.0}" in rows[model] for model in "abc")
        assert "textbf" not in rows["majority class"]
        check_latex(latex, columns=8)

    def test_baseline_above_every_model_is_not_bold(self):
        _, latex = nodes.tabulate_models(a=make_metrics(0.4, 0.3, 0.5))
        assert r"\textbf{40.0}" in latex
        assert r"\textbf{60.3}" not in latex

    def test_the_opening_angle_is_a_baseline_and_never_the_best(self):
        table, latex = nodes.tabulate_models(
            **{"net": make_metrics(0.7, 0.58, 0.8), "opening angle": make_metrics(recall=0.95)}
        )
        assert list(table["model"]) == ["net", "opening angle", "majority class"]
        rows = {line.split("&")[0].strip(): line for line in latex.splitlines() if "&" in line}
        assert r"\textbf{70.0}" in rows["net"]
        assert "84.1 [73--91]" in rows["opening angle"] and "textbf" not in rows["opening angle"]
        lines = latex.splitlines()
        rule = lines.index(next(line for line in lines if line.strip().startswith("opening angle")))
        assert lines[rule - 1].strip() == r"\midrule"
        assert latex.count(r"\midrule") == 2
        assert "one threshold on the measured angle" in latex
        check_latex(latex, columns=8)

    def test_names_are_escaped(self):
        _, latex = nodes.tabulate_models(**{"vit_b&50%": make_metrics()})
        assert r"vit\_b\&50\% &" in latex
        check_latex(latex, columns=8)


def check_latex(latex, columns):
    assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", latex) for word in ("begin", "end"))
    assert begun == ended[::-1] == ["table", "tabular"]
    for rule in ("toprule", "midrule", "bottomrule"):
        assert rf"\{rule}" in latex
    for line in latex.splitlines():
        if line.endswith(r"\\") and "multicolumn" not in line:
            assert len(re.findall(r"(?<!\\)&", line)) == columns - 1


@given(st.text(alphabet=r"ab\{}$&#_%~^ ", max_size=30))
def test_escaped_text_has_no_command_left(text):
    escaped = tables.escape_latex(text)
    known = r"\\textbackslash{}|\\textasciitilde{}|\\textasciicircum{}|\\[&%$#_{}]"
    assert not set(re.sub(known, "", escaped)) & set(r"\{}$&#_%~^")


class TestVerdict:
    def test_53_against_56_of_63_is_not_significant(self):
        # All three images that part them go one way: the most one-sided case there is.
        pairs = nodes.compare_models(a=make_predictions(range(53)), b=make_predictions(range(56)))
        row = pairs.iloc[0]
        assert (row["better"], row["worse"]) == ("b", "a")
        assert (row["only_better_right"], row["only_worse_right"]) == (3, 0)
        assert row["p_value"] == pytest.approx(0.25)
        table, _ = nodes.tabulate_models(a=make_metrics(), b=make_metrics())
        assert "differences are not significant" in summaries.judge_models(table, pairs)[-1]

    def test_a_clear_difference_is_named(self):
        metrics = {"a": make_metrics(), "b": make_metrics(), "c": make_metrics()}
        pairs = nodes.compare_models(
            a=make_predictions(range(63)),
            b=make_predictions(range(40)),
            c=make_predictions(range(61)),
        )
        table, _ = nodes.tabulate_models(**metrics)
        sentence = summaries.judge_models(table, pairs)[-1]
        assert "a over b" in sentence and "c over b" in sentence and "a over c" not in sentence
        assert "All other differences are not significant" in sentence

    def test_several_pairs_share_the_level(self):
        # p = 0.031 alone would pass 5 %; one of three pairs must not.
        rights = {"a": range(63), "b": range(57), "c": range(61)}
        pairs = nodes.compare_models(**{name: make_predictions(r) for name, r in rights.items()})
        assert pairs["p_value"].min() == pytest.approx(0.03125)
        table, _ = nodes.tabulate_models(**dict.fromkeys(rights, make_metrics()))
        assert "differences are not significant" in summaries.judge_models(table, pairs)[-1]

    def test_equal_models_differ_with_p_1(self):
        same = make_predictions(range(50))
        assert nodes.compare_models(a=same, b=same)["p_value"].iloc[0] == 1

    def test_other_images_cannot_be_compared(self):
        with pytest.raises(InputError, match="a and b were tested on different images"):
            nodes.compare_models(a=make_predictions([]), b=make_predictions([])[::-1])

    def test_the_opening_angle_is_compared_with_the_models(self):
        predictions = {"net": make_predictions(range(63)), "opening angle": make_predictions([])}
        pairs = nodes.compare_models(**predictions)
        table, _ = nodes.tabulate_models(**dict.fromkeys(predictions, make_metrics()))
        sentence = summaries.judge_models(table, pairs)[-1]
        assert sentence.startswith("Between the models and the opening angle, on 63")
        assert "net over opening angle" in sentence

    @pytest.mark.parametrize(
        ("interval", "said"),
        [((0.73, 0.91), None), ((0.55, 0.78), "contains the share"), ((0.3, 0.5), "lies below")],
    )
    def test_against_the_majority(self, interval, said):
        predictions = make_predictions(range(53))
        table, _ = nodes.tabulate_models(net=make_metrics(0.5, *interval))
        sentences = summaries.judge_models(table, nodes.compare_models(net=predictions))
        assert len(sentences) == (said is not None)
        assert all(said in sentence and sentence.startswith("net") for sentence in sentences)


class TestExamples:
    def test_are_evenly_spaced_in_size(self):
        manifest = make_manifest([(10, 3)]).assign(largest_angular_size_arcsec=range(13))
        chosen = dict(choose_examples(manifest, CLASSES, 5))
        assert list(chosen["WAT"]["largest_angular_size_arcsec"]) == [1, 3, 5, 7, 9]
        assert list(chosen["NAT"]["largest_angular_size_arcsec"]) == [10, 11, 12]

    def test_do_not_depend_on_the_order_of_the_manifest(self):
        manifest = make_manifest().assign(largest_angular_size_arcsec=50.0)
        shuffled = manifest.sample(frac=1, random_state=1)
        one, two = (
            [list(rows["source_id"]) for _, rows in choose_examples(table, CLASSES, 4)]
            for table in (manifest, shuffled)
        )
        assert one == two

    def test_a_class_without_sources_is_left_out(self):
        chosen = dict(choose_examples(make_manifest([(3, 0)]), CLASSES, 2))
        assert list(chosen) == ["WAT"]


class TestFigures:
    def test_are_png_of_print_size(self, figures):
        assert set(figures) == {
            "figure1",
            "figure2",
            "figure3",
            "figure_confusion",
            "figure_history",
        }
        for png in figures.values():
            with Image.open(BytesIO(png)) as image:
                assert image.format == "PNG"
                width, height = image.size
            assert 400 <= width <= 3000 and 200 <= height <= 4000


class TestReport:
    def test_needs_nothing_from_elsewhere(self, report, figures):
        assert "<script" not in report and "@import" not in report and "url(" not in report
        assert "<link" not in report
        sources = re.findall(r"\bsrc=\"(.{22})", report)
        assert sources == ["data:image/png;base64,"] * len(figures)
        links = re.findall(r"href=\"([^\"#][^\"]*)\"", report)
        assert links == ["https://arxiv.org/abs/2505.19249"]

    def test_contents_lead_somewhere(self, report):
        anchors = re.findall(r"href=\"#(\w+)\"", report)
        assert len(anchors) >= 8
        assert all(f'id="{anchor}"' in report for anchor in anchors)

    def test_every_figure_is_described(self, report):
        assert report.count("<img") == len(re.findall(r'<img [^>]*alt="[^"]{20,}"', report)) == 5

    def test_says_that_no_expert_looked(self, report):
        assert "No expert has looked at these images: sources were accepted by automatic" in report

    def test_funnel_counts_and_names_the_losses(self, report):
        stages = re.findall(r"<b>(\d+)</b> <span>([\w ]+)</span>", report)
        assert stages == [
            ("54", "in the catalogue"),
            ("53", "with a cutout"),
            ("52", "processed"),
            ("50", "accepted"),
        ]
        assert "Cutouts not obtained: 1" in report and "<span>G1</span>" in report
        assert "only noise" in report and "<span>F1</span>" in report
        assert "Rejected: 2" in report and "<span>N1</span>, <span>R1</span>" in report

    def test_settings_show_what_was_used(self, report):
        assert "threshold_island" in report and "surveys.simulated.size_px" in report
        assert "surveys.first" not in report
        assert "Adam, lr 0.001" in report
        assert "2022, ApJS 259, 31" in report

    def test_is_the_same_every_time(self, report):
        assert run(["resnet18"]) == report

    def test_experts_are_named(self, other_report):
        assert "2 experts reviewed the images" in other_report and "Hopper, G." in other_report
        assert "No expert" not in other_report
        assert "What the automatic checks would reject: 2" in other_report

    def test_hostile_names_are_harmless(self, other_report):
        assert "<script" not in other_report
        assert other_report.count("&lt;script&gt;") >= 4

    def test_simulated_sources_are_called_simulated(self, report, other_report):
        assert "These sources are simulated" in other_report
        assert "These sources are simulated" not in report

    def test_all_models_stand_in_it(self, other_report):
        for model in ("one", "two", "three"):
            assert f'<th scope="row">{model}</th>' in other_report
        assert "differences are not significant" in other_report

    def test_the_opening_angle_stands_below_the_models(self, other_report):
        section = other_report[other_report.index('id="models"') :].partition("</section>")[0]
        rows = re.findall(r'<tr( class="last")?><th scope="row">([\w ]+)</th>', section)
        assert rows == [
            *(("", model) for model in ("one", "two", "three")),
            (' class="last"', "opening angle"),
            ("", "majority class"),
        ]
        assert "one threshold on the measured angle" in other_report

    def test_long_lists_are_cut_and_point_to_the_file(self):
        lost = pd.DataFrame({"source_id": [f"S{i:02d}" for i in range(23)], "reason": "gone"})
        losses = summaries.list_losses("Lost", lost, "log.csv")
        assert losses["reasons"][0]["sources"] == [f"S{i:02d}" for i in range(20)]
        assert (losses["reasons"][0]["more_sources"], losses["more_reasons"]) == (3, 0)
        various = lost.assign(reason=[f"error {i:02d}" for i in range(22)] + [None])
        losses = summaries.list_losses("Lost", various, "log.csv")
        assert (len(losses["reasons"]), losses["more_reasons"]) == (20, 3)


@pytest.mark.parametrize("models", [["one"], ["one", "two", "vit-b"]])
def test_pipeline_reads_and_writes_what_the_catalog_declares(models):
    pipeline = create_pipeline(models)
    assert pipeline.inputs() == set(make_inputs(models))
    assert pipeline.all_outputs() == {
        *("table1", "table1_tex", "table2", "table2_tex", "report"),
        *("figure1", "figure2", "figure3", "figure_confusion", "figure_history"),
        *("model_comparison", "sample_description", "funnel", "settings"),
        *("opening_angle.predictions", "opening_angle.metrics"),
    }
    assert all(re.fullmatch(r"[a-z]+_[a-z_]+", node.name) for node in pipeline.nodes)


def test_pipeline_is_made_without_a_warning(monkeypatch):
    # Kedro warns once per process; whoever came first must not hide what is wrong here.
    monkeypatch.setattr(Node, "__dotted_dataset_name_warned__", False, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create_pipeline(["net"])


def test_published_batches_have_no_opening_angles():
    pipeline = create_published_pipeline(["net"])
    assert not any("opening_angle" in name for name in pipeline.datasets())


def test_the_opening_angle_is_measured_as_the_networks_are():
    manifest = make_manifest()
    predictions, metrics = nodes.classify_by_angle(manifest, CLASSES)
    test = manifest[manifest["split"] == "test"]
    assert list(predictions["source_id"]) == list(test["source_id"])
    assert metrics["n"] == 63
    assert metrics["accuracy"] == np.mean(predictions["label"] == predictions["predicted"])
