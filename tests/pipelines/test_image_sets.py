"""Image sets as they are: one sample from every layout, and bad images as rows of a log."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits
from kedro.config import OmegaConfigLoader
from PIL import Image

from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.learning.image_sets import recognise
from bentjets.parameters import AcquisitionSettings, read_parameters
from bentjets.parameters.modelling import ModellingSettings
from bentjets.pipelines.acquisition.image_sets import nodes as image_sets
from bentjets.pipelines.acquisition.image_sets import relating
from bentjets.pipelines.modelling import nodes, stacking
from bentjets.settings import CONFIG_LOADER_ARGS
from bentjets.validation import validate
from image_sets import (
    Picture,
    draw_pictures,
    png,
    write_folders,
    write_hdf5,
    write_parquet,
    write_pickles,
)
from learners import make_model
from unsafe_archives import make_harmful_pickle, make_zip, make_zip_bomb

MIRABEST = {"100": "FRI", "102": "FRI", "200": "FRII"}
LAYOUTS = {
    "folders": (lambda root, pictures: write_folders(root / "set", pictures), {}),
    "pickles": (
        lambda root, pictures: write_pickles(root / "set", pictures),
        {"100": "FRI", "200": "FRII"},
    ),
    "hdf5": (lambda root, pictures: write_hdf5(root / "set.h5", pictures), {}),
    "parquet": (lambda root, pictures: write_parquet(root / "set", pictures), {}),
}


@pytest.fixture(scope="module")
def shipped(project: Path) -> AcquisitionSettings:
    loader = OmegaConfigLoader(str(project / "conf"), env="images", **CONFIG_LOADER_ARGS)
    return read_parameters(loader["parameters"]).acquisition


@pytest.fixture
def take(shipped, curation, tmp_path):
    """Take a set from its path to its manifest, as the pipeline does."""

    def run(path: Path, *, n_batches: int = 4, fail_on_leak: bool = False, **settings):
        chosen = shipped.image_set.model_copy(update={"path": str(path), **settings})
        acquisition = shipped.model_copy(update={"image_set": chosen})
        splits = curation.splits.model_copy(update={"fail_on_leak": fail_on_leak})
        batches = curation.model_copy(update={"n_batches": n_batches, "splits": splits})
        unpacked = tmp_path / "unpacked"
        unpacked.mkdir(exist_ok=True)
        described, index, classes = image_sets.open_image_set(acquisition, unpacked, tmp_path)
        engine = EngineSettings(n_jobs=1)
        facts = image_sets.examine_images(described, index, acquisition, engine)
        log = image_sets.log_images(facts)
        stream = image_sets.adopt_images(
            facts, log, described, classes, acquisition, batches, seed=6
        )
        manifest, splits, leaks = next(stream)
        assert next(stream, None) is None
        return Taken(described, classes, log, manifest, splits, leaks, acquisition)

    return run


class Taken:
    """What came of a set."""

    def __init__(self, described, classes, log, manifest, splits, leaks, acquisition) -> None:
        self.described, self.classes, self.log = described, classes, log
        self.manifest, self.splits, self.leaks = manifest, splits, leaks
        self.acquisition = acquisition

    def stack(self, folder: Path, **model):
        """Make the images of a network of it."""
        return stacking.stack_image_set(
            self.manifest,
            self.described,
            folder,
            make_model(**({"image_size": 16} | model)),
            self.classes,
            self.acquisition,
            EngineSettings(n_jobs=1),
        )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_sample(take, tmp_path, layout) -> None:
    pictures = draw_pictures()
    write, classes = LAYOUTS[layout]
    taken = take(write(tmp_path, pictures), classes=classes)
    assert list(taken.classes) == ["FRI", "FRII"]
    table = taken.manifest.set_index("source_id")
    assert table["morphology"].to_dict() == {one.name: one.label for one in pictures}
    assert taken.splits["published"].all()
    tested = set(taken.splits.query("split == 'test'")["source_id"])
    assert tested == {one.name for one in pictures if one.part == "test"}
    assert table.loc["J107.007+10.507", ["ra_deg", "dec_deg"]].tolist() == [107.007, 10.507]
    stack, facts = taken.stack(tmp_path, image_size=24)
    seen = stack.find([one.name for one in pictures]).read(slice(None))
    wanted = np.stack([one.pixels for one in pictures])[:, None] / np.float32(255)
    np.testing.assert_allclose(seen, wanted, atol=1e-6)
    assert (facts["side_px"], facts["pixel_scale_arcsec"]) == (24, None)


@pytest.mark.parametrize("layout", ["folders", "hdf5", "parquet"])
def test_published_validation_and_test_are_batches_of_their_own(take, tmp_path, layout) -> None:
    taken = take(LAYOUTS[layout][0](tmp_path, draw_pictures()))
    parts = taken.splits.groupby("split")["batch"].unique().map(sorted).to_dict()
    assert parts == {"train": [0, 1], "validation": [2], "test": [3]}


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("origin", ["drawn", "shared/fr"])
def test_networks_say_the_same_of_the_same_pixels(take, tmp_path, project, origin) -> None:
    pictures = draw_pictures() if origin == "drawn" else read_real(project, 40)
    text = (project / "conf" / "base" / "parameters_modelling.yml").read_text()
    parameters = yaml.safe_load(text)["modelling"] | {"train": ["tiny"]}
    parameters["training"] |= {"epochs": 1, "batch_size": 8, "precision": "32-true"}
    modelling = validate(ModellingSettings, parameters)
    said = []
    for layout in ("folders", "hdf5", "parquet"):
        root = tmp_path / layout / "tiny"  # the model's name is part of its seeds
        root.mkdir(parents=True)
        taken = take(LAYOUTS[layout][0](root, pictures))
        stack, facts = taken.stack(root, image_size=32)
        runs, _ = nodes.train_runs(stack, facts, taken.splits, root, make_model(), modelling)
        assert runs["protocol"].tolist() == ["published"]
        said.append(nodes.predict_runs(stack, taken.splits, root, runs, modelling))
    assert said[0]["protocol"].unique().tolist() == ["published"]
    assert len(said[0]) == sum(one.part == "test" for one in pictures)
    for other in said[1:]:
        pd.testing.assert_frame_equal(other, said[0])


def read_real(project: Path, n: int) -> list[Picture]:
    """Clip some real FR I and FR II at three times their noise, as published sets are."""
    folder = project.parent / "shared" / "fr"
    if not folder.is_dir():
        pytest.skip("the real FR I and FR II (shared/fr) are not on this machine")
    table = pd.read_csv(folder / "catalogue.csv")
    chosen = table.groupby("morphology").head(n // 2)
    pictures = []
    for number, (name, label) in enumerate(zip(chosen["name"], chosen["morphology"], strict=True)):
        data = np.nan_to_num(fits.getdata(folder / "cutouts" / f"{name}.fits.gz").squeeze())
        noise = 1.4826 * np.median(np.abs(data - np.median(data)))
        clipped = np.where(data > 3 * noise, data, 0)
        part = ("train", "train", "train", "valid", "test")[number % 5]
        pixels = np.rint(255 * clipped / clipped.max()).astype(np.uint8)
        pictures.append(Picture(name, label, part, pixels))
    return pictures


def test_without_a_split_batches_are_made_the_same_for_every_layout(take, tmp_path) -> None:
    pictures = draw_pictures(parts=False)
    one = take(write_folders(tmp_path / "set", pictures)).splits
    other = take(write_hdf5(tmp_path / "set.h5", pictures)).splits
    assert not one["published"].any()
    assert one["batch"].value_counts().tolist() == [10] * 4
    pd.testing.assert_frame_equal(one, other)


def test_a_mapping_merges_and_leaves_out(take, tmp_path) -> None:
    pictures = draw_pictures(60, parts=False)
    labels = ("100", "102", "200", "210")
    named = [
        type(one)(one.name, labels[number % 4], "", one.pixels)
        for number, one in enumerate(pictures)
    ]
    taken = take(write_folders(tmp_path / "set", named), classes=MIRABEST)
    assert taken.classes == {"FRI": "100", "FRII": "200"}
    assert taken.manifest["morphology"].value_counts().to_dict() == {"FRI": 30, "FRII": 15}
    assert taken.log["label"].unique().tolist() == ["210"]
    assert "in no class of acquisition.image_set.classes" in taken.log["reason"].iloc[0]


def test_bad_images_are_rows_of_the_log(take, tmp_path) -> None:
    pictures = draw_pictures(parts=False)
    root = write_folders(tmp_path / "set", pictures)
    bad = {
        "cut.png": png(pictures[0].pixels)[:60],
        "none.jpg": b"no picture",
        "black.png": png(np.zeros((9, 9), np.uint8)),
        "twice_1.png": png(np.eye(9, dtype=np.uint8)),
    }
    for name, content in bad.items():
        (root / "FRI" / name).write_bytes(content)
    (root / "FRII" / "twice_2.png").write_bytes(bad["twice_1.png"])
    frames = [Image.fromarray(one.pixels) for one in pictures[:3]]
    frames[0].save(root / "FRI" / "moves.gif", save_all=True, append_images=frames[1:])
    taken = take(root)
    assert len(taken.manifest) == len(pictures)
    told = taken.log.set_index("source_id")["reason"].to_dict()
    assert told["none"] == "it is no picture, or damaged"
    assert told["black"] == "it is the same everywhere"
    assert told["moves"] == "it moves: 3 frames in one file"
    assert told["cut"].startswith("it is damaged")
    assert told["twice_1"] == "the same pixels as twice_2, which is FRII"
    assert told["twice_2"] == "the same pixels as twice_1, which is FRI"


def test_images_of_one_source_stay_together(take, tmp_path) -> None:
    pictures = draw_pictures(parts=False)
    root = write_folders(tmp_path / "set", pictures)
    again = np.clip(pictures[0].pixels, 0, 250)  # another version, at the same position
    (root / "FRI" / f"{pictures[0].name}_Baldi2018.png").write_bytes(png(np.flipud(again)))
    splits = take(root).splits.set_index("source_id")
    pair = splits.loc[[pictures[0].name, f"{pictures[0].name}_Baldi2018"]]
    assert pair["group"].nunique() == pair["batch"].nunique() == 1


def test_images_with_one_hash_are_related_by_their_pixels(tmp_path) -> None:
    """Hashes of clipped images are those of their brightest spot."""
    noise = np.random.default_rng(1).integers(3, 256, (6, 24, 24), dtype=np.uint8)
    pictures = [Picture(f"J{i}", ("FRI", "FRII")[i % 2], "", one) for i, one in enumerate(noise)]
    pictures.append(Picture("faded", "FRII", "", noise[0] - 3))
    layout = recognise(write_folders(tmp_path / "set", pictures))
    found = list(layout.list_images())
    images = pd.DataFrame(
        {
            "source_id": [one.name for one in found],
            "name": [one.name for one in found],
            "morphology": [one.label for one in found],
            "file": [one.file for one in found],
            "row": -1,
            "sha256": [one.name for one in found],
            "phash": "5" * 64,
            "ra_deg": np.nan,
        }
    )
    pairs = relating.relate_images(images, None, layout)
    assert pairs[["kind", "source_id", "other_id"]].to_numpy().tolist() == [
        ["nearly equal images", "J0", "faded"]
    ]


def test_a_published_split_that_leaks_is_kept_and_told(take, tmp_path) -> None:
    pictures = draw_pictures()
    root = write_folders(tmp_path / "set", pictures)
    (root / "test" / "FRI" / "again.png").write_bytes(png(pictures[0].pixels))
    taken = take(root)
    assert taken.leaks["kind"].unique().tolist() == ["equal images"]
    with pytest.raises(InputError, match=r" in data_batch_. and again in the test batch are"):
        take(root, fail_on_leak=True)


def test_sizes_depths_and_colours_meet_in_one_stack(take, tmp_path, caplog) -> None:
    caplog.set_level(logging.INFO)
    random = np.random.default_rng(1)
    root = tmp_path / "set"
    for number in range(12):
        folder = root / ("FRI", "FRII")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        side = (20, 31)[number % 3 == 0]
        pixels = random.integers(1, 60_000, (side, side + number)).astype(np.uint16)
        kinds = [pixels, (pixels // 256).astype(np.uint8), random.integers(0, 255, (side, side, 3))]
        chosen = kinds[number % 3]
        name = folder / f"image_{number}.png"
        Image.fromarray(chosen if chosen.ndim == 2 else chosen.astype(np.uint8)).save(name)
    taken = take(root, n_batches=3)
    assert set(taken.manifest["pixels"]) == {"uint8", "uint16"}
    stack, facts = taken.stack(tmp_path, images={"source": "cutouts", "mask": "source",
                                                 "stretch": "sqrt", "crop_px": 96})  # fmt: skip
    assert stack.images.shape == (12, 1, 16, 16)
    assert facts["images"] == {
        "source": "pictures", "mask": "none", "stretch": ["sqrt"], "crop_px": None,
    }  # fmt: skip
    assert facts["side_px"] is None
    colours, _ = taken.stack(tmp_path, channels=3)
    assert colours.images.shape == (12, 3, 16, 16)
    for line in ("sizes (", "crop_px is 96, and images have 20", "mask is source, and images come"):
        assert line in caplog.text


def test_shapes_are_measured_where_the_scale_is_known(take, tmp_path) -> None:
    root = write_folders(tmp_path / "set", draw_pictures())
    assert "axis_ratio" not in take(root).manifest
    manifest = take(root, pixel_scale_arcsec=1.8).manifest
    assert manifest["axis_ratio"].between(0, 1).all()
    assert manifest["size_arcsec"].max() < 24 * 1.8 * 2


class TestArchives:
    def test_are_unpacked_once_and_anew_when_they_change(self, take, tmp_path) -> None:
        pictures = draw_pictures(parts=False)
        members = {f"fr/{one.label}/{one.name}.png": png(one.pixels) for one in pictures}
        archive = tmp_path / "fr.zip"
        archive.write_bytes(make_zip(members | {"fr/README.md": b"#", "fr/run.sh": b"rm"}))
        assert len(take(archive).manifest) == len(pictures)
        (unpacked,) = (tmp_path / "unpacked").iterdir()
        assert not list(unpacked.rglob("run.sh"))
        fewer = dict(list(members.items())[:-2])
        archive.write_bytes(make_zip(fewer))
        assert len(take(archive).manifest) == len(fewer)
        assert len(list((tmp_path / "unpacked").iterdir())) == 1

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (b"PK no zip", "a.zip: damaged, or no archive at all"),
            (make_zip({"../FRI/1.png": b"1"}), "leads out of the archive"),
            (make_zip_bomb("FRI/1.png"), "unpacks to 10737418240 bytes"),
            (make_zip({"README.md": b"1"}), "holds no file of an image set"),
        ],
    )
    def test_that_are_no_good_are_refused_and_leave_nothing(
        self, take, tmp_path, content, complaint
    ) -> None:
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(InputError, match=complaint):
            take(tmp_path / "a.zip")
        assert list((tmp_path / "unpacked").iterdir()) == []


class TestMistakes:
    def test_a_class_with_one_image(self, take, tmp_path) -> None:
        pictures = draw_pictures(parts=False)
        root = write_folders(tmp_path / "set", pictures)
        (root / "FR0").mkdir()
        (root / "FR0" / "alone.png").write_bytes(png(pictures[0].pixels.T[::-1]))
        with pytest.raises(InputError, match=r"class FR0 has 1 image, .*: leave the class out by"):
            take(root)

    def test_a_class_that_no_image_has(self, take, tmp_path) -> None:
        root = write_folders(tmp_path / "set", draw_pictures())
        with pytest.raises(InputError, match=r"classes names 'FR1', .*: choose from FRI, FRII"):
            take(root, classes={"FR1": "FRI", "FRII": "FRII"})

    def test_one_class(self, take, tmp_path) -> None:
        root = write_folders(tmp_path / "set", draw_pictures()[::2])
        with pytest.raises(InputError, match=r"are of 1 class \(FRI\): give at least 2"):
            take(root)

    def test_a_pickle_that_calls_a_program(self, take, tmp_path) -> None:
        root = write_pickles(tmp_path / "set", draw_pictures())
        marker = tmp_path / "marker"
        harmful = make_harmful_pickle(f"touch {marker}")
        (root / "batches" / "test_batch").write_bytes(harmful)
        with pytest.raises(InputError, match=r"test_batch asks for posix.system, which no batch"):
            take(root)
        assert not marker.exists()

    def test_nothing_usable(self, take, tmp_path) -> None:
        for label in ("FRI", "FRII"):
            (tmp_path / "set" / label).mkdir(parents=True)
            (tmp_path / "set" / label / f"{label}.png").write_bytes(b"none")
        with pytest.raises(InputError, match="no image can be used: it is no picture, or damaged"):
            take(tmp_path / "set")
