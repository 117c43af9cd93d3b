"""Inference: images as in training, one row for each source, answers as evaluation gives them."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
import timm
import torch
import yaml
from PIL import Image

from bentjets.datasets.parquet_table import ParquetDataset
from bentjets.errors import InputError
from bentjets.files import EncodedFile
from bentjets.learning.data import crop_middle, stack_images, unpack_batches
from bentjets.learning.evaluation.novelty import fit_novelty, save_novelty
from bentjets.learning.evaluation.predicting import extract_features, predict
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    load_network,
    read_description,
    save_network,
)
from bentjets.learning.settings import ImageSettings
from bentjets.parameters import AcquisitionSettings, InferenceSettings
from bentjets.pipelines.curation.nodes import pack_batches
from bentjets.pipelines.inference import create_pipeline, nodes
from bentjets.pipelines.inference.imaging import ImageJob, make_image
from bentjets.pipelines.inference.tables import gather_facts, list_columns
from bentjets.radio.cutouts import Cutout, fits_bytes, pixel_position
from bentjets.radio.imaging import (
    apply_mask,
    flip_north_up,
    network_image,
    png_bytes,
    scale_to_8bit,
)
from bentjets.tables.inference import CLASSIFICATIONS

CLASSES = {"WAT": "100", "NAT": "200"}
N = 9

pytestmark = pytest.mark.usefixtures("one_thread")


@dataclass
class Content:
    """The bytes of a file of a source, and how often they were read."""

    content: bytes
    read_so_far: list[int] = field(default_factory=lambda: [0])

    def read(self) -> bytes:
        self.read_so_far[0] += 1
        return self.content


@dataclass
class Sky:
    """The files that acquisition and processing leave of a few sources, and their tables."""

    cutouts: dict[str, Content]
    masks: dict[str, Content]
    masked: dict[str, Content]
    catalogue: pd.DataFrame
    acquisition_log: pd.DataFrame
    processing_log: pd.DataFrame
    quality: pd.DataFrame

    @property
    def files(self) -> tuple[dict[str, Content], ...]:
        return self.cutouts, self.masks, self.masked

    def facts(self) -> pd.DataFrame:
        return gather_facts(self.catalogue, self.acquisition_log, self.processing_log, self.quality)


@pytest.fixture
def sky(sky_header) -> Sky:
    cutouts, masks, masked = {}, {}, {}
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[:150, :150]
    ids = [f"S{number}" for number in range(N)]
    for key in ids:
        x, y, width = random.uniform(65, 85), random.uniform(65, 85), random.uniform(2, 9)
        image = np.exp(-((columns - x) ** 2 + (rows - y) ** 2 / 4) / (2 * width**2))
        # A neighbour, 60 pixels off.
        image += 0.5 * np.exp(-((columns - 30) ** 2 + (rows - 30) ** 2) / (2 * 4**2))
        image = (8e-3 * image + random.normal(0, 1.5e-4, image.shape)).astype(np.float32)
        mask = (image > 1e-3).astype(np.uint8)
        cutouts[key] = Content(fits_bytes(Cutout(image, sky_header).to_hdu()))
        masks[key] = Content(fits_bytes(Cutout(mask, sky_header).to_hdu()))
        picture = flip_north_up(apply_mask(scale_to_8bit(image), mask))
        masked[key] = Content(png_bytes(picture))
    table = pd.DataFrame({"source_id": ids})
    catalogue = table.assign(name=ids, ra_deg=150.0, dec_deg=20.0, morphology="")
    log = table.assign(sha256="aa", reason="")
    processing = table.assign(status="ok", reason="")
    quality = table.assign(
        accepted=True, reason="", flags="", snr=9.0, largest_angular_size_arcsec=40.0,
        opening_angle_deg=100.0, opening_angle_error_deg=5.0,
    )  # fmt: skip
    return Sky(cutouts, masks, masked, catalogue, log, processing, quality)


@pytest.fixture
def write_run(tmp_path):
    def write(name="run", seed=0, **changes):
        torch.manual_seed(seed)
        network = timm.create_model("test_resnet", num_classes=2, in_chans=1).eval()
        values = {
            "format": 1, "classes": tuple(CLASSES), "images": ImageSettings(), "image_size": 32,
            "channels": 1, "mean": 0.01, "std": 0.1, "pixel_scale_arcsec": 1.8, "side_px": 150,
        } | changes  # fmt: skip
        save_network(tmp_path / name, TrainedNetwork(network, Description(**values)))
        return tmp_path / name

    return write


@pytest.fixture
def acquisition(project) -> AcquisitionSettings:
    text = (project / "conf" / "base" / "parameters_acquisition.yml").read_text()
    parameters = yaml.safe_load(text)["acquisition"]
    for survey in parameters["surveys"].values():
        survey["frequency_hz"] = float(survey["frequency_hz"])
    return AcquisitionSettings.model_validate(parameters)


def describe(*folders, acquisition) -> dict:
    return nodes.describe_classifier(
        InferenceSettings(runs=[str(folder) for folder in folders]), acquisition
    )


def save(file: EncodedFile, tmp_path) -> pd.DataFrame:
    dataset = ParquetDataset(filepath=(tmp_path / "out.parquet").as_posix())
    dataset.save(file)
    return CLASSIFICATIONS.validate(dataset.load())


def read_probabilities(table: pd.DataFrame) -> np.ndarray:
    return table[[f"probability_{name}" for name in CLASSES]].to_numpy()


def test_images_of_batches_get_the_probabilities_that_evaluation_gives(
    sky, write_run, acquisition, one_process, tmp_path
) -> None:
    run = write_run(images=ImageSettings(crop_px=100), views=8)
    manifest = sky.catalogue.assign(batch=0, label="100")
    manifest.loc[N - 2 :, "batch"] = 1
    batches = {
        name: content
        for part in pack_batches(manifest, sky.masked, CLASSES)
        for name, content in part.items()
    }
    packed = [b"".join(batches[name].pieces()) for name in ("data_batch_0", "test_batch")]
    learnt = unpack_batches([pickle.loads(content) for content in packed], CLASSES)
    stack = stack_images(
        (crop_middle(image[None], 100) for image in learnt.images),
        learnt.labels,
        learnt.source_ids,
        list(CLASSES),
        size_px=32,
    )
    file = nodes.classify_sources(
        describe(run, acquisition=acquisition), sky.facts(), *sky.files, one_process
    )
    table = save(file, tmp_path).set_index("source_id").loc[list(learnt.source_ids)]
    expected = predict(load_network(run), stack)
    np.testing.assert_allclose(read_probabilities(table), expected, rtol=0, atol=1e-6)
    assert expected.std(axis=0).min() > 1e-4


CHANGES = [
    {"mask": "none"},
    {"mask": "islands"},
    {"stretch": ("sqrt",)},
    {"stretch": ("asinh",)},
    {"crop_px": 80},
]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_each_setting_of_the_images_changes_what_the_network_sees(
    sky, write_run, acquisition, one_process, tmp_path, changes
) -> None:
    plain = {"source": "cutouts", "mask": "source"}
    tables = []
    for number, settings in enumerate((plain, plain | changes)):
        run = write_run(f"run{number}", images=ImageSettings(**settings))
        classifier = describe(run, acquisition=acquisition)
        file = nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process)
        tables.append(read_probabilities(save(file, tmp_path)))
    assert np.abs(tables[0] - tables[1]).max() > 1e-5


def test_an_image_is_that_of_its_cutout_in_fits_row_order(sky, write_run) -> None:
    description = read_description(write_run())
    job = ImageJob(
        sky.cutouts["S1"].content, b"", sky.masked["S1"].content, (150.0, 20.0), description
    )
    image = make_image(job)
    data = Cutout.from_bytes(sky.cutouts["S1"].content).data
    assert (image.shape, image.dtype) == ((1, 150, 150), np.uint8)
    assert np.unravel_index(image[0].argmax(), data.shape) == np.unravel_index(
        data.argmax(), data.shape
    )


@pytest.mark.parametrize("keep", ["none", "islands", "source"])
def test_an_image_of_a_cutout_is_that_of_training(sky, write_run, keep) -> None:
    settings = ImageSettings(source="cutouts", mask=keep, stretch=("sqrt",), crop_px=90)
    files = sky.cutouts["S1"].content, sky.masks["S1"].content
    made = make_image(
        ImageJob(*files, b"", (150.001, 20.001), read_description(write_run(images=settings)))
    )
    cutout, mask = (Cutout.from_bytes(file) for file in files)
    expected = network_image(
        cutout.data,
        mask.data,
        pixel_position(cutout.header, (150.001, 20.001)),
        keep=keep,
        stretch=("sqrt",),
        pixel_scale_arcsec=cutout.pixel_scale_arcsec,
    )
    np.testing.assert_array_equal(made, crop_middle(expected, 90))


def test_sources_that_failed_stay_as_rows(
    sky, write_run, acquisition, one_process, tmp_path
) -> None:
    sky.acquisition_log.loc[1, ["sha256", "reason"]] = ["", "no file called after the source"]
    sky.processing_log = sky.processing_log.drop(index=1)
    sky.processing_log.loc[2, ["status", "reason"]] = ["failed", "no noise in it"]
    sky.quality = sky.quality.drop(index=[1, 2])
    failed = [False, "90 % are blank (limit 20 %)", "mask_pixels;blank_fraction"]
    sky.quality.loc[3, ["accepted", "reason", "flags"]] = failed
    sky.masked["S4"] = Content(sky.masked["S4"].content[:60])
    classifier = describe(write_run(), acquisition=acquisition)
    file = nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process)
    table = save(file, tmp_path)
    assert list(table) == list_columns(list(CLASSES))
    assert table["source_id"].tolist() == sky.catalogue["source_id"].tolist()
    assert table["status"].tolist() == [
        *("classified", "no cutout", "not processed", "classified", "no image"),
        *["classified"] * (N - 5),
    ]
    assert table["reason"][1:3].tolist() == ["no file called after the source", "no noise in it"]
    assert table["reason"][4]
    assert table["predicted"][[1, 2, 4]].tolist() == ["", "", ""]
    assert np.isnan(read_probabilities(table)[[1, 2, 4]]).all()
    np.testing.assert_allclose(read_probabilities(table)[[0, 3, 5]].sum(axis=1), 1.0)
    assert table["warning"][:4].tolist() == ["", "", "", "empty mask"]
    assert table["quality"][:4].tolist() == ["accepted", "", "", "rejected"]
    np.testing.assert_array_equal(table["opening_angle_deg"][:4], [100.0, np.nan, np.nan, 100.0])


def test_a_source_unlike_those_of_training_gets_a_warning(
    sky, write_run, acquisition, one_process, tmp_path
) -> None:
    run = write_run()
    trained = load_network(run)
    made = list(nodes._make_images(sky.facts(), sky.files, trained.description, one_process))
    features = extract_features(trained, nodes._stack(made, trained.description))
    save_novelty(run, fit_novelty(features[1:], features[1:]))
    noise = np.random.default_rng(1).integers(0, 255, (150, 150)).astype(np.uint8)
    sky.masked["S0"] = Content(png_bytes(noise))
    file = nodes.classify_sources(
        describe(run, acquisition=acquisition), sky.facts(), *sky.files, one_process
    )
    table = save(file, tmp_path)
    assert table["warning"].tolist() == [
        "unlike what the network was trained on",
        *[""] * (N - 1),
    ]
    assert table["unlike"][0] > 1 > table["unlike"][1:].max()


def test_rows_are_written_as_they_come_and_no_file_is_read_long_before(
    sky, write_run, acquisition, one_process, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(nodes, "_CHUNK", 3)
    reads = [0]
    for content in sky.masked.values():
        content.read_so_far = reads
    classifier = describe(write_run(), acquisition=acquisition)
    file = nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process)
    assert reads == [0]
    pieces, read_then = [], []
    for piece in file.pieces():
        pieces.append(piece)
        read_then.append(reads[0])
    assert read_then == [3, 6, 9, 9]
    whole = save(nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process), tmp_path)
    monkeypatch.setattr(nodes, "_CHUNK", 512)
    at_once = nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process)
    pd.testing.assert_frame_equal(whole, save(at_once, tmp_path), rtol=0, atol=1e-6)
    assert CLASSIFICATIONS.validate(pd.read_parquet(io.BytesIO(b"".join(pieces)))).equals(whole)


def test_columns_carry_their_units(sky, write_run, acquisition, one_process, tmp_path) -> None:
    from pyarrow import parquet

    classifier = describe(write_run(), acquisition=acquisition)
    save(nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process), tmp_path)
    schema = parquet.read_schema(tmp_path / "out.parquet")
    assert schema.field("opening_angle_deg").metadata == {b"unit": b"deg"}
    assert schema.field("probability_NAT").metadata is None


def test_what_cannot_be_used_is_told_before_any_work(write_run, acquisition) -> None:
    with pytest.raises(InputError, match=r"inference\.runs is null: add --params run=FOLDER"):
        nodes.describe_classifier(InferenceSettings(), acquisition)
    larger = write_run("larger", side_px=300)
    with pytest.raises(
        InputError, match=r"cutouts are 150 px \(270 arcsec\) wide, .* 300 px \(540 arcsec\): set"
    ):
        describe(larger, acquisition=acquisition)
    finer = write_run("finer", pixel_scale_arcsec=1.0)
    with pytest.raises(InputError, match=r"pixels are 1\.8 arcsec wide, .* trained on 1 arcsec"):
        describe(finer, acquisition=acquisition)
    unknown = write_run("unknown", pixel_scale_arcsec=None, side_px=None)
    classifier = describe(unknown, acquisition=acquisition)
    assert classifier["classes"] == list(CLASSES)
    assert len(classifier["runs"][0]["weights_sha256"]) == 64


def test_cutouts_of_another_scale_end_the_run_before_they_are_processed(
    sky, write_run, acquisition
) -> None:
    folder = acquisition.model_copy(update={"survey": "folder"})
    classifier = describe(write_run(pixel_scale_arcsec=3.6), acquisition=folder)
    with pytest.raises(InputError, match=r"pixels are 1\.8 arcsec wide"):
        nodes.check_cutouts(classifier, sky.acquisition_log, sky.cutouts)
    nothing = sky.acquisition_log.assign(sha256="")
    nodes.check_cutouts(classifier, nothing, {})


def test_one_cutout_of_another_scale_is_a_row(
    sky, write_run, acquisition, one_process, tmp_path, sky_header
) -> None:
    sky_header["CDELT1"], sky_header["CDELT2"] = -0.001, 0.001
    other = Cutout(Cutout.from_bytes(sky.cutouts["S2"].content).data, sky_header)
    sky.cutouts["S2"] = Content(fits_bytes(other.to_hdu()))
    classifier = describe(write_run(), acquisition=acquisition)
    table = save(nodes.classify_sources(classifier, sky.facts(), *sky.files, one_process), tmp_path)
    assert (table["status"] == "classified").sum() == N - 1
    assert "pixels are 3.6 arcsec wide" in table["reason"][2]


def test_a_catalogue_without_one_image_gives_a_table(
    sky, write_run, acquisition, one_process, tmp_path
) -> None:
    sky.acquisition_log["sha256"] = ""
    classifier = describe(write_run(), acquisition=acquisition)
    for facts in (sky.facts(), sky.facts().head(0)):
        file = nodes.classify_sources(classifier, facts, *sky.files, one_process)
        table = save(file, tmp_path)
        assert len(table) == len(facts)
        assert (table["status"] == "no cutout").all()


@pytest.mark.parametrize("count", [0, 2])
def test_attention_is_drawn_of_as_many_as_asked(
    sky, write_run, acquisition, one_process, count
) -> None:
    sky.acquisition_log.loc[0, "sha256"] = ""
    run = write_run()
    pictures = nodes.draw_attention(
        describe(run, acquisition=acquisition),
        sky.facts(),
        *sky.files,
        InferenceSettings(attention=count),
        one_process,
    )
    assert list(pictures) == ["S1", "S2"][:count]
    for picture in pictures.values():
        with Image.open(io.BytesIO(picture)) as image:
            assert image.format == "PNG"


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert pipeline.all_outputs() == {
        *("classifier", "sources_to_classify", "classifications", "attention_pictures")
    }
    assert not any(name in pipeline.inputs() for name in ("manifest", "decisions", "batches"))
