"""The step of the reporting pipeline that puts published results beside one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from kedro.pipeline import Node

from bentjets.parameters import AcquisitionSettings
from bentjets.parameters.acquisition.image_set import Benchmark
from bentjets.report.tabulating import published


def compare_node() -> Node:
    """Wire the step."""
    return Node(
        compare_published,
        inputs=["published_results", "table2", "params:acquisition", "params:benchmarks"],
        outputs="published_beside_ours",
        name="compare_published",
    )


def compare_published(
    published_results: pd.DataFrame,
    table2: pd.DataFrame,
    acquisition: AcquisitionSettings,
    benchmarks: Mapping[str, Any],
) -> pd.DataFrame:
    """Put what others published on these classes beside the best network, where the sky is real."""
    as_they_are = acquisition.uses_image_set
    if acquisition.chosen_survey.service == "simulated" and not as_they_are:
        return published.empty_comparison()
    return published.compare_published(
        published_results,
        table2,
        images_of=name_image_set(acquisition, benchmarks),
        made_of="" if as_they_are else f"{acquisition.catalogue}+{acquisition.survey}",
    )


def name_image_set(acquisition: AcquisitionSettings, benchmarks: Mapping[str, Any]) -> str:
    """Name the benchmark whose images were used; empty where they are none's that is declared."""
    for name, given in benchmarks.items():
        benchmark = Benchmark.model_validate(given)
        if benchmark == acquisition.image_set.benchmark:
            return name
        # Published batches come with the md5 of their archive.
        if benchmark.md5 and benchmark.md5 in acquisition.published_md5.values():
            return name
    return ""
