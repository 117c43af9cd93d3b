"""``TextDataset`` is Kedro's text dataset whose files appear whole or not at all."""

from __future__ import annotations

from kedro.io.core import get_filepath_str
from kedro_datasets import text as kedro_text

from bentjets.datasets._files import read_bytes, save_whole, unreadable


class TextDataset(kedro_text.TextDataset):
    """``TextDataset`` is ``kedro_datasets.text.TextDataset`` with saves that are all or nothing.

    Its constructor is that of Kedro's; the text is UTF-8.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        report:
          type: bentjets.datasets.text_file.TextDataset
          filepath: data/08_reporting/report.html

    Using the Python API:

    >>> dataset = TextDataset(filepath=(tmp_path / "report.html").as_posix())
    >>> dataset.save("<h1>Bent radio galaxies</h1>")
    >>> dataset.load()
    '<h1>Bent radio galaxies</h1>'
    """

    def load(self) -> str:
        """Read the text.

        Raises
        ------
        DatasetError
            If the file is missing, or not UTF-8.
        """
        path = get_filepath_str(self._get_load_path(), self._protocol)
        content = read_bytes(self._fs, path)
        with unreadable(path, "run the pipeline that writes it again"):
            return content.decode()

    def save(self, data: str) -> None:
        """Write the text."""
        save_whole(self, data.encode())
