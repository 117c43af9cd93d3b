"""``PickledBatchDataset`` loads and saves the CIFAR-like batches of the paper, safely."""

from __future__ import annotations

import io
import math
import pickle
from typing import Any

import numpy as np
from kedro.io.core import DatasetError
from kedro_datasets._typing import ImagePreview
from PIL import Image

from bentjets.datasets._files import FileDataset, unreadable
from bentjets.datasets._preview import encode_preview, fit_preview
from bentjets.files import PICKLE
from bentjets.plain_pickles import RefusedGlobalError, loads_plain

Batch = dict[Any, Any]

_PROTOCOL = 4
_ROWS_OF_PIXELS, _COLUMNS = 2, 4


class PickledBatchDataset(FileDataset[Batch, Batch]):
    """``PickledBatchDataset`` keeps a dict of plain containers and numpy arrays as a pickle.

    A pickle can run any program when it is read. This class reads only lists, dicts, tuples, sets,
    strings, bytes, numbers and numpy arrays, and refuses the rest by name, so that batches from
    elsewhere are safe to open. It reads what Python 2 and numpy 1 wrote. The same data always give
    the same bytes.

    Its constructor takes ``filepath``, ``version``, ``credentials``, ``fs_args`` and ``metadata``.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        test_batch:
          type: bentjets.datasets.pickled_batch.PickledBatchDataset
          filepath: data/03_primary/batches/test_batch

    Using the Python API:

    >>> import numpy as np
    >>> dataset = PickledBatchDataset(filepath=tmp_path / "test_batch")
    >>> dataset.save({"labels": ["100", "200"], "data": np.zeros((2, 22500), dtype=np.uint8)})
    >>> dataset.load()["labels"]
    ['100', '200']
    """

    media_type = PICKLE

    def preview(self) -> ImagePreview:
        """Give the first images of the batch as a contact sheet, for kedro-viz.

        Raises
        ------
        DatasetError
            If the batch has no images of one size in ``data``, a square each.
        """
        data = np.asarray(self.load().get("data", ()))
        side = math.isqrt(data.shape[1]) if data.ndim == _ROWS_OF_PIXELS else 0
        if not side or data.dtype != np.uint8 or side**2 != data.shape[1]:
            raise DatasetError(f"{self._load_path()} holds no square images to preview")
        shown = data[: _COLUMNS**2].reshape(-1, side, side)
        sheet = np.zeros((_COLUMNS**2, side, side), dtype=np.uint8)
        sheet[: len(shown)] = shown
        rows = sheet.reshape(_COLUMNS, _COLUMNS, side, side).swapaxes(1, 2)
        return encode_preview(fit_preview(Image.fromarray(rows.reshape(2 * [_COLUMNS * side]))))

    def _encode(self, data: Batch, path: str) -> bytes:
        if not isinstance(data, dict):
            raise DatasetError(f"{path} holds a dict; give one, not {type(data).__name__}")
        content = _dump(data)
        try:
            loads_plain(content)
        except RefusedGlobalError as exc:
            raise DatasetError(
                f"{path} cannot hold {exc}; give plain containers and numpy arrays only"
            ) from exc
        return content

    def _decode(self, content: bytes, path: str) -> Batch:
        with unreadable(path, "fetch it again"):
            try:
                batch = loads_plain(content)
            except RefusedGlobalError as exc:
                raise DatasetError(
                    f"{path} asks for {exc}, which no batch needs and which could harm; "
                    "it was not run: do not use this file"
                ) from exc
        if not isinstance(batch, dict):
            raise DatasetError(
                f"{path} holds a {type(batch).__name__}, not a dict; give a CIFAR-like batch"
            )
        return batch


def _dump(data: Batch) -> bytes:
    """Pickle without the memo, whose use depends on which equal strings are one object."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=_PROTOCOL)
    pickler.fast = True
    pickler.dump(data)
    return buffer.getvalue()
