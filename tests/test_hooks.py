from __future__ import annotations

import logging
from pathlib import Path

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro_datasets.text import TextDataset

from bentjets.hooks import ProjectHooks


def write(text: str) -> str:
    return text


@pytest.mark.parametrize(("output", "told"), [("report", True), ("manifest", False)])
def test_the_report_is_named_by_the_run_that_wrote_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, output: str, told: bool
) -> None:
    caplog.set_level(logging.INFO, logger="bentjets")
    path = tmp_path / "report.html"
    catalog = DataCatalog({"report": TextDataset(filepath=str(path))})
    catalog.save("report", "left by a run before")
    pipeline = Pipeline([node(write, inputs="text", outputs=output, name="write")])
    ProjectHooks().after_pipeline_run(pipeline=pipeline, catalog=catalog)
    assert (str(path) in caplog.text) is told
