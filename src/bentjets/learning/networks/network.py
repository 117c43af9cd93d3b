"""Networks of timm, with random, ImageNet or local weights.

Imports torch and timm inside its functions only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bentjets.errors import InputError, ServiceError
from bentjets.learning.networks.packaged import PACKAGE, find_packaged, translate_names
from bentjets.learning.networks.trained import CONFIG_FILE
from bentjets.learning.settings import SIMULATED, ModelSettings
from bentjets.validation import suggest

if TYPE_CHECKING:
    from torch import Tensor, nn

HUB_FILES = ("model.safetensors", "pytorch_model.bin")
HUB_TIMEOUT_S = 10.0
WEIGHT_SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")


def build_network(
    settings: ModelSettings,
    classes: Sequence[str],
    *,
    entry: str,
    seed: int = 0,
    start: Path | None = None,
) -> nn.Module:
    """Build a network of timm with one output per class.

    Parameters
    ----------
    settings : ModelSettings
        Network, weights, image size, channels and symmetry.
    classes : sequence of str
        Names of the classes, in the order of the outputs.
    entry : str
        The model's name in the parameters, for messages.
    seed : int
        Seed of the weights that start at random; the global generator is left as it was.
    start : Path, optional
        Weights of the same network, pretrained: all but its head start from them. Without, weights
        that are `simulated` are random.

    Returns
    -------
    torch.nn.Module
        Takes float32 of shape (n, channels, image_size, image_size), gives logits of shape
        (n, classes). Its head starts at random, unless the file of its weights stands beside a
        ``config.json`` that names these classes.

    Raises
    ------
    InputError
        If timm has no such network, the weights cannot be read or do not fit, they tell the
        classes apart in another order, or the network cannot take the image size.
    ServiceError
        If the ImageNet weights cannot be downloaded.
    """
    import torch

    import bentjets.learning.networks.architectures  # noqa: F401 - timm shall know them
    from bentjets.learning.networks.dihedral import Dihedral
    from bentjets.learning.networks.layout import lay_channels_last

    check_name(settings.timm_model, entry)
    path = start or _find_weights(settings, entry)
    weights = None if path is None else _load_state(path, entry)
    if weights and start is None and settings.weights == PACKAGE:
        weights = translate_names(weights, _own_state(settings), entry)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _create(settings, len(classes), weights, entry)
        if start or not (weights and _has_our_head(settings, classes, entry)):
            network.reset_classifier(len(classes))
    network.pretrained_cfg.pop("state_dict", None)
    network.pretrained_cfg.update(
        label_names=list(classes),
        num_classes=len(classes),
        input_size=(settings.channels, settings.image_size, settings.image_size),
        crop_pct=1.0,
        interpolation="bilinear",
    )
    _check_image_size(network, settings, entry)
    lay_channels_last(network)
    return Dihedral(network) if settings.symmetry == "dihedral" else network


def check_name(name: str, entry: str) -> None:
    """Refuse a network that timm does not have.

    Raises
    ------
    InputError
        With the nearest names that it has.
    """
    import timm

    import bentjets.learning.networks.architectures  # noqa: F401 - timm shall know them

    architecture, _, tag = name.partition(".")
    if timm.is_model(architecture) and (not tag or name in timm.list_pretrained(f"{name}*")):
        return
    known = timm.list_pretrained(f"{architecture}.*") or timm.list_models()
    raise InputError(
        f"models.{entry}.timm_model: timm has no network {name!r}: {suggest(name, known)}"
    )


def check_weights(settings: ModelSettings, entry: str) -> None:
    """Refuse weights that are not there, before anything is trained; download those of ImageNet.

    Raises
    ------
    InputError
        If the file is not there, or timm has no weights.
    ServiceError
        If the ImageNet weights cannot be downloaded.
    """
    _find_weights(settings, entry)


def _find_weights(settings: ModelSettings, entry: str) -> Path | None:
    """Give the file that the network starts from; None where there is none before a run."""
    if settings.weights in ("none", SIMULATED):
        return None
    if settings.weights == "imagenet":
        return _download_weights(settings, entry)
    if settings.weights == PACKAGE:
        return find_packaged(settings.timm_model.partition(".")[0], entry)
    path = Path(settings.weights)
    if not path.is_file() or path.suffix not in WEIGHT_SUFFIXES:
        raise InputError(
            f"models.{entry}.weights: {settings.weights!r} is not an existing file of "
            f"{', '.join(WEIGHT_SUFFIXES)}: give such a file, imagenet, package, simulated or none"
        )
    return path


def _has_our_head(settings: ModelSettings, classes: Sequence[str], entry: str) -> bool:
    """Tell whether the weights' head tells these classes apart, in this order."""
    config = Path(settings.weights).with_name(CONFIG_FILE)
    if settings.weights in ("imagenet", PACKAGE) or not config.is_file():
        return False
    try:
        names = json.loads(config.read_text(encoding="utf-8"))["pretrained_cfg"]["label_names"]
    except (ValueError, KeyError, TypeError):
        return False
    if sorted(map(str, names)) == sorted(classes) and list(names) != list(classes):
        raise InputError(
            f"models.{entry}.weights: the network in {config.parent} tells "
            f"{', '.join(names)} apart, the parameters give {', '.join(classes)}: give the "
            "classes in that order"
        )
    return list(names) == list(classes)


