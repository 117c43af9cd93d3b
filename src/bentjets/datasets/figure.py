"""``FigureDataset`` loads and saves a figure as a PNG file, with a PDF file beside it."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath

import fsspec
from kedro.io.core import DatasetError
from kedro_datasets._typing import ImagePreview

from bentjets.datasets._files import FileDataset, read_bytes, write_bytes
from bentjets.files import EncodedFile, FigureFiles

_PNG = (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82")
_TAIL = 64
_PDF = (b"%PDF-", b"%%EOF")


class FigureDataset(FileDataset[FigureFiles, FigureFiles]):
    """``FigureDataset`` loads and saves a figure: PNG for a report, PDF of that name for a journal.

    Its constructor takes ``filepath`` (of the PNG file), ``version``, ``credentials``, ``fs_args``
    and ``metadata``.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        figure1:
          type: bentjets.datasets.figure.FigureDataset
          filepath: data/08_reporting/figures/figure1.png

    Using the Python API:

    >>> from matplotlib.figure import Figure
    >>> from bentjets.plotting import render_figure
    >>> dataset = FigureDataset(filepath=tmp_path / "figure1.png")
    >>> dataset.save(render_figure(Figure()))
    >>> dataset.load().name
    'figure1'
    >>> sorted(path.name for path in tmp_path.iterdir())
    ['figure1.pdf', 'figure1.png']
    """

    def preview(self) -> ImagePreview:
        """Give the figure as base64, for kedro-viz."""
        return ImagePreview(base64.b64encode(self.load().png).decode("ascii"))

    def save_at(
        self, fs: fsspec.AbstractFileSystem, path: str, data: FigureFiles | EncodedFile
    ) -> None:
        """Write both files, the PNG last: where it is, there is the PDF."""
        if not (isinstance(data, FigureFiles) and _is_whole(data.png, _PNG)):
            raise DatasetError(f"{path} is to hold a PNG, and the data are none; render the figure")
        if not _is_whole(data.pdf, _PDF):
            raise DatasetError(
                f"{_beside(path)} is to hold a PDF, and the data are none; render the figure"
            )
        write_bytes(fs, _beside(path), data.pdf)
        write_bytes(fs, path, data.png)

    def _encode(self, data: FigureFiles, path: str) -> bytes:
        return data.png

    def _decode(self, content: bytes, path: str) -> FigureFiles:
        pdf = read_bytes(self._fs, _beside(path))
        for one, kind, file in ((content, _PNG, path), (pdf, _PDF, _beside(path))):
            if not _is_whole(one, kind):
                name = PurePosixPath(file).suffix[1:].upper()
                raise DatasetError(
                    f"{file} is not a whole {name} file; run the reporting pipeline again to draw "
                    "it"
                )
        # The files of a version lie in folders of their own, to which nobody links.
        return FigureFiles(content, pdf, "" if self._version else PurePosixPath(path).stem)

    def _exists(self) -> bool:
        return super()._exists() and bool(self._fs.exists(_beside(self._load_path())))


def _beside(path: str) -> str:
    return str(PurePosixPath(path).with_suffix(".pdf"))


def _is_whole(content: bytes, kind: tuple[bytes, bytes]) -> bool:
    begins, ends = kind
    return content.startswith(begins) and content[-_TAIL:].rstrip().endswith(ends)
