"""``BinaryFileDataset`` loads and saves the bytes of one file, such as a file of the release."""

from __future__ import annotations

from bentjets.datasets._files import FileDataset


class BinaryFileDataset(FileDataset[bytes, bytes]):
    """``BinaryFileDataset`` loads and saves bytes, on any filesystem that fsspec knows.

    Its constructor takes ``filepath``, ``version``, ``credentials``, ``fs_args`` and ``metadata``.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        release:
          type: bentjets.datasets.source_files.SourceFilesDataset
          path: data/03_primary/release
          dataset: bentjets.datasets.binary_file.BinaryFileDataset

    Using the Python API:

    >>> dataset = BinaryFileDataset(filepath=tmp_path / "LICENSE.txt")
    >>> dataset.save(b"CC-BY-4.0")
    >>> dataset.load()
    b'CC-BY-4.0'
    """

    def _encode(self, data: bytes, path: str) -> bytes:
        return data

    def _decode(self, content: bytes, path: str) -> bytes:
        return content
