"""``ParquetDataset`` is Kedro's Parquet dataset, with units, saved whole or not at all."""

from __future__ import annotations

import io

import pandas as pd
from kedro.io.core import get_filepath_str
from kedro_datasets import pandas as kedro_pandas

from bentjets.datasets._files import read_bytes, save_encoded, save_whole, unreadable
from bentjets.files import PARQUET, EncodedFile


class ParquetDataset(kedro_pandas.ParquetDataset):
    """``ParquetDataset`` is ``kedro_datasets.pandas.ParquetDataset`` that keeps units.

    A table whose ``attrs["units"]`` maps columns to units is written with the unit of each column
    in that column's metadata (``unit``), where any reader of Parquet finds it; a loaded table has
    them in its ``attrs``. Saves are all or nothing. A table that is too large for the memory is
    saved as an `EncodedFile`, piece by piece. Its constructor is that of Kedro's.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        gaussians:
          type: bentjets.datasets.parquet_table.ParquetDataset
          filepath: data/02_intermediate/gaussians.parquet

    Using the Python API:

    >>> import pandas as pd
    >>> table = pd.DataFrame({"source_id": ["J0020+0004"], "total_flux_jy": [0.02]})
    >>> table.attrs["units"] = {"total_flux_jy": "Jy"}
    >>> dataset = ParquetDataset(filepath=(tmp_path / "gaussians.parquet").as_posix())
    >>> dataset.save(table)
    >>> import pyarrow.parquet
    >>> schema = pyarrow.parquet.read_schema(tmp_path / "gaussians.parquet")
    >>> schema.field("total_flux_jy").metadata
    {b'unit': b'Jy'}
    >>> dataset.load().attrs["units"]
    {'total_flux_jy': 'Jy'}
    """

    def load(self) -> pd.DataFrame:
        """Read the table with its units.

        Raises
        ------
        DatasetError
            If the file is missing or damaged.
        """
        path = get_filepath_str(self._get_load_path(), self._protocol)
        content = read_bytes(self._fs, path)
        with unreadable(path, "run the pipeline that writes it again"):
            return pd.read_parquet(io.BytesIO(content), **self._load_args)

    def save(self, data: pd.DataFrame | EncodedFile) -> None:
        """Write the table with its units; one that was encoded elsewhere as it is.

        Raises
        ------
        DatasetError
            If what was encoded elsewhere is no whole Parquet file.
        """
        if isinstance(data, EncodedFile):
            path = get_filepath_str(self._get_save_path(), self._protocol)
            save_encoded(self._fs, path, data, PARQUET)
            self._invalidate_cache()
            return
        import pyarrow
        from pyarrow import parquet

        table = pyarrow.Table.from_pandas(data, preserve_index=False)
        units = data.attrs.get("units", {})
        fields = [
            field.with_metadata({"unit": units[field.name]}) if units.get(field.name) else field
            for field in table.schema
        ]
        content = io.BytesIO()
        schema = pyarrow.schema(fields, metadata=table.schema.metadata)
        parquet.write_table(table.cast(schema), content, **self._save_args)
        save_whole(self, content.getvalue())
