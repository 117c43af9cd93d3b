"""Which steps write and read a dataset: asked of the pipelines themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader
from kedro.pipeline import Pipeline

from bentjets.parameters import read_parameters
from bentjets.pipeline_registry import build_pipelines
from bentjets.settings import CONFIG_LOADER_ARGS

_MODEL = "{model}"
_LOADING: dict[str, Any] = dict(CONFIG_LOADER_ARGS)


@dataclass
class Steps:
    """The nodes that write a dataset, and those that read it, in the order of the pipelines."""

    writers: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)


def list_steps(conf: Path) -> dict[str, Steps]:
    """List the steps of every dataset, by its name in the catalog.

    What is one model's stands under the pattern of all: ``{model}.predictions``.

    Parameters
    ----------
    conf
        The folder of the configuration.
    """
    found: dict[str, Steps] = {}
    for models, pipeline in _pipelines(conf):
        for node in pipeline.nodes:
            name = _pattern(node.name, models)
            for dataset in node.outputs:
                _add(found.setdefault(_pattern(dataset, models), Steps()).writers, name)
            for dataset in node.inputs:
                _add(found.setdefault(_pattern(dataset, models), Steps()).readers, name)
    return found


def _pipelines(conf: Path) -> Iterator[tuple[list[str], Pipeline]]:
    for env in ("base", "published", "images"):
        loader = OmegaConfigLoader(str(conf), env=env, **_LOADING)
        parameters = read_parameters(loader["parameters"])
        for name, pipeline in build_pipelines(parameters).items():
            if name != "__default__":
                yield parameters.modelling.train, pipeline


def _pattern(name: str, models: list[str]) -> str:
    return ".".join(_MODEL if part in models else part for part in name.split("."))


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
