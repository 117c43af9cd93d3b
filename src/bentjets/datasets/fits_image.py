"""``FITSImageDataset`` loads and saves FITS images, the files of radio surveys."""

from __future__ import annotations

import gzip
import io
import os
from typing import Any

from astropy.io import fits
from kedro.io.core import DatasetError, Version
from kedro_datasets._typing import ImagePreview
from PIL import Image

from bentjets.datasets import _fits
from bentjets.datasets._files import FileDataset, unreadable
from bentjets.datasets._preview import encode_preview, fit_preview, stretch_asinh
from bentjets.files import FITS, EncodedFile

ALL_HDUS = "all"
_LOSSLESS = {"compression_type": "GZIP_2", "quantize_level": 0}


class FITSImageDataset(FileDataset[Any, Any]):
    """``FITSImageDataset`` loads and saves FITS images with ``astropy.io.fits``.

    What is loaded lies in memory, apart from the file, in native byte order. Plain, gzipped and
    tile-compressed files are read; ``.gz`` at the end of the name gzips on saving, ``.fz``
    compresses the tiles without loss. The same data always give the same bytes: no date is written.
    Characters that FITS forbids in a header (SkyView's TABs) become spaces.

    Parameters
    ----------
    filepath : str or os.PathLike
        The FITS file, with a protocol such as ``s3://`` if it is not local.
    hdu : int or str, optional
        What to load. None: the first HDU with an image; a number or an EXTNAME: that one; each as a
        ``PrimaryHDU``. ``"all"``: every HDU, as an ``HDUList``. Saving takes any HDU or HDUList.
    load_args : dict, optional
        Options of ``astropy.io.fits.open``.
    save_args : dict, optional
        ``compression`` (e.g. ``RICE_1``, which rounds floats to a sixteenth of the noise)
        compresses the tiles; the rest are options of ``HDUList.writeto``.
    version, credentials, fs_args, metadata
        As for every Kedro dataset.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        cutouts:
          type: bentjets.datasets.source_files.SourceFilesDataset
          path: data/01_raw/cutouts
          dataset: bentjets.datasets.fits_image.FITSImageDataset
          filename_suffix: .fits

    Using the Python API:

    >>> import numpy as np
    >>> from astropy.io import fits
    >>> header = fits.Header([("BUNIT", "Jy/beam")])
    >>> dataset = FITSImageDataset(filepath=tmp_path / "J0020+0004.fits")
    >>> dataset.save(fits.PrimaryHDU(np.ones((2, 2), dtype=np.float32), header))
    >>> cutout = dataset.load()
    >>> cutout.data.sum(), cutout.header["BUNIT"]
    (np.float32(4.0), 'Jy/beam')
    """

    media_type = FITS
    DEFAULT_LOAD_ARGS: dict[str, Any] = {}  # noqa: RUF012
    DEFAULT_SAVE_ARGS: dict[str, Any] = {"output_verify": "silentfix"}  # noqa: RUF012

    def __init__(  # noqa: PLR0913
        self,
        *,
        filepath: str | os.PathLike[str],
        hdu: int | str | None = None,
        load_args: dict[str, Any] | None = None,
        save_args: dict[str, Any] | None = None,
        version: Version | None = None,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            filepath=filepath,
            version=version,
            credentials=credentials,
            fs_args=fs_args,
            metadata=metadata,
        )
        self._hdu = hdu
        self._load_args = {**self.DEFAULT_LOAD_ARGS, **(load_args or {})}
        self._save_args = {**self.DEFAULT_SAVE_ARGS, **(save_args or {})}

    def preview(self) -> ImagePreview:
        """Give the image for Kedro-Viz, stretched, row 0 at the bottom, about 300 pixels wide."""
        loaded = self.load()
        hdu = _fits.first_image(loaded) if isinstance(loaded, fits.HDUList) else loaded
        if hdu is None or hdu.data is None:
            raise DatasetError(f"{self._load_path()} holds no image to preview")
        plane = hdu.data.reshape(-1, *hdu.data.shape[-2:])[0]
        return encode_preview(fit_preview(Image.fromarray(stretch_asinh(plane)[::-1])))

    def _describe(self) -> dict[str, Any]:
        return {
            **super()._describe(),
            "hdu": self._hdu,
            "load_args": self._load_args,
            "save_args": self._save_args,
        }

    def _decode(self, content: bytes, path: str) -> Any:
        try:
            with (
                _fits.quiet_reading(),
                fits.open(io.BytesIO(_fits.gunzip(content)), **self._load_args) as hdus,
            ):
                return self._select(hdus, path)
        except DatasetError:
            raise
        except Exception as exc:
            reason = " ".join(str(exc).split())
            raise DatasetError(
                f"{path} is truncated or not a FITS file: {reason}; fetch it again"
            ) from exc

    def _select(self, hdus: fits.HDUList, path: str) -> Any:
        if self._hdu == ALL_HDUS:
            return _fits.detach_all(hdus)
        if self._hdu is None:
            hdu = _fits.first_image(hdus)
            if hdu is None:
                raise DatasetError(f"{path} is truncated: it holds no image data; fetch it again")
            return _fits.detach_image(hdu, fits.PrimaryHDU)
        try:
            hdu = hdus[self._hdu]
        except (KeyError, IndexError) as exc:
            there = [hdu.name or number for number, hdu in enumerate(hdus)]
            raise DatasetError(
                f"{path} has no HDU {self._hdu!r}, only {there}; "
                "set `hdu` in the catalog to one of these"
            ) from exc
        if not hdu.is_image:
            raise DatasetError(
                f"{path}: HDU {self._hdu!r} is a table, not an image; set `hdu: all`"
            )
        return _fits.detach_image(hdu, fits.PrimaryHDU)

    def _adapt(self, file: EncodedFile, path: str) -> EncodedFile:
        content = b"".join(file.pieces())
        zipped = path.endswith(".gz")
        tiled = path.endswith(".fz") or "compression" in self._save_args
        if file.media_type != FITS or not (tiled or zipped):
            return EncodedFile(file.media_type, content)
        if zipped and not tiled and content.startswith(_fits.GZIP_MAGIC):
            return EncodedFile(FITS, content)
        with (
            unreadable(path, "make it again"),
            _fits.quiet_reading(),
            fits.open(io.BytesIO(_fits.gunzip(content))) as hdus,
        ):
            return EncodedFile(FITS, self._encode(_fits.detach_all(hdus), path))

    def _encode(self, data: Any, path: str) -> bytes:
        write_args = dict(self._save_args)
        algorithm = write_args.pop("compression", None)
        compression = {"compression_type": algorithm} if algorithm else None
        if compression is None and path.endswith(".fz"):
            compression = _LOSSLESS
        with _fits.quiet_reading():
            content = _fits.write_hdus(data, compression=compression, write_args=write_args)
        return gzip.compress(content, mtime=0) if path.endswith(".gz") else content
