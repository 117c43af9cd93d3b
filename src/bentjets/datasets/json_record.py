"""``JSONDataset`` is Kedro's JSON dataset whose files appear whole or not at all."""

from __future__ import annotations

import json
from typing import Any

from kedro.io.core import get_filepath_str
from kedro_datasets import json as kedro_json

from bentjets.datasets._files import read_bytes, save_whole, unreadable


class JSONDataset(kedro_json.JSONDataset):
    """``JSONDataset`` is ``kedro_datasets.json.JSONDataset`` with saves that are all or nothing.

    Its constructor is that of Kedro's.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        metrics:
          type: bentjets.datasets.json_record.JSONDataset
          filepath: data/07_model_output/metrics.json
          save_args: {indent: 2}

    Using the Python API:

    >>> dataset = JSONDataset(filepath=(tmp_path / "metrics.json").as_posix())
    >>> dataset.save({"accuracy": 0.84})
    >>> dataset.load()
    {'accuracy': 0.84}
    """

    def load(self) -> Any:
        """Read the data.

        Raises
        ------
        DatasetError
            If the file is missing or damaged.
        """
        path = get_filepath_str(self._get_load_path(), self._protocol)
        content = read_bytes(self._fs, path)
        with unreadable(path, "run the pipeline that writes it again"):
            return json.loads(content)

    def save(self, data: Any) -> None:
        """Write the data."""
        save_whole(self, json.dumps(data, **self._save_args).encode())
