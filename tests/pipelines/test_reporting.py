"""Reporting: from results to one safe page, and what the catalog must hold for it."""

import base64
import html
import re
import warnings
from dataclasses import astuple
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure
from PIL import Image

from bentjets.datasets.binary_file import BinaryFileDataset
from bentjets.datasets.csv_table import CSVDataset
from bentjets.datasets.json_record import JSONDataset
from bentjets.datasets.source_files import SourceFilesDataset
from bentjets.engine import EngineSettings
from bentjets.files import FigureFiles
from bentjets.learning.data import RunPlan
from bentjets.learning.evaluation import rank_doubts, tabulate_embedding
from bentjets.parameters import read_parameters
from bentjets.parameters.acquisition.image_set import ImageSetSettings
from bentjets.parameters.curation import ReviewSettings
from bentjets.pipelines.reporting import create_image_set_pipeline, create_pipeline, nodes
from bentjets.plotting import render_figure
from bentjets.radio.cutouts import fits_bytes
from bentjets.review import measure_agreement, measure_opinions
from bentjets.settings import CONFIG_LOADER_ARGS
from results import (
    BASELINES,
    MODEL_RESULTS,
    make_attention,
    make_comparison,
    make_histories,
    make_importance,
    make_metrics,
    make_properties,
    make_reliability,
    make_runs,
)
from voting import table, vote

CLASSES = {"WAT": "100", "NAT": "200"}
CONF = Path(__file__).resolve().parents[2] / "conf"
PARAMETERS = read_parameters(
    OmegaConfigLoader(str(CONF), env="test", **CONFIG_LOADER_ARGS)["parameters"]
)
WORDS = {
    **{"sample": "sample_description", "funnel": "funnel"},
    **{"settings": "settings", "verdict": "verdict"},
}
HOSTILE = "<script>alert(1)</script>"
FIGURES = {
    *("figure1", "figure2", "figure3", "figure_confusion", "figure_reliability"),
    *("figure_history", "figure_properties", "figure_importance", "figure_learning"),
    *("figure_sky", "figure_distributions", "figure_curves", "figure_seeds"),
}


def make_manifest(batches, classes=CLASSES):
    rows = [
        {"morphology": name, "label": classes[name], "batch": batch}
        for batch, counts in enumerate(batches)
        for name, count in zip(classes, counts, strict=True)
        for _ in range(count)
    ]
    manifest = pd.DataFrame(rows)
    manifest["source_id"] = [f"S{index:04d}" for index in range(len(manifest))]
    manifest["name"] = "J" + manifest["source_id"]
    rng = np.random.default_rng(0)
    is_test = manifest["batch"] == manifest["batch"].max()
    return manifest.assign(
        ra_deg=rng.uniform(120, 240, len(manifest)),
        dec_deg=rng.uniform(0, 50, len(manifest)),
        largest_angular_size_arcsec=rng.uniform(30, 120, len(manifest)),
        split=np.where(is_test, "test", "train"),
    )


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


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")


def make_leaks(hostile=""):
    rows = [("overlap", "S0000", "S0048", 0, 9), ("same name", f"S0001{hostile}", "S0012", 0, 2)]
    leaks = pd.DataFrame(rows, columns=["kind", "source_id", "other_id", "batch", "other_batch"])
    return leaks.assign(detail="12 arcsec apart")


def make_results(models, classes=CLASSES, hostile="", **settings):
    """Make what the modelling pipeline leaves behind."""
    metrics = make_metrics(models, classes=tuple(classes), **settings)
    for entry in metrics["entries"]:
        entry["model"] += hostile if entry["kind"] == "ensemble" else ""
    results = {
        "metrics": metrics,
        "model_comparison": make_comparison(metrics),
        "reliability": make_reliability(metrics),
        "metrics_by_property": make_properties(metrics),
        "shape_importance": make_importance(),
        "leaks": make_leaks(hostile),
    }
    histories = make_histories(2)
    own = {
        "runs": make_runs(histories),
        "histories": histories,
        "attention": make_attention(labels=tuple(classes)[:2]),
    }
    for model in models:
        results |= {f"{model}.{name}": own[name] for name in MODEL_RESULTS}
    return results


