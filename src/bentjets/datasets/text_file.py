"""``TextDataset`` is Kedro's text dataset whose files appear whole or not at all."""

from __future__ import annotations

from typing import Any

from kedro_datasets import text as kedro_text

from bentjets.datasets._files import save_whole


class TextDataset(kedro_text.TextDataset):
    """``TextDataset`` is ``kedro_datasets.text.TextDataset`` with saves that are all or nothing.

    Its constructor is that of Kedro's; the text is written as UTF-8.

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

    DEFAULT_FS_ARGS: dict[str, Any] = {  # noqa: RUF012
        **kedro_text.TextDataset.DEFAULT_FS_ARGS,
        "open_args_load": {"mode": "r", "encoding": "utf-8"},
    }

    def save(self, data: str) -> None:
        """Write the text."""
        save_whole(self, data.encode())
