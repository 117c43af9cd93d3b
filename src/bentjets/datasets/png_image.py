"""``PNGImageDataset`` loads and saves 8-bit greyscale PNG images as numpy arrays."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np
import numpy.typing as npt
from kedro.io.core import DatasetError, Version
from kedro_datasets._typing import ImagePreview
from PIL import Image

from bentjets.datasets._files import FileDataset, unreadable
from bentjets.datasets._preview import encode_preview, fit_preview
from bentjets.files import PNG, EncodedFile

GreyImage = npt.NDArray[np.uint8]


class PNGImageDataset(FileDataset[GreyImage, GreyImage]):
    """``PNGImageDataset`` keeps a uint8 array of shape (height, width) as a PNG, without loss.

    Row 0 of the array is the top row of the picture.

    Parameters
    ----------
    filepath : str or os.PathLike
        The PNG file, with a protocol such as ``s3://`` if it is not local.
    save_args : dict, optional
        Pillow's options for PNG, e.g. ``compress_level``.
    version, credentials, fs_args, metadata
        As for every Kedro dataset.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        images:
          type: bentjets.datasets.source_files.SourceFilesDataset
          path: data/03_primary/images
          dataset: bentjets.datasets.png_image.PNGImageDataset
          filename_suffix: .png

    Using the Python API:

    >>> import numpy as np
    >>> dataset = PNGImageDataset(filepath=tmp_path / "J0020+0004.png")
    >>> dataset.save(np.array([[0, 128], [255, 7]], dtype=np.uint8))
    >>> dataset.load()
    array([[  0, 128],
           [255,   7]], dtype=uint8)
    """

    media_type = PNG
    DEFAULT_SAVE_ARGS: dict[str, Any] = {"optimize": False}  # noqa: RUF012

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
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
        self._save_args = {**self.DEFAULT_SAVE_ARGS, **(save_args or {})}

    def preview(self) -> ImagePreview:
        """Give the picture for Kedro-Viz, about 300 pixels wide."""
        return encode_preview(fit_preview(Image.fromarray(self.load())))

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "save_args": self._save_args}

    def _adapt(self, file: EncodedFile, path: str) -> EncodedFile:
        if file.media_type != PNG or self._save_args == self.DEFAULT_SAVE_ARGS:
            return file
        return EncodedFile(PNG, self._encode(self._decode(b"".join(file.pieces()), path), path))

    def _encode(self, data: GreyImage, path: str) -> bytes:
        if data.dtype != np.uint8 or data.ndim != 2:  # noqa: PLR2004
            raise DatasetError(
                f"{path} cannot hold an array of {data.dtype} and shape {data.shape}; "
                "give a uint8 array of shape (height, width)"
            )
        buffer = io.BytesIO()
        Image.fromarray(data).save(buffer, format="PNG", **self._save_args)
        return buffer.getvalue()

    def _decode(self, content: bytes, path: str) -> GreyImage:
        with (
            unreadable(path, "delete it and make it again"),
            Image.open(io.BytesIO(content), formats=("PNG",)) as image,
        ):
            if image.mode != "L":
                raise DatasetError(
                    f"{path} is a PNG of mode {image.mode}, not 8-bit greyscale; "
                    "convert it to mode L"
                )
            return np.array(image, dtype=np.uint8)