def _own_state(settings: ModelSettings) -> dict[str, Tensor]:
    """Give the names and shapes of the network as it was trained on ImageNet; no numbers."""
    import timm
    import torch

    with torch.device("meta"):
        state: dict[str, Tensor] = timm.create_model(settings.timm_model).state_dict()
    return state


def _load_state(path: Path, entry: str) -> dict[str, Tensor]:
    """Load a state dictionary without running code that a file might hold."""
    from pickle import UnpicklingError

    from safetensors import SafetensorError
    from timm.models import load_state_dict
    from torch import Tensor

    try:
        state = load_state_dict(str(path), weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise InputError(
            f"models.{entry}.weights: {path.name} cannot be read as plain weights: "
            "give a safetensors file or a torch state dictionary"
        ) from error
    if not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(
            f"models.{entry}.weights: {path.name} holds more than tensors: "
            "give a safetensors file or a torch state dictionary"
        )
    return state


def _create(
    settings: ModelSettings, n_classes: int, weights: dict[str, Tensor] | None, entry: str
) -> Any:
    """Create the network; with weights, with as many outputs as they have, loaded strictly."""
    import timm

    options: dict[str, Any] = {"num_classes": n_classes, "in_chans": settings.channels}
    described: Any = timm.get_pretrained_cfg(settings.timm_model)
    cfg = described.to_dict()
    if cfg["fixed_input_size"]:
        options["img_size"] = settings.image_size
    if weights is not None:
        head = weights.get(f"{cfg['classifier']}.weight")
        options["num_classes"] = cfg["num_classes"] if head is None else len(head)
        options["pretrained"] = True
        options["pretrained_cfg_overlay"] = {
            "state_dict": weights,
            "num_classes": options["num_classes"],
            "input_size": (_count_channels(cfg, weights), *cfg["input_size"][1:]),
            "label_offset": 0,
            "custom_load": False,
        }
    try:
        return timm.create_model(settings.timm_model, **options)
    except (RuntimeError, KeyError, ValueError, AssertionError) as error:
        if weights is None:
            raise _size_error(settings, entry) from error
        raise InputError(
            f"models.{entry}.weights: {settings.weights!r} does not fit {settings.timm_model} at "
            f"{settings.image_size} px: give weights of that network"
        ) from error


def _count_channels(cfg: dict[str, Any], weights: dict[str, Tensor]) -> int:
    """Give the channels of the images that weights were learnt on, which need not be timm's."""
    first = weights.get(f"{cfg['first_conv']}.weight")
    return int(cfg["input_size"][0] if first is None else first.shape[1])


def _check_image_size(network: nn.Module, settings: ModelSettings, entry: str) -> None:
    """Pass one empty image: some networks take only some sizes, and say so only then."""
    import torch

    network.eval()
    try:
        with torch.inference_mode():
            network(torch.zeros(1, settings.channels, settings.image_size, settings.image_size))
    except (RuntimeError, AssertionError, ValueError) as error:
        raise _size_error(settings, entry) from error
    network.train()


def _size_error(settings: ModelSettings, entry: str) -> InputError:
    return InputError(
        f"models.{entry}: {settings.timm_model} cannot take images of {settings.image_size} px: "
        "choose another image_size, such as 224"
    )


def _download_weights(settings: ModelSettings, entry: str) -> Path:
    """Give the local copy of timm's weights, downloaded if it is not yet there."""
    import timm
    from huggingface_hub import (
        constants,
        get_session,
        hf_hub_download,
        list_repo_files,
        try_to_load_from_cache,
    )

    cfg: Any = timm.get_pretrained_cfg(settings.timm_model)
    if not cfg.hf_hub_id:
        raise InputError(
            f"models.{entry}.weights: timm has none for {settings.timm_model}: set it to a local "
            "file or none"
        )
    for name in HUB_FILES:
        cached = try_to_load_from_cache(cfg.hf_hub_id, name)
        if isinstance(cached, str):
            return Path(cached)
    try:
        # The hub's own client would retry for most of a minute before it gives up.
        get_session().head(constants.ENDPOINT, timeout=HUB_TIMEOUT_S)
        offered = list_repo_files(cfg.hf_hub_id)
        name = next(name for name in HUB_FILES if name in offered)
        return Path(hf_hub_download(cfg.hf_hub_id, name))
    except Exception as error:  # the hub's libraries share no base class
        raise ServiceError(
            f"models.{entry}.weights: {cfg.hf_hub_id} cannot be downloaded "
            f"({type(error).__name__}): connect to the internet, or set weights to a local file "
            "or none"
        ) from error
