import doctest
import importlib

import pytest

MODULES = [
    "binary_file",
    "csv_table",
    "fits_image",
    "json_record",
    "parquet_table",
    "pickled_batch",
    "png_image",
    "reviews",
    "source_files",
    "text_file",
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_example_runs(name, tmp_path):
    module = importlib.import_module(f"bentjets.datasets.{name}")
    result = doctest.testmod(module, extraglobs={"tmp_path": tmp_path})
    assert result.attempted > 0
    assert result.failed == 0
