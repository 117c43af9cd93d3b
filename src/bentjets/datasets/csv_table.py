"""``CSVDataset`` is Kedro's CSV dataset, in which a source may be called NA."""

from __future__ import annotations

import io
import logging
from typing import Any, cast

import pandas as pd
from kedro.io.core import get_filepath_str
from kedro_datasets import pandas as kedro_pandas

from bentjets.datasets._files import read_bytes, save_whole, unreadable

logger = logging.getLogger(__name__)


class CSVDataset(kedro_pandas.CSVDataset):
    """``CSVDataset`` is ``kedro_datasets.pandas.CSVDataset`` for names, saved all or nothing.

    Only an empty cell is a missing value: ``NA``, ``null``, ``nan`` and ``None`` are text, as other
    names are. A missing number is loaded as NaN, a missing text as an empty one. Columns of text
    that may look like numbers need their type: ``load_args: {dtype: {source_id: str}}``.

    A run that is killed, or a disk that is full, leaves the old table or the new one, never a
    part. Its constructor is that of Kedro's, and takes one thing more:

    Parameters
    ----------
    columns_if_missing : list of str, optional
        The columns of the empty table that is loaded where there is no file, for a table that a
        person may give, and need not.

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
    >>> dataset.save(pd.DataFrame({"source_id": ["J0020+0004", "NA"], "flux_jy": [0.1, None]}))
    >>> dataset.load()["source_id"].to_list()
    ['J0020+0004', 'NA']
    """

    DEFAULT_LOAD_ARGS: dict[str, Any] = {  # noqa: RUF012
        "keep_default_na": False,
        "na_values": [""],
    }

    def __init__(self, *, columns_if_missing: list[str] | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._columns_if_missing = columns_if_missing

    def load(self) -> pd.DataFrame:
        """Read the table.

        Raises
        ------
        DatasetError
            If the file is missing or damaged.
        """
        path = get_filepath_str(self._get_load_path(), self._protocol)
        if self._columns_if_missing and not self._fs.exists(path):
            logger.info("%s does not exist: there are no rows of it", path)
            return pd.DataFrame(columns=self._columns_if_missing)
        content = read_bytes(self._fs, path)
        with unreadable(path, "run the pipeline that writes it again"):
            table = cast(pd.DataFrame, pd.read_csv(io.BytesIO(content), **self._load_args))
        return table.fillna(dict.fromkeys(table.select_dtypes("str"), ""))

    def save(self, data: pd.DataFrame) -> None:
        """Write the table."""
        save_whole(self, str(data.to_csv(**self._save_args)).encode())
