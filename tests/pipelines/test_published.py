"""Batches that others published: adopted as they are, pinned, and searched for leaks."""

from __future__ import annotations

import hashlib
import pickle
import re
from typing import ClassVar

import numpy as np
import pytest
import yaml
from kedro.config import OmegaConfigLoader

from bentjets.errors import InputError
from bentjets.learning.data import pack_batch
from bentjets.parameters import read_parameters
from bentjets.pipelines.acquisition import create_published_pipeline, nodes
from bentjets.settings import CONFIG_LOADER_ARGS
from curating import CLASSES
from unsafe_archives import make_zip


def publish(images: np.ndarray, *names: str) -> dict:
    """Publish four images, two of them for the test, as loaders of batches."""
    batches = {
        "data_batch_0": pack_batch(images[:2], ["100", "200"], names[:2], "first"),
        "test_batch": pack_batch(images[2:], ["200", "100"], names[2:], "test"),
        "batches.meta": {"labels": ["WAT", "NAT"]},
    }
    return {name: lambda batch=batch: batch for name, batch in batches.items()}


@pytest.fixture
def four_images() -> np.ndarray:
    return np.random.default_rng(1).integers(1, 256, (4, 12, 12), dtype=np.uint8)


class TestPublishedBatches:
    """What others published: their batches are the assignment."""

    def test_are_adopted_with_manifest_and_splits(self, four_images, curation) -> None:
        published = publish(four_images, "J1", "J2", "J3", "J4")
        ((batches, manifest, splits, leaks),) = nodes.adopt_batches(published, CLASSES, curation)
        assert {name: pickle.dumps(batch) for name, batch in batches.items()} == {
            name: pickle.dumps(load()) for name, load in published.items()
        }
        assert manifest["source_id"].tolist() == ["J1", "J2", "J3", "J4"]
        assert list(splits) == ["source_id", "morphology", "group", "batch", "split"]
        assert splits["split"].tolist() == ["train", "train", "test", "test"]
        assert manifest["group"].tolist() == splits["group"].tolist() == [0, 1, 2, 3]
        assert leaks.empty

    def test_repeat_a_name(self, four_images, curation) -> None:
        published = publish(four_images, "J1", "J0953+2924", "J0953+2924", "J4")
        ((batches, manifest, splits, leaks),) = nodes.adopt_batches(published, CLASSES, curation)
        ids = ["J1", "J0953+2924", "J0953+2924_2", "J4"]
        assert splits["source_id"].tolist() == ids
        assert splits["group"].tolist() == [0, 1, 1, 2]
        assert [*batches["data_batch_0"]["filenames"], *batches["test_batch"]["filenames"]] == ids
        assert manifest["name"].tolist()[1:3] == ["J0953+2924"] * 2
        (leak,) = leaks.to_dict("records")
        assert (leak["kind"], leak["other_id"]) == ("same name", "J0953+2924_2")

    @pytest.mark.parametrize(("change", "kind"), [(0, "equal images"), (1, "nearly equal images")])
    def test_repeat_an_image(self, four_images, curation, change, kind, caplog) -> None:
        four_images[3] = np.clip(four_images[0], 1 + 2 * change, 255)
        published = publish(four_images, "J1", "J2", "J3", "J4")
        ((*_, splits, leaks),) = nodes.adopt_batches(published, CLASSES, curation)
        assert splits["group"].tolist() == [0, 1, 2, 0]
        assert leaks[["kind", "source_id", "other_id"]].to_numpy().tolist() == [[kind, "J1", "J4"]]
        assert "1 of them in training and test" in caplog.text

    def test_end_the_run_where_they_leak_and_shall_not(self, four_images, curation) -> None:
        splits = curation.splits.model_copy(update={"fail_on_leak": True})
        strict = curation.model_copy(update={"splits": splits})
        four_images[3] = four_images[0]
        stream = nodes.adopt_batches(publish(four_images, "a", "b", "c", "d"), CLASSES, strict)
        assert len(next(stream)[3]) == 1
        with pytest.raises(InputError, match="a in data_batch_0 and d in the test batch are not"):
            next(stream)


class TestPinnedBatches:
    """Batches are those that were published, or the run ends."""

    BATCHES: ClassVar = {"data_batch_0": b"zero", "test_batch": b"test", "batches.meta": b"meta"}

    @pytest.fixture
    def download(self, project, services):
        loader = OmegaConfigLoader(str(project / "conf"), env="test", **CONFIG_LOADER_ARGS)
        shipped = read_parameters(loader["parameters"]).acquisition
        archive = make_zip({f"batches/{name}": text for name, text in self.BATCHES.items()})

        def run(**md5: str) -> dict[str, bytes]:
            record = services.add_record({"bent.zip": archive})
            pins = {
                name.replace("__", "."): md5_of(archive) if value == "archive" else value
                for name, value in md5.items()
            }
            return nodes.download_batches(
                shipped.model_copy(update={"published_record": record, "published_md5": pins})
            )

        return run

    def test_without_pins_all_are_taken(self, download) -> None:
        assert download() == self.BATCHES

    def test_those_that_are_as_they_were_are_taken(self, download) -> None:
        pins = {name.replace(".", "__"): md5_of(text) for name, text in self.BATCHES.items()}
        assert download(bent__zip="archive", **pins) == self.BATCHES

    def test_others_than_the_pinned_ones_are_left(self, download) -> None:
        assert download(test_batch=f"md5:{md5_of(b'test').upper()}") == {"test_batch": b"test"}

    def test_a_changed_batch_is_refused(self, download) -> None:
        was = md5_of(b"before")
        with pytest.raises(InputError, match=f"data_batch_0 has MD5 .*published_md5 says {was}"):
            download(bent__zip="archive", data_batch_0=was)

    def test_a_changed_archive_is_refused(self, download) -> None:
        with pytest.raises(InputError, match=r"says that bent\.zip has MD5"):
            download(bent__zip=md5_of(b"before"))

    def test_a_batch_that_is_missing_is_named(self, download) -> None:
        with pytest.raises(InputError, match="holds no data_batch_1, of which an MD5 is given"):
            download(data_batch_1=md5_of(b"one"))

    def test_the_published_environment_pins_the_archive_and_every_batch(self, project) -> None:
        text = (project / "conf" / "published" / "parameters.yml").read_text()
        pins = yaml.safe_load(text)["acquisition"]["published_md5"]
        batches = [*(f"data_batch_{number}" for number in range(9)), "test_batch", "batches.meta"]
        assert list(pins) == ["bent_batches.tar.gz", *batches]
        assert len({md5 for md5 in pins.values() if re.fullmatch("[0-9a-f]{32}", md5)}) == 12


def md5_of(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def test_wiring_for_published_batches() -> None:
    pipeline = create_published_pipeline()
    assert [node.name for node in pipeline.nodes] == ["download_batches", "adopt_batches"]
    # The second name of the same files: written as bytes, read as batches.
    outputs = {"published@bytes", "batches", "manifest", "splits", "leaks"}
    assert pipeline.all_outputs() == outputs
    assert "published@batches" in pipeline.all_inputs()
