"""``FolderDataset`` gives a step the folder in which it keeps what it must find again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError


class FolderDataset(AbstractDataset[Any, Path]):
    """``FolderDataset`` gives the path of a local folder, made if need be.

    For files that a library writes while it works, such as the checkpoints of a network: what a
    killed run leaves must be there for the next one, which a dataset that is saved at the end of
    a step cannot do.

    Parameters
    ----------
    filepath : str
        The folder.
    metadata : dict, optional
        Kept for Kedro and its plugins.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        "{model}.folder":
          type: bentjets.datasets.folder.FolderDataset
          filepath: data/06_models/{model}

    Using the Python API:

    >>> dataset = FolderDataset(filepath=(tmp_path / "small_cnn").as_posix())
    >>> dataset.load().name
    'small_cnn'
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = Path(filepath)
        self.metadata = metadata

    def load(self) -> Path:
        """Give the folder.

        Raises
        ------
        DatasetError
            If it cannot be made.
        """
        try:
            self._filepath.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatasetError(
                f"{self._filepath} cannot be made ({error.strerror}): check the path"
            ) from error
        return self._filepath

    def save(self, data: Any) -> NoReturn:
        """Refuse: a step writes into the folder itself.

        Raises
        ------
        DatasetError
            Always.
        """
        raise DatasetError(f"{self._filepath} is a folder that steps write into, not a result")

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath)}

    def _exists(self) -> bool:
        # It is made when it is asked for.
        return True