def make_reviews(policy, hostile, ids):
    """Give the votes of two experts on the first sources, or none; both measured some angles."""
    if policy == "automatic":
        return table()
    looked = list(enumerate(ids[:9]))
    votes = [
        vote(key, "Hopper, G.", morphology="WAT", opening_angle_deg=100.0 + n) for n, key in looked
    ]
    votes += [
        vote(
            *(key, f"Ada{hostile}", "accept" if n else "reject"),
            reason="" if n else f"small{hostile}",
            morphology="WAT" if n > 1 else "NAT",
            opening_angle_deg=90.0 + n if n > 3 else float("nan"),
        )
        for n, key in looked
    ]
    return table(*votes)


def make_embedding(model, ids):
    """Give places of sources among the features of a network that learnt from some of them."""
    plan = RunPlan("single", 0, 0, tuple(ids[:5]), tuple(ids[5:7]), tuple(ids[7:]))
    return tabulate_embedding(model, plan, np.eye(len(ids), 4), ids)


def make_quality(decisions, reason):
    """Give what the checks say of the sources that were decided on."""
    flags = decisions["accepted"].map({True: "", False: "snr;overlaps"})
    rejected = decisions["accepted"].map({True: "", False: reason})
    return decisions.assign(
        reason=rejected, flags=flags, opening_angle_deg=95.0, opening_angle_error_deg=8.0,
        largest_angular_size_arcsec=40.0, peak_jy_beam=0.01, snr=70.0, angle_against_class=0.0,
        image_sha256="",
    )  # fmt: skip


def make_morphology(ids):
    """Give tails around the middle of every cutout."""
    tails = dict.fromkeys(
        ("tail_1_position_angle_deg", "tail_2_position_angle_deg", "swept_position_angle_deg"), 90.0
    )
    lengths = {"tail_1_arcsec": 9.0, "tail_2_arcsec": 5.0, "axis_ratio": 0.4, "curvature": 0.1}
    place = {"apex_ra_deg": 180.0, "apex_dec_deg": 30.0, "angle_reason": ""}
    return pd.DataFrame({"source_id": ids}).assign(**tails, **lengths, **place)


def make_predictions(manifest, models, classes):
    """Give every model's probabilities: the first class for each source."""
    shares = {f"probability_{name}": 0.0 for name in classes} | {
        f"probability_{next(iter(classes))}": 1.0
    }
    tables = [
        manifest[["source_id"]].assign(
            model=model,
            kind="network",
            protocol="cross_validation",
            seed=0,
            fold=0,
            label=manifest["morphology"],
            **shares,
        )
        for model in models
    ]
    return pd.concat(tables)


class FitsFile:
    """A file of the catalog: called, its HDU; read, its bytes."""

    def __init__(self, hdu):
        self.hdu = hdu

    def __call__(self):
        return self.hdu

    def read(self):
        return fits_bytes(self.hdu)


def make_record(hostile=""):
    return {
        "date": "2026-01-02T03:04:05+00:00",
        "command": f"kedro run --env first{hostile}",
        "environment": "first",
        "commit": "",
        "seed": 6,
        "processor": "x86_64, Linux",
        "cores": 2,
        "gpus": [],
        "seconds": {"acquisition": 1.3, "reporting": 62.0},
        "files": [[f"manifest.csv{hostile}", "../03_primary/manifest.csv", f"images{hostile}"]],
        "parameters": [["modelling.seeds", [0, 1], [0]], [f"models.mine{hostile}", 1, None]],
    }


def make_opinions(manifest, classes, n_sources):
    """Make what another catalogue says of the first sources: of half of them, another class."""
    some = manifest.head(n_sources)
    labels = dict(zip(manifest["source_id"], manifest["morphology"], strict=True))
    said = [list(classes)[k % 2] for k in range(len(some))]
    table = some[["source_id"]].assign(catalogue="Proctor", their_morphology=said, doubtful=False)
    facts = manifest[["source_id"]].assign(opening_angle_deg=range(len(manifest)))
    found = measure_opinions(table, labels, facts, list(classes), accepted=list(labels))
    return {"catalogue_sources": len(manifest), "dataset_sources": 0, "opinions": found}


