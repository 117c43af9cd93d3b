"""``CSVDataset`` is Kedro's CSV dataset whose files appear whole or not at all."""

from __future__ import annotations

import pandas as pd
from kedro_datasets import pandas as kedro_pandas

from bentjets.datasets._files import save_whole


class CSVDataset(kedro_pandas.CSVDataset):
    """``CSVDataset`` is ``kedro_datasets.pandas.CSVDataset`` with saves that are all or nothing.

    A run that is killed, or a disk that is full, leaves the old table or the new one, never a
    part. Its constructor is that of Kedro's.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        catalogue:
          type: bentjets.datasets.csv_table.CSVDataset
          filepath: data/01_raw/catalogue.csv

    Using the Python API:

    >>> import pandas as pd
    >>> dataset = CSVDataset(filepath=(tmp_path / "catalogue.csv").as_posix())
    >>> dataset.save(pd.DataFrame({"source_id": ["J0020+0004"], "morphology": ["WAT"]}))
    >>> dataset.load()["morphology"].to_list()
    ['WAT']
    """

    def save(self, data: pd.DataFrame) -> None:
        """Write the table."""
        save_whole(self, str(data.to_csv(**self._save_args)).encode())
