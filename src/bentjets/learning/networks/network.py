"""Networks of timm, with random, ImageNet or local weights, that say of themselves what they are.

Imports torch and timm inside its functions only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bentjets.errors import InputError, ServiceError
from bentjets.learning.settings import ModelSettings
from bentjets.validation import suggest

if TYPE_CHECKING:
    from torch import Tensor, nn

HUB_FILES = ("model.safetensors", "pytorch_model.bin")
HUB_TIMEOUT_S = 10.0
WEIGHT_SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")


def build_network(settings: ModelSettings, classes: Sequence[str], *, seed: int = 0) -> nn.Module:
    """Build a network of timm with one output per class.

    Its ``pretrained_cfg`` holds `label_names`, `num_classes`, `input_size`, `mean` and `std`, so
    that a saved network is self-describing.

    Parameters
    ----------
    settings : ModelSettings
        Network, weights and image size.
    classes : sequence of str
        Names of the classes, in the order of the outputs.
    seed : int
        Seed of the weights that start at random; the global generator is left as it was.

    Returns
    -------
    torch.nn.Module
        Takes float32 of shape (n, 3, image_size, image_size), gives logits of shape (n, classes).

    Raises
    ------
    InputError
        If timm has no such network, the weights cannot be read or do not fit, or the network
        cannot take the image size.
    ServiceError
        If the ImageNet weights cannot be downloaded.
    """
    import torch

    _check_name(settings.timm_model)
    weights = _read_weights(settings)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = _create(settings, len(classes), weights)
    if network.num_classes != len(classes):
        network.reset_classifier(len(classes))
    network.pretrained_cfg.pop("state_dict", None)
    network.pretrained_cfg.update(
        label_names=list(classes),
        num_classes=len(classes),
        input_size=(3, settings.image_size, settings.image_size),
        crop_pct=1.0,
        interpolation="bilinear",
    )
    _check_image_size(network, settings)
    return network


def _check_name(name: str) -> None:
    import timm

    architecture, _, tag = name.partition(".")
    if timm.is_model(architecture) and (not tag or name in timm.list_pretrained(f"{name}*")):
        return
    known = timm.list_pretrained(f"{architecture}.*") or timm.list_models()
    raise InputError(f"model {name}: timm has no such network: {suggest(name, known)}")


def _read_weights(settings: ModelSettings) -> dict[str, Tensor] | None:
    """Read the state dictionary that the network starts from; None for random weights."""
    if settings.weights == "none":
        return None
    if settings.weights == "imagenet":
        path = _download_weights(settings)
    else:
        path = Path(settings.weights)
        if not path.is_file() or path.suffix not in WEIGHT_SUFFIXES:
            raise InputError(
                f"model {settings.timm_model}: weights {settings.weights!r} is not an existing "
                f"file of {', '.join(WEIGHT_SUFFIXES)}: give such a file, imagenet or none"
            )
    return _load_state(path, settings)


def _load_state(path: Path, settings: ModelSettings) -> dict[str, Tensor]:
    """Load a state dictionary without running code that a file might hold."""
    from pickle import UnpicklingError

    from safetensors import SafetensorError
    from timm.models import load_state_dict
    from torch import Tensor

    try:
        state = load_state_dict(str(path), weights_only=True)
    except (SafetensorError, UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise InputError(
            f"model {settings.timm_model}: weights {path.name} cannot be read as plain weights: "
            "give a safetensors file or a torch state dictionary"
        ) from error
    if not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(
            f"model {settings.timm_model}: weights {path.name} holds more than tensors: "
            "give a safetensors file or a torch state dictionary"
        )
    return state


def _create(settings: ModelSettings, n_classes: int, weights: dict[str, Tensor] | None) -> Any:
    """Create the network; with weights, with as many outputs as they have, loaded strictly."""
    import timm

    options: dict[str, Any] = {"num_classes": n_classes, "in_chans": 3}
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
            "label_offset": 0,
            "custom_load": False,
        }
    try:
        return timm.create_model(settings.timm_model, **options)
    except (RuntimeError, KeyError, ValueError, AssertionError) as error:
        if weights is None:
            raise _size_error(settings) from error
        raise InputError(
            f"model {settings.timm_model}: weights {settings.weights!r} do not fit "
            f"it at {settings.image_size} px: give weights of that network"
        ) from error


def _check_image_size(network: nn.Module, settings: ModelSettings) -> None:
    """Pass one empty image: some networks take only some sizes, and say so only then."""
    import torch

    network.eval()
    try:
        with torch.inference_mode():
            network(torch.zeros(1, 3, settings.image_size, settings.image_size))
    except (RuntimeError, AssertionError, ValueError) as error:
        raise _size_error(settings) from error
    network.train()


def _size_error(settings: ModelSettings) -> InputError:
    return InputError(
        f"model {settings.timm_model} cannot take images of {settings.image_size} px: "
        "choose another image_size, such as 224"
    )


def _download_weights(settings: ModelSettings) -> Path:
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
            f"model {settings.timm_model}: timm has no weights for it: set weights to a local file "
            "or none"
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
            f"model {settings.timm_model}: the weights {cfg.hf_hub_id} cannot be downloaded "
            f"({type(error).__name__}): connect to the internet, or set weights to a local file "
            "or none"
        ) from error
