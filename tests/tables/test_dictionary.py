"""The data dictionary: every table that users rely on, every column with meaning and unit."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

from bentjets.radio.finding import GAUSSIAN_UNITS
from bentjets.tables import Table
from bentjets.tables.processing import GAUSSIANS

MODULES = (
    *("acquisition", "processing", "curation", "results", "inference", "ruler", "scores"),
    "benchmarks",
)
TABLES = {
    f"bentjets.tables.{module}.{name}": table
    for module in MODULES
    for name, table in vars(importlib.import_module(f"bentjets.tables.{module}")).items()
    if isinstance(table, Table)
}
RELIED_ON = {
    *(
        "catalogue",
        "catalogue_oddities",
        "acquisition_log",
        "image_log",
        "gaussians",
        "processing_log",
    ),
    *(
        "quality",
        "morphology",
        "reviews",
        "decisions",
        "splits",
        "leaks",
        "manifest",
        "table1",
        "table2",
        "table2_agreed",
    ),
    *(
        "{model}.runs",
        "{model}.predictions",
        "{model}.embedding",
        "predictions",
        "model_comparison",
        "reliability",
    ),
    *("metrics_by_property", "shape_importance", "classifications", "hand_angles"),
    *("second_opinions", "label_doubts", "soft_labels", "soft_calibration"),
    *("angles", "ruler_coverage", "ruler_judged", "source_frames", "sources"),
    *("contamination", "across_sets", "published_results", "published_beside_ours"),
}
UNITS = {
    "_deg": "deg",
    "_arcsec": "arcsec",
    "_jy": "Jy",
    "_jy_beam": "Jy/beam",
    "_px": "pix",
    "_percent": "%",
}


@pytest.fixture(scope="module")
def catalog(project: Path) -> dict[str, dict]:
    files = (project / "conf" / "base").glob("catalog_*.yml")
    entries = [item for file in files for item in yaml.safe_load(file.read_text()).items()]
    own = yaml.safe_load((project / "conf" / "inference" / "catalog.yml").read_text())
    return dict(entries) | {f"inference: {name}": entry for name, entry in own.items()}


def test_the_catalog_checks_each_table_that_users_rely_on(catalog) -> None:
    checked = {name: _validator(entry) for name, entry in catalog.items() if "validator" in entry}
    assert checked.keys() == RELIED_ON | {"inference: catalogue"}
    assert set(checked.values()) == set(TABLES)


def _validator(entry: dict) -> str:
    given = entry["validator"]
    return given["class"] if isinstance(given, dict) else given


def test_columns_of_text_are_read_as_text(catalog) -> None:
    for name, entry in catalog.items():
        if not entry["type"].endswith("CSVDataset") or "validator" not in entry:
            continue
        columns = TABLES[_validator(entry)].schema.columns.values()
        words = {column.name for column in columns if str(column.dtype) in ("str", "object")}
        assert words <= entry["load_args"]["dtype"].keys(), name


@pytest.mark.parametrize("path", TABLES)
def test_every_column_has_a_meaning_and_a_unit(path) -> None:
    schema = TABLES[path].schema
    assert schema.description
    for name, column in schema.columns.items():
        assert column.description, name
        ending = re.search(r"(_jy_beam|_[a-z]+)$", name)
        expected = UNITS.get(ending.group() if ending else "")
        if expected:
            assert column.metadata["unit"] == expected, name


def test_the_units_of_gaussians_are_those_in_the_file() -> None:
    columns = GAUSSIANS.schema.columns
    assert list(columns) == ["source_id", *GAUSSIAN_UNITS]
    units = {name: columns[name].metadata["unit"] for name in GAUSSIAN_UNITS}
    assert units == GAUSSIAN_UNITS