def make_inputs(models, *, policy="automatic", survey="FIRST", hostile="", classes=CLASSES):
    """Make everything that the reporting pipeline reads; `hostile` is put wherever text can be."""
    manifest = make_manifest([(3, 2, 1)[: len(classes)]] * 10, classes)
    manifest["name"] += hostile
    ids = list(manifest["source_id"])
    reason = f"touches the edge {hostile}"
    catalogue = pd.DataFrame({"source_id": [*ids, "G1", "F1", "N1", "R1"]})
    names = dict(zip(ids, manifest["name"], strict=True))
    labels = dict(zip(ids, manifest["morphology"], strict=True))
    catalogue = catalogue.assign(
        name=catalogue["source_id"].map(lambda key: names.get(key, key)),
        ra_deg=180.0,
        dec_deg=30.0,
        morphology=catalogue["source_id"].map(lambda key: labels.get(key, next(iter(classes)))),
    )
    cutout = FitsFile(make_cutout(survey))
    mask = FitsFile(fits.PrimaryHDU((make_image() > 0).astype(np.uint8), cutout.hdu.header))
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
    reviewers = f"Ada{hostile};Hopper, G." if policy == "unanimous" else "automatic"
    reviews = make_reviews(policy, hostile, ids)
    model = {"timm_model": f"resnet18{hostile}", "weights": "none", "image_size": 32}
    model["optimizer"] = {"class": "Adam", "lr": 1e-3}
    return {
        "manifest": manifest,
        "catalogue": catalogue,
        "acquisition_log": fetched,
        "processing_log": processed,
        "quality": make_quality(decisions, reason),
        "decisions": decisions.assign(reviewers=reviewers),
        "reviews": reviews,
        "agreement": measure_agreement(reviews, dict.fromkeys(ids, "")),
        "morphology": make_morphology(ids),
        "splits": manifest[["source_id", "batch", "split"]].assign(group=range(len(manifest))),
        "predictions": (predictions := make_predictions(manifest, models, classes)),
        "label_doubts": rank_doubts(predictions, list(classes)),
        "cutouts": dict.fromkeys(ids, cutout),
        "masks": dict.fromkeys(ids, mask),
        "params:engine": EngineSettings(n_jobs=1),
        "published_results": pd.read_csv(CONF.parent / "benchmarks" / "published.csv").fillna(
            {"made_of": "", "note": ""}
        ),
        "params:benchmarks": {},
        **{
            name: dict.fromkeys(ids, make_image)
            for name in ("images", "mask_images", "masked_images")
        },
        **make_results(models, classes, hostile, ensembles=("ensemble",)),
        **{f"{model}.embedding": make_embedding(f"{model}{hostile}", ids) for model in models},
        "run_record": make_record(hostile),
        "params:classes": classes,
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
    return run_pipeline(make_inputs(models, **options), create_pipeline(models))


def run_pipeline(inputs, pipeline):
    """Run the pipeline on these inputs, with folders for what is made piece by piece."""
    catalog = {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
    with TemporaryDirectory() as folder:
        for name, kind, suffix in (
            ("thumbnails", BinaryFileDataset, ".webp"),
            ("thumbnail_records", JSONDataset, ".json"),
        ):
            path = f"{folder}/{name}"
            catalog[name] = SourceFilesDataset(path=path, dataset=kind, filename_suffix=suffix)
        return SequentialRunner().run(pipeline, DataCatalog(catalog))["report"].load()


def write_words(inputs, models, figure=None, opinions=None):
    """Write the report on these inputs without drawing its figures, which takes longest."""
    catalog = {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
    words = {**WORDS, "review": "review_description", "table1": "table1"}
    pipeline = create_pipeline(models).to_outputs(*words.values())
    outputs = SequentialRunner().run(pipeline, DataCatalog(catalog))
    names = [*FIGURES, "figure_angles", "figure_agreement"]
    figures = dict.fromkeys(names, figure or render_figure(Figure()))
    given = {name: outputs[output].load() for name, output in words.items()}
    given_to_table = (inputs["metrics"], inputs["model_comparison"], PARAMETERS.reporting)
    table2, *_ = nodes.tabulate_models(*given_to_table, inputs["agreement"], opinions)
    doubts = inputs["label_doubts"]
    return nodes.write_report(**given, table2=table2, doubts=doubts, opinions=opinions, **figures)


@pytest.mark.parametrize("models", [["net"], ["one", "two"]])
def test_words_of_the_report_come_back_from_files_as_they_were(models, tmp_path):
    names = ("sample_description", "review_description", "funnel", "settings", "verdict")
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
    return run(["one", "two", "three"], policy="unanimous", survey="SIMULATED", hostile=HOSTILE)


def section_of(report, name):
    """Give a section as lines of text, a line for each row of a table."""
    section = report[report.index(f'<section id="{name}"') :].partition("</section>")[0]
    rows = re.sub(r"\s*\n\s*", " ", section).replace("</tr>", "\n").replace("</caption>", "\n")
    text = html.unescape(re.sub(r"<[^>]+>", " ", rows))
    return plain("\n".join(" ".join(line.split()) for line in text.splitlines()))


class TestRun:
    def test_says_when_and_how_it_was_made(self, report):
        section = section_of(report, "run")
        assert "Date 2026-01-02 03:04 UTC" in section
        assert "Command kedro run --env first" in section
        assert "Processor x86_64, Linux, 2 cores" in section
        assert "GPU none used" in section
        assert "Seconds acquisition 1.3, reporting 62.0" in section
        assert re.search(r"Versions python 3\.\d+\.\d+, bentjets", section)
        assert "Commit" not in section  # there is no git

    def test_names_the_parameters_that_are_not_the_default(self, report):
        section = section_of(report, "run")
        assert "modelling.seeds 0, 1 0" in section
        assert "models.mine 1 –" in section

    def test_without_a_record_there_is_no_such_section(self):
        report = write_words(make_inputs(["net"]), ["net"])
        assert 'id="run"' not in report and "#run" not in report


class TestReview:
    def test_what_experts_say_is_told_where_they_voted(self, report, other_report):
        assert "What experts say" not in report
        text = section_of(other_report, "review")
        assert "18 votes by 2 experts." in text
        assert "did not decide" not in text
        assert re.search(r"Two experts say the same 88.9 % [\d.]+–100.0 9\n", text)
        assert re.search(r"One expert names the class that another names 77.8 % [\d.–]+ 9\n", text)
        assert re.search(r"Fleiss' kappa −0.06 −?[\d.]+ to −?[\d.]+ 9\n", text)
        assert f"small{HOSTILE} 1" in text

    def test_angles_by_hand_are_compared_with_the_ruler_and_drawn(self, report, other_report):
        text = section_of(other_report, "review")
        # 94 to 98, 100 to 108 and both, less 95; and of the same sources always 10 apart.
        assert f"Ada{HOSTILE} 5 +1.0 1.5\n" in text
        assert "Hopper, G. 9 +9.0 3.0\n" in text
        assert "all experts 14 +6.5 5.9\n" in text
        assert "one expert from another 5 −10.0 0.0\n" in text
        assert 'id="figure_angles"' in other_report
        assert "figure_angles" not in report

    def test_agreement_is_drawn_where_two_looked_at_the_same(self, report, other_report):
        assert 'id="figure_agreement"' in other_report
        assert "figure_agreement" not in report

    def test_flags_are_counted_by_kind(self, report):
        text = section_of(report, "review")
        assert "Flags on the 52 images that were checked" in text
        assert "too faint snr at least 5 rejects 2\n" in text
        assert "overlap overlaps at most 0 warns 2\n" in text
        assert "contrast taken contrast_taken at least 128 warns 0\n" in text

    def test_one_expert_by_another_stands_below_the_networks_of_table_2(self, report, other_report):
        assert "one expert by another" not in report
        text = section_of(other_report, "models")
        interval = r"[\d.]+–100"
        for name, share in (("class", "77.8"), ("acceptance", "88.9")):
            row = rf"one expert by another: {name} votes, 9 images {share} \[{interval}\] –"
            assert re.search(row, text), row
        assert "the human ceiling" in text

    def test_votes_that_do_not_decide_are_told_all_the_same(self):
        inputs = make_inputs(["net"], policy="unanimous")
        inputs["params:curation"] = PARAMETERS.curation
        report = write_words(inputs, ["net"])
        assert "No expert has looked" not in report
        assert "18 votes by 2 experts. They did not decide on the sample." in plain(report)


def test_reasons_of_checks_are_counted_by_kind():
    inputs = make_inputs(["net"])
    reasons = ["too faint: peak 3.1 times the noise", "too faint: peak 2 times the noise"]
    inputs["decisions"].loc[inputs["decisions"]["accepted"].eq(False), "reason"] = reasons
    text = section_of(write_words(inputs, ["net"]), "funnel")
    assert "too faint 2 N1 , R1" in text


@pytest.fixture(scope="module")
def figures(report):
    embedded = re.findall(
        r'<figure id="(\w+)">\s*<div[^>]*><img src="data:image/png;base64,([^"]+)"', report
    )
    return {name: base64.b64decode(png) for name, png in embedded}


class TestFigures:
    def test_are_png_of_print_size(self, figures):
        assert set(figures) == FIGURES
        for png in figures.values():
            with Image.open(BytesIO(png)) as image:
                assert image.format == "PNG"
                width, height = image.size
            assert 400 <= width <= 3000 and 100 <= height <= 4000


class TestReport:
    def test_needs_nothing_from_elsewhere(self, report, figures):
        assert not re.search(r"<script[^>]* src|@import|url\(|<link", report)
        sources = re.findall(r"\bsrc=\"(.{22})", report)
        assert sources == ["data:image/png;base64,"] * len(figures)
        links = re.findall(r"href=\"([^\"#][^\"]*)\"", report)
        assert {*links} == {"../03_primary/manifest.csv", "https://arxiv.org/abs/2505.19249"}

    def test_axe_finds_nothing_serious(self, other_report, browser, tmp_path):
        axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
        file = tmp_path / "report.html"
        file.write_text(other_report, encoding="utf-8")
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        page.goto(file.as_uri())
        found = axe.run(page).response["violations"]
        page.close()
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []

    def test_second_opinions_have_a_section_where_there_are_some(self, report):
        assert "Second opinions" not in report
        inputs = make_inputs(["net"])
        opinions = make_opinions(inputs["manifest"], CLASSES, 30)
        words = write_words(inputs, ["net"], opinions=opinions)
        section = words[words.index('<section id="opinions">') :].partition("</section>")[0]
        assert "Proctor has 30 of the 50 sources of the catalogue" in section
        assert "Cohen&#39;s kappa" in section
        assert "Opening angle" in section
        assert "second opinion: Proctor" in words

    def test_figures_lead_to_their_files_where_they_have_some(self):
        inputs = make_inputs(["net"])
        named = FigureFiles(*astuple(render_figure(Figure()))[:2], "a b")
        assert "figures/" not in write_words(inputs, ["net"])
        report = write_words(inputs, ["net"], named)
        assert report.count('<a href="figures/a%20b.pdf">PDF</a>') == len(FIGURES)
        assert report.count('<a href="figures/a%20b.png">PNG</a>') == len(FIGURES)

    def test_contents_lead_somewhere(self, report):
        anchors = re.findall(r"href=\"#(\w+)\"", report)
        assert len(anchors) >= 8
        assert all(f'id="{anchor}"' in report for anchor in anchors)

    def test_every_figure_is_described(self, report):
        assert (
            report.count("<img")
            == len(re.findall(r'<img [^>]*alt="[^"]{20,}"', report))
            == len(FIGURES)
        )

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
        assert re.search(r"optimizer.lr</th>\s*<td[^>]*>0.001<", report)

    def test_cites_what_was_used_and_nothing_else(self, report):
        cited = report[report.index('<section id="cite">') :]
        assert "Source finding: PyBDSF, Mohan &amp; Rafferty 2015, ASCL 1502.007." in cited
        assert "Sasmal" not in report  # the sources are simulated
        assert "ApJ 450" not in report

    def test_is_the_same_every_time(self, report, figures):
        inputs = make_inputs(["resnet18"])
        assert write_words(inputs, ["resnet18"]) == write_words(inputs, ["resnet18"])
        drawn = ("figure1", "figure_curves", "figure_properties")
        catalog = {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
        pipeline = create_pipeline(["resnet18"]).to_outputs(*drawn)
        again = SequentialRunner().run(pipeline, DataCatalog(catalog))
        assert {name: again[name].load().png for name in drawn} == {
            name: figures[name] for name in drawn
        }

    def test_experts_are_named(self, other_report):
        assert "2 experts reviewed the images" in other_report and "Hopper, G." in other_report
        assert "No expert" not in other_report
        assert "What the automatic checks would reject: 2" in other_report

    def test_hostile_names_are_harmless(self, other_report):
        # Our own two: the gallery's data and its scripts.
        opened = re.findall(r"<script[^>]*>", other_report)
        assert opened == ['<script type="application/json" id="sources">', "<script>"]
        assert other_report.count("</script") == len(opened)
        assert other_report.count("&lt;script&gt;") >= 4

    def test_simulated_sources_are_called_simulated(self, report, other_report):
        assert "These sources are simulated" in other_report
        assert "These sources are simulated" not in report

    def test_networks_ensembles_and_rules_stand_in_it_in_this_order(self, other_report):
        section = other_report[other_report.index('id="models"') :].partition("</section>")[0]
        rows = re.findall(r'<tr( class="last")?><th scope="row">([^<]+)<small>([^<]+)<', section)
        measured = "cross-validation, 100 images"
        assert rows[:3] == [("", one, f"{measured}, 1 seed") for one in ("one", "two", "three")]
        assert rows[3][1].startswith("ensemble") and rows[3][2] == measured
        assert [name for _, name, _ in rows[4:9]] == list(BASELINES)
        assert [name.partition(":")[0] for _, name, _ in rows[9:]] == ["one expert by another"] * 2
        rules = [False] * 4 + [True] + [False] * 4 + [True, False]
        assert [bool(rule) for rule, _, _ in rows] == rules

    def test_its_first_words_are_what_was_found(self, report):
        first = plain(report.partition("<nav")[0])
        assert "Best network: ensemble, 87.0 % of 100 images (95 % interval 82–92)" in first
        assert "cross-validation in 5 folds, 100 images, 1 seed" in first

    def test_every_result_says_how_it_was_measured(self, report):
        captions = re.findall(r"<figcaption>(.*?)</figcaption>", report, re.DOTALL)
        about_networks = [text for text in captions if "etwork" in text or "True classes" in text]
        assert len(about_networks) >= 4
        measured = "cross-validation in 5 folds, 100 images, 1 seed"
        assert all(measured in text for text in about_networks)

    def test_leaks_are_told(self, report):
        text = plain(report)
        assert "2 pairs of sources that are not independent" in text
        assert "1 of them in training and test" in text
        assert "S0000 and S0048" in text

    def test_settings_of_a_model_are_those_it_was_trained_with(self):
        inputs = make_inputs(["one", "two"])
        own = inputs["params:models"]["one"] | {"training": {"epochs": 77}}
        models = {"one": own, "two": inputs["params:models"]["two"]}
        settings = nodes.list_settings(
            models,
            *(inputs[f"params:{name}"] for name in ("acquisition", "processing", "curation")),
            *(inputs[f"params:{name}"] for name in ("modelling", "reporting", "classes")),
        )
        rows = {row["name"]: row["values"] for row in settings["models"]}
        assert settings["model_names"] == ["one", "two"]
        assert rows["training.epochs"] == ["77", str(PARAMETERS.modelling.training.epochs)]
        assert rows["training.batch_size"] == [str(PARAMETERS.modelling.training.batch_size)]
        assert rows["optimizer.class"] == ["Adam"]
        assert rows["images.source"] == ["batches"]


def test_ten_networks_and_three_classes_fit_in(tmp_path):
    models = [f"net_{number}" for number in range(10)]
    classes = {"FR I": "1", "FR II": "2", "hybrid & odd_": "3"}
    report = run(models, classes=classes)
    assert report.count('scope="colgroup">') == 3
    assert "hybrid &amp; odd_" in report


@pytest.mark.parametrize("models", [["one"], ["one", "two", "vit-b"]])
def test_pipeline_reads_and_writes_what_the_catalog_declares(models):
    pipeline = create_pipeline(models)
    assert pipeline.inputs() == set(make_inputs(models))
    assert pipeline.all_outputs() == {
        *("table1", "table1_ecsv", "table1_tex", "table2", "table2_ecsv", "table2_tex", "report"),
        "published_beside_ours",
        *("sample_description", "review_description", "funnel", "settings", "verdict"),
        *("hand_angles", "figure_angles", "figure_agreement"),
        *("thumbnails", "thumbnail_records", "sources", "gallery"),
        *FIGURES,
    }
    assert all(re.fullmatch(r"[a-z]+_[a-z_]+", node.name) for node in pipeline.nodes)


def test_other_catalogues_add_what_they_say():
    plain, asked = (create_pipeline(["net"], opinions=one) for one in (False, True))
    assert asked.inputs() - plain.inputs() == {
        *("second_opinions", "opinion_agreement", "soft_labels"),
    }
    assert asked.all_outputs() - plain.all_outputs() == {"table2_agreed", "soft_calibration"}


def test_pipeline_is_made_without_a_warning(monkeypatch):
    # Kedro warns once per process; whoever came first must not hide what is wrong here.
    monkeypatch.setattr(Node, "__dotted_dataset_name_warned__", False, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create_pipeline(["net"])


def test_a_model_may_be_called_like_an_argument_of_a_step():
    models = ["metrics", "runs", "table2", "reporting"]
    inputs = make_inputs(models)
    catalog = {name: MemoryDataset(data, copy_mode="assign") for name, data in inputs.items()}
    asked = ("figure_history", "figure3", "verdict")
    outputs = SequentialRunner().run(
        create_pipeline(models).to_outputs(*asked), DataCatalog(catalog)
    )
    assert set(asked) <= set(outputs)


def test_image_sets_are_reported_without_cutouts_and_measurements():
    pipeline = create_image_set_pipeline(["net"])
    inputs = make_inputs(["net"])
    inputs |= make_results(["net"], baselines=("majority class",))
    facts = {"height_px": 150, "width_px": 150, "pixels": "uint8", "colours": False}
    inputs["manifest"] = inputs["manifest"].assign(**facts, dark_fraction=0.9)
    inputs["image_set"] = {"kind": "HDF5", "root": "x", "words": "HDF5, 60 images"}
    inputs["image_log"] = pd.DataFrame({"source_id": ["bad"], "reason": ["it is damaged"]})
    chosen = {"image_set": ImageSetSettings(path="sets/fr.h5"), "published_record": None}
    inputs["params:acquisition"] = PARAMETERS.acquisition.model_copy(update=chosen)
    assert not pipeline.inputs() & {"cutouts", "quality", "shape_importance", "metrics_by_property"}
    catalog = {name: MemoryDataset(inputs[name], copy_mode="assign") for name in pipeline.inputs()}
    report = SequentialRunner().run(pipeline, DataCatalog(catalog))["report"].load()
    assert "majority class" in report and "figure_importance" not in report
    assert "HDF5, 60 images; images of 150 × 150 pixels, uint8; no scale of pixels" in report
    assert "1 images left out (image_log.csv)" in report
    assert "survey “fr.h5”" in report
    text = section_of(report, "published")
    assert "ConvNeXt, RGC-Bent paper's selection, 63 images Hossain et al. 2025" in text
    assert "84.1 [73–91]" in text and "not comparable: other sources and images" in text


def test_table_2_comes_back_from_its_file_as_it_was(tmp_path):
    metrics = make_metrics(("net", "1"), ensembles=("both",))
    table, *_ = nodes.tabulate_models(metrics, make_comparison(metrics), PARAMETERS.reporting)
    entry = OmegaConfigLoader(str(CONF), env="test", **CONFIG_LOADER_ARGS)["catalog"]["table2"]
    arguments = {name: entry[name] for name in ("save_args", "load_args")}
    dataset = CSVDataset(filepath=str(tmp_path / "table2.csv"), **arguments)
    dataset.save(table)
    pd.testing.assert_frame_equal(dataset.load(), table, check_dtype=False)
