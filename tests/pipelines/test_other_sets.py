"""The step that opens the sets to test on: each mistake is one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader

from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.parameters import AcrossSettings, read_parameters
from bentjets.pipeline_registry import build_pipelines
from bentjets.pipelines.acquisition.image_sets import other_sets
from bentjets.settings import CONFIG_LOADER_ARGS
from blobs import draw_blobs
from image_sets import write_folders

CLASSES = {"FRI": "FRI", "FRII": "FRII"}


def read(project: Path, env: str = "images", **given):
    loader = OmegaConfigLoader(
        str(project / "conf"), env=env, runtime_params=given, **CONFIG_LOADER_ARGS
    )
    return read_parameters(loader["parameters"])


def open_sets(project: Path, tmp_path: Path, paths: list[Path], **across):
    joined = ":".join(map(str, paths))
    parameters = read(project, images=str(tmp_path / "ours"), test_on=joined)
    settings = parameters.across.model_copy(update=across)
    return other_sets.open_test_sets(settings, CLASSES, parameters.acquisition, tmp_path)


def test_a_label_that_no_image_has(project, tmp_path) -> None:
    theirs = write_folders(tmp_path / "theirs", draw_blobs(4, 3))
    with pytest.raises(InputError, match="classes names '9', which no image to test on has"):
        open_sets(project, tmp_path, [theirs], classes={"9": "FRI"})


@pytest.mark.parametrize("twice", ["ours", "theirs"])
def test_two_sets_of_one_name(project, tmp_path, twice) -> None:
    paths = [
        write_folders(tmp_path / "theirs", draw_blobs(4, 3)),
        write_folders(tmp_path / "elsewhere" / twice, draw_blobs(4, 3)),
    ]
    with pytest.raises(InputError, match=f"two image sets are called {twice}.*rename"):
        open_sets(project, tmp_path, paths)


def test_other_sets_are_tested_on_only_where_images_are_those_of_a_set(project) -> None:
    with pytest.raises(InputError, match="test_on 'a:b' is not used here: add --env images"):
        read(project, env="test", test_on="a:b")
    assert read(project, images="x", test_on="a:b").across.test_on == ["a", "b"]


@pytest.mark.parametrize(("given", "wired"), [({}, False), ({"test_on": "a"}, True)])
def test_the_steps_are_there_where_they_are_asked_for(project, given, wired) -> None:
    nodes = {node.name for node in build_pipelines(read(project, **given))["__default__"].nodes}
    steps = {"acquisition.keep_ledger", "modelling.small_cnn.classify_elsewhere"}
    steps |= {"modelling.tabulate_across", "reporting.describe_across"}
    assert steps & nodes == (steps if wired else set())


def examine_and_relate(project: Path, tmp_path: Path, theirs: Path):
    """Keep the ledger of a set and of two to test on, one of which is `theirs`."""
    fine = write_folders(tmp_path / "fine", draw_blobs(4, 70))
    sets, index = open_sets(project, tmp_path, [theirs, fine])
    images = other_sets.examine_test_images(sets, index, EngineSettings(n_jobs=1))
    stream = other_sets.keep_ledger(
        images[images["tested_on"] == "fine"].head(1), sets[1], sets, images, AcrossSettings()
    )
    return images, stream


def test_an_image_that_cannot_be_read_is_left_out_with_its_reason(project, tmp_path) -> None:
    theirs = write_folders(tmp_path / "theirs", draw_blobs(4, 3))
    (theirs / "FRI" / "broken.png").write_bytes(b"no picture")
    images, stream = examine_and_relate(project, tmp_path, theirs)
    reasons = images.loc[images["reason"] != "", ["source_id", "reason"]].to_numpy().tolist()
    assert [source_id for source_id, _ in reasons] == ["broken"]
    ledger, tested = next(stream)
    assert ledger["tested_on"].unique().tolist() == ["fine"]
    assert tested.groupby("tested_on").size().to_dict() == {"theirs": 4, "fine": 3}
    assert next(stream, None) is None


def test_a_set_that_cannot_be_read_at_all_is_one_line(project, tmp_path) -> None:
    for label in CLASSES:
        (tmp_path / "theirs" / label).mkdir(parents=True)
        (tmp_path / "theirs" / label / "broken.png").write_bytes(b"no picture")
    with pytest.raises(
        InputError, match=r"theirs: none of its 2 images can be used \(it is no pict"
    ):
        examine_and_relate(project, tmp_path, tmp_path / "theirs")
