"""``TimmModelDataset`` loads and saves a timm network as a folder that timm itself can load."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io.core import DatasetError

from bentjets.datasets._files import (
    LOCAL_PROTOCOL,
    PathDataset,
    missing,
    temporary_path,
    unreadable,
)

if TYPE_CHECKING:
    from torch import nn

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"


class TimmModelDataset(PathDataset["nn.Module", "nn.Module"]):
    """``TimmModelDataset`` keeps a timm network as ``model.safetensors`` and ``config.json``.

    ``timm.create_model("local-dir:<folder>", pretrained=True)`` gives the same network. Weights are
    read from safetensors only, which cannot run a program. The folder belongs to the dataset:
    saving replaces it as a whole, so that weights and configuration always belong together.

    Its constructor takes ``filepath`` (the folder), ``version``, ``credentials``, ``fs_args`` and
    ``metadata``.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        "{model}.network":
          type: bentjets.datasets.timm_model.TimmModelDataset
          filepath: data/06_models/{model}

    Using the Python API:

    >>> import timm
    >>> network = timm.create_model("test_resnet", num_classes=2)
    >>> network.pretrained_cfg["label_names"] = ["WAT", "NAT"]
    >>> dataset = TimmModelDataset(filepath=tmp_path / "resnet")
    >>> dataset.save(network)
    >>> dataset.load().pretrained_cfg["label_names"]
    ['WAT', 'NAT']
    """

    def load(self) -> nn.Module:
        """Build the network on the CPU, in evaluation mode.

        Raises
        ------
        DatasetError
            If one of the two files is missing or damaged.
        """
        import timm

        path = self._load_path()
        for name in (WEIGHTS_FILE, CONFIG_FILE):
            if not self._fs.exists(f"{path}/{name}"):
                raise missing(f"{path}/{name}")
        with (
            self._local_copy(path) as folder,
            unreadable(path, "train the network again, or fetch the folder again"),
        ):
            network: nn.Module = timm.create_model(f"local-dir:{folder}", pretrained=True)
        return network.eval()

    def save(self, data: nn.Module) -> None:
        """Write weights and configuration, both or neither.

        Parameters
        ----------
        data : torch.nn.Module
            A network made by ``timm.create_model``; ``pretrained_cfg`` may hold ``label_names``,
            ``input_size``, ``mean`` and ``std``.

        Raises
        ------
        DatasetError
            If it is not a timm network, or the class names do not match its outputs.
        """
        path = self._save_path()
        config = _describe_classes(data, path)
        if self._protocol == LOCAL_PROTOCOL:
            _replace_folder(Path(self._fs._strip_protocol(path)), data, config)
        else:
            with tempfile.TemporaryDirectory() as folder:
                _write_network(Path(folder), data, config)
                for name in (WEIGHTS_FILE, CONFIG_FILE):
                    self._fs.put_file(f"{folder}/{name}", f"{path}/{name}")
        self._invalidate_cache()

    def _exists(self) -> bool:
        try:
            path = self._load_path()
        except DatasetError:
            return False
        return all(self._fs.exists(f"{path}/{name}") for name in (WEIGHTS_FILE, CONFIG_FILE))

    @contextlib.contextmanager
    def _local_copy(self, path: str) -> Iterator[str]:
        """Give the folder itself if it is local, or a copy of its two files: timm wants a disk."""
        if self._protocol == LOCAL_PROTOCOL:
            yield str(self._fs._strip_protocol(path))
            return
        with tempfile.TemporaryDirectory() as folder:
            for name in (WEIGHTS_FILE, CONFIG_FILE):
                self._fs.get_file(f"{path}/{name}", f"{folder}/{name}")
            yield folder


def _describe_classes(network: nn.Module, path: str) -> dict[str, Any]:
    """Name the classes for the configuration: timm drops them where the head was changed."""
    pretrained_cfg = getattr(network, "pretrained_cfg", None)
    if not isinstance(pretrained_cfg, dict):
        raise DatasetError(
            f"{path} cannot hold a {type(network).__name__} that timm did not make; "
            "give a network from timm.create_model"
        )
    names = list(pretrained_cfg.get("label_names") or [])
    if names and len(names) != network.num_classes:
        raise DatasetError(
            f"{path}: label_names {names} does not name the {network.num_classes} classes of the "
            'network; set network.pretrained_cfg["label_names"]'
        )
    kept = {"label_names": names, "num_classes": network.num_classes} if names else {}
    return {"pretrained_cfg": kept}


def _write_network(folder: Path, network: nn.Module, config: dict[str, Any]) -> None:
    from safetensors.torch import save_file
    from timm.models._hub import save_config_for_hf

    # safetensors refuses the channels-last layout in which networks are trained.
    tensors = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, folder / WEIGHTS_FILE)
    save_config_for_hf(network, str(folder / CONFIG_FILE), model_config=config)
    # The order of its keys depends on where the network came from.
    written = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    (folder / CONFIG_FILE).write_text(
        json.dumps(written, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )


def _replace_folder(folder: Path, network: nn.Module, config: dict[str, Any]) -> None:
    """Write beside the folder, then swap: a folder that holds files cannot be renamed over."""
    new = Path(temporary_path(folder.as_posix()))
    old = Path(temporary_path(folder.as_posix()))
    try:
        new.mkdir(parents=True)
        _write_network(new, network, config)
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except BaseException:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
