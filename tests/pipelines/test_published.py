"""Batches that others published: those that were meant, or none."""

from __future__ import annotations

import hashlib
import re
from typing import ClassVar

import pytest
import yaml
from kedro.config import OmegaConfigLoader

from bentjets.errors import InputError
from bentjets.parameters import read_parameters
from bentjets.pipelines.acquisition import create_image_set_pipeline, nodes
from bentjets.settings import CONFIG_LOADER_ARGS
from unsafe_archives import make_zip


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
    pipeline = create_image_set_pipeline(published=True)
    assert [node.name for node in pipeline.nodes] == [
        *("download_batches", "list_image_set", "examine_images", "log_images", "adopt_images"),
    ]
    # The second name of the same files: written as bytes, read as a folder.
    assert "published@folder" in pipeline.all_inputs()
    assert pipeline.all_outputs() >= {"published@bytes", "manifest", "splits", "leaks"}
