"""``FigureDataset`` loads and saves a figure as the bytes of a PNG file."""

from __future__ import annotations

import base64

from kedro.io.core import DatasetError
from kedro_datasets._typing import ImagePreview

from bentjets.datasets._files import FileDataset

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"IEND\xaeB`\x82"


class FigureDataset(FileDataset[bytes, bytes]):
    """``FigureDataset`` loads and saves a rendered figure, which a report can then embed.

    Its constructor takes ``filepath``, ``version``, ``credentials``, ``fs_args`` and ``metadata``.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        figure1:
          type: bentjets.datasets.figure.FigureDataset
          filepath: data/08_reporting/figures/figure1.png

    Using the Python API:

    >>> from io import BytesIO
    >>> from PIL import Image
    >>> png = BytesIO()
    >>> Image.new("L", (2, 2)).save(png, format="png")
    >>> dataset = FigureDataset(filepath=tmp_path / "figure1.png")
    >>> dataset.save(png.getvalue())
    >>> dataset.load() == png.getvalue()
    True
    """

    def preview(self) -> ImagePreview:
        """Give the figure as base64, for kedro-viz."""
        return ImagePreview(base64.b64encode(self.load()).decode("ascii"))

    def _encode(self, data: bytes, path: str) -> bytes:
        if not data.startswith(_SIGNATURE):
            raise DatasetError(f"{path} is to hold a PNG, and the data are none; render it as PNG")
        return data

    def _decode(self, content: bytes, path: str) -> bytes:
        if not (content.startswith(_SIGNATURE) and content.endswith(_END)):
            raise DatasetError(
                f"{path} is not a whole PNG file; run the reporting pipeline again to draw it"
            )
        return content
