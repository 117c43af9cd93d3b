"""All parameters are checked, whatever their section, and say what they mean."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader
from omegaconf import OmegaConf
from pydantic import BaseModel

from bentjets.errors import InputError
from bentjets.parameters import Parameters, read_parameters
from bentjets.settings import CONFIG_LOADER_ARGS
from bentjets.validation import _members

ENVIRONMENTS = ("base", "first", "folder", "images", "published", "test")


def load(project: Path, *words: str, env: str = "test") -> dict[str, Any]:
    """Load the parameters as a run with ``--params`` of these words does."""
    given = OmegaConf.to_container(OmegaConf.from_dotlist(list(words)))
    loader = OmegaConfigLoader(
        str(project / "conf"), env=env, runtime_params=given, **CONFIG_LOADER_ARGS
    )
    return loader["parameters"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_environment_is_right(project: Path, env: str) -> None:
    parameters = read_parameters(load(project, env=env))
    assert parameters.processing.threshold_pixel == 5.0
    assert parameters.acquisition.chosen_survey.service


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("processing.treshold_pixel=6", "processing.treshold_pixel is unknown: did you mean thr"),
        ("processing.threshold_pixel=abc", "processing.threshold_pixel is 'abc': give a number"),
        ("processing.threshold_island=null", "processing.threshold_island is None: give a num"),
        ("processing.dilation=1.5", "processing.dilation is 1.5: give a whole number"),
        ("processing.rms_box=abc", "processing.rms_box is 'abc': give [side, step] in whole pix"),
        ("processing.k=.inf", "processing.k is inf: give a finite number"),
        ("processing.threshold_pixel=1", "processing.threshold_island 3 and threshold_pixel 1: g"),
        ("curation.quality.min_snrr=3", "curation.quality.min_snrr is unknown: did you mean min_"),
        ("curation.quality.min_snr=abc", "curation.quality.min_snr is 'abc': give a number"),
        ("curation.review.polcy=experts", "curation.review.polcy is unknown: did you mean policy"),
        ("curation.review.policy=experts", "curation.review.policy is 'experts': it is called una"),
        ("curation.review.policy=all", "curation.review.policy is 'all': give 'automatic', 'una"),
        ("curation.n_batches=abc", "curation.n_batches is 'abc': give a whole number"),
        ("curation.nbatches=5", "curation.nbatches is unknown: did you mean n_batches?"),
        ("seed=abc", "seed is 'abc': give a whole number"),
        ("seed=true", "seed is True: give a whole number"),
        ("modeling.train=[vgg16]", "modeling is unknown: did you mean modelling?"),
        ("acquisition.catalog=folder", "acquisition.catalog is unknown: did you mean catalogue?"),
        (
            "acquisition.catalogues.simulated.n_sources=abc",
            "acquisition.catalogues.simulated.n_sources is 'abc': give a whole number",
        ),
        (
            "acquisition.catalogues.simulated.n_source=3",
            "acquisition.catalogues.simulated.n_source is unknown: did you mean n_sources?",
        ),
        (
            "acquisition.surveys.lotss.sise_px=3",
            "acquisition.surveys.lotss.sise_px is unknown: did you mean size_px?",
        ),
        (
            "acquisition.surveys.first.service=skyveiw",
            "acquisition.surveys.first.service is 'skyveiw': give 'simulated', 'folder', 'skyview'",
        ),
        (
            "acquisition.surveys.nvss.beam_arcsec=[1, 2, 0]",
            "acquisition.surveys.nvss.beam_arcsec is [1, 2, 0]: give BMAJ, BMIN",
        ),
        (
            "acquisition.surveys.nvss.beam_arcsec=[{beam: [2, 1, 0]}]",
            "acquisition.surveys.nvss.beam_arcsec.0.from_dec_deg is missing",
        ),
        ("acquisition.requests.attempt=1", "acquisition.requests.attempt is unknown: did you mean"),
        ("acquisition.requests.attempts=0", "acquisition.requests.attempts is 0: give"),
        ("acquisition.services.vizir=[a]", "acquisition.services.vizir is unknown: did you mean v"),
        ("acquisition.survey=lofar", "acquisition.survey 'lofar' is unknown: choose from simula"),
        ("acquisition.catalogue=3cr", "acquisition.catalogue '3cr' is unknown: choose from simul"),
        ("models.small_cnn.nework=x", "models.small_cnn.nework is unknown: choose from"),
        ("models.small_cnn.image_size=0", "models.small_cnn.image_size is 0: give a number of"),
        ("models.small_cnn.optimizer=Adam", "models.small_cnn.optimizer is 'Adam': give a ma"),
        ("models.mine.timm_model=vgg16", "models.mine.weights is missing: add it to the paramete"),
        ("modelling.train=[alexnet]", "modelling.train names alexnet: choose from small_cnn, "),
        ("modelling.train=[]", "modelling.train is []: give a list of 1 or more"),
        ("modelling.training.precision=bf16", "modelling.training.precision is 'bf16': give 'aut"),
        ("modelling.patience=3", "modelling.patience is unknown: "),
        ("modelling.attention_per_class=-1", "modelling.attention_per_class is -1: give a number"),
        ("models.small_cnn.training.epohcs=3", "models.small_cnn.training.epohcs is unknown: did "),
        ("modelling.seeds=[0, -1]", "modelling.seeds.1 is -1: give a number of at least 0"),
        ("modelling.seeds=[2, 2]", "modelling.seeds is [2, 2]: 2 stands there twice: leave one"),
        ("modelling.train=[vgg16,vgg16]", "modelling.train is ['vgg16', 'vgg16']: vgg16 stands"),
        ("modelling.ensembles.all=[]", "modelling.ensembles.all names no model: name one or m"),
        ("modelling.ensembles.vgg16=[small_cnn]", "modelling.ensembles.vgg16 is called like a m"),
        ("modelling.ensembles.all=[vgg16]", "modelling.ensembles.all names vgg16: choose from"),
        ("modelling.training.epoch=1", "modelling.training.epoch is unknown: did you mean epochs"),
        ("reporting.examples_per_class=0", "reporting.examples_per_class is 0: give a number of"),
        ("engine.n_jobs=0", "engine.n_jobs is 0: give"),
        ("engine.bakend=dask", "engine.bakend is unknown: did you mean backend?"),
        ("classes.WAT=200", "classes gives WAT and NAT the same label code '200'"),
        ("second_opinion=t.csv", "second_opinion 't.csv' is not used here: add --env folder"),
        (
            "acquisition.catalogues.sasmal2022.second_opinions=[proctor]",
            "acquisition: catalogues.sasmal2022.second_opinions names 'proctor': choose from",
        ),
        (
            "acquisition.catalogues.proctor2011.doubtful='('",
            "acquisition.catalogues.proctor2011.doubtful is '(': '(' is no regular expression",
        ),
        ("cutouts=here", "cutouts 'here' is not used here: add --env folder"),
        ("catalogue=here.csv", "catalogue 'here.csv' is not used here: add --env folder"),
    ],
)
def test_a_mistake_in_any_section_is_one_line(project: Path, word: str, line: str) -> None:
    with pytest.raises(InputError) as caught:
        read_parameters(load(project, word))
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_several_mistakes_are_counted(project: Path) -> None:
    with pytest.raises(InputError, match=r"seed is 'a': .* \(and 2 more such mistakes\)$"):
        read_parameters(load(project, "seed=a", "curation.n_batches=b", "processing.dilation=-1"))


def test_paths_of_ones_own_are_those_of_the_folder_environment(project: Path) -> None:
    raw = load(project, "cutouts=here", "catalogue=table.csv", env="folder")
    acquisition = read_parameters(raw).acquisition
    assert acquisition.chosen_survey.path == "here"
    assert acquisition.chosen_catalogue.path == "table.csv"


def test_lists_of_yaml_numbers_of_labels_and_single_addresses_are_taken(project: Path) -> None:
    parameters = read_parameters(
        load(
            project, "processing.rms_box=[30, 10]", "classes.WAT=7",
            "acquisition.services.vizier=vizier.example",
        )
    )  # fmt: skip
    assert parameters.processing.rms_box == (30, 10)
    assert parameters.classes["WAT"] == "7"
    assert parameters.acquisition.services.vizier == ["vizier.example"]


def sections(kind: Any, path: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    for member in _members(kind):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield path, member
            for name, field in member.model_fields.items():
                yield from sections(field.annotation, f"{path}.{name}")
        else:
            for inner in getattr(member, "__args__", ()):
                yield from sections(inner, path)


def test_every_parameter_says_what_it_means_and_no_section_takes_unknown_ones() -> None:
    found = list(sections(Parameters))
    assert len(found) > 15
    for path, section in found:
        assert section.__doc__ and section.model_config["frozen"], path
        assert section.model_config["extra"] == "forbid" or section.__name__ == "Recipe", path
        for name, field in section.model_fields.items():
            assert field.description, f"{path}.{name}"


def test_the_project_starts_without_torch() -> None:
    code = "import sys, bentjets.hooks; print({'torch', 'timm', 'lightning'} & {*sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.splitlines()[-1] == "set()"


def test_an_image_set_has_no_soft_labels(project: Path) -> None:
    raw = load(project, "images=here", "modelling.soft_labels=true", env="images")
    with pytest.raises(InputError, match="soft_labels needs a catalogue, second opinions"):
        read_parameters(raw)
