"""A trained network with everything that is needed to use it, and the folder that holds it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bentjets.errors import InputError
from bentjets.learning.settings import ImageSettings
from bentjets.validation import validate

if TYPE_CHECKING:
    from torch import nn

WEIGHTS_FILE = "model.safetensors"
CONFIG_FILE = "config.json"
OURS = "bentjets"
"""Key of config.json under which stands what timm does not ask for."""

FORMAT = 1
"""Version of what stands there."""


class Description(BaseModel):
    """How the images of a network are made, and what its outputs mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = Field(description="version of this description")
    classes: tuple[str, ...] = Field(min_length=2, description="names of the outputs, in order")
    images: ImageSettings = Field(description="what is done to an image before")
    image_size: int = Field(ge=1, description="side of the images that it sees, pixels")
    channels: int = Field(ge=1, description="channels of its input")
    mean: float = Field(description="taken off each image")
    std: float = Field(gt=0, description="by which it is divided then")
    symmetry: Literal["none", "dihedral"] = Field(
        default="none", description="whether features are pooled over eight orientations"
    )
    views: Literal[1, 8] = Field(
        default=1, description="orientations over which probabilities are averaged"
    )
    temperature: float = Field(
        default=1.0, gt=0, description="by which logits are divided (Guo et al. 2017)"
    )
    threshold: float | None = Field(
        default=None,
        description="probability of the second class from which it is named; null: "
        "the class of the largest probability",
    )
    pixel_scale_arcsec: float | None = Field(
        default=None, gt=0, description="side of a pixel of the images before they are resized"
    )
    side_px: int | None = Field(
        default=None, ge=1, description="side of the images before they are cropped and resized"
    )
    entry: str = Field(default="", description="the model's name in the parameters")
    run: str = Field(default="", description="protocol, fold and seed")
    bentjets: str = Field(default="", description="version that trained it")

    @property
    def side_arcsec(self) -> float | None:
        """Angular side of what the network sees; None where the scale is not known."""
        side = self.images.crop_px or self.side_px
        return side * self.pixel_scale_arcsec if side and self.pixel_scale_arcsec else None


@dataclass(frozen=True)
class TrainedNetwork:
    """A network of timm, and what its images and outputs are.

    Parameters
    ----------
    network
        Takes normalised float32 of shape (n, channels, size, size), gives logits (n, classes).
    description
        What else is needed to use it.
    """

    network: nn.Module
    description: Description

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the outputs, in order."""
        return self.description.classes


def save_network(folder: Path, trained: TrainedNetwork) -> None:
    """Write ``model.safetensors`` and ``config.json``, which timm alone can load too.

    Parameters
    ----------
    folder : Path
        Where; made if need be. The weights are in place before the configuration is.
    trained : TrainedNetwork
        What to keep.
    """
    from safetensors.torch import save_file
    from timm.models._hub import save_config_for_hf

    from bentjets.learning.networks.dihedral import Dihedral

    network: Any = trained.network
    if isinstance(network, Dihedral):
        # timm knows the backbone alone; the description says what is around it.
        network = network.backbone
    folder.mkdir(parents=True, exist_ok=True)
    # safetensors refuses the channels-last layout in which networks are trained.
    tensors = {name: value.cpu().contiguous() for name, value in network.state_dict().items()}
    names = list(trained.classes)
    description = trained.description
    scale: dict[str, Any] = {
        key: (getattr(description, key),) * description.channels for key in ("mean", "std")
    }
    kept = {"label_names": names, "num_classes": len(names)}
    weights, config = _beside(folder / WEIGHTS_FILE), _beside(folder / CONFIG_FILE)
    save_file(tensors, weights)
    save_config_for_hf(
        network, str(config), model_config={"pretrained_cfg": kept}, data_config=scale
    )
    written = json.loads(config.read_text(encoding="utf-8"))
    written[OURS] = trained.description.model_dump(mode="json")
    # The order of timm's keys depends on where the network came from.
    text = json.dumps(written, indent=2, sort_keys=True) + "\n"
    config.write_text(text, encoding="utf-8")
    os.replace(weights, folder / WEIGHTS_FILE)
    os.replace(config, folder / CONFIG_FILE)


def load_network(folder: Path) -> TrainedNetwork:
    """Load a network as `save_network` wrote it, on the CPU, in evaluation mode.

    Parameters
    ----------
    folder : Path
        A run's folder, such as ``data/06_models/small_cnn/single-0-0``.

    Returns
    -------
    TrainedNetwork
        Weights are read from safetensors only, which cannot run a program.

    Raises
    ------
    InputError
        If a file is missing or damaged, or another version or program wrote it.
    """
    description = read_description(folder)
    if not (folder / WEIGHTS_FILE).is_file():
        raise InputError(f"{folder / WEIGHTS_FILE} is missing: train the network again")
    import timm

    import bentjets.learning.networks.architectures  # noqa: F401 - timm shall know them
    from bentjets.learning.networks.dihedral import Dihedral
    from bentjets.learning.networks.layout import lay_channels_last

    try:
        network: nn.Module = timm.create_model(f"local-dir:{folder}", pretrained=True)
    # Damaged files make timm, safetensors and torch raise what they like.
    except Exception as error:
        raise InputError(
            f"{folder} holds no network that timm can load ({type(error).__name__}): train it "
            "again, or fetch the folder again"
        ) from error
    if description.symmetry == "dihedral":
        network = Dihedral(network)
    lay_channels_last(network)
    return TrainedNetwork(network.eval(), description)


def read_description(folder: Path) -> Description:
    """Read how the images of a network are made, without its weights.

    Raises
    ------
    InputError
        If the configuration is missing or damaged, or another version or program wrote it.
    """
    path = folder / CONFIG_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path} is missing: give the folder of a trained run, such as "
            "data/06_models/<model>/<protocol>-<fold>-<seed>"
        ) from error
    except ValueError as error:
        raise InputError(f"{path} is damaged: train the network again") from error
    if not isinstance(found, dict) or not isinstance(ours := found.get(OURS), dict):
        raise InputError(
            f"{path} does not say how its images were made: give a run that bentjets trained"
        )
    if ours.get("format") != FORMAT:
        raise InputError(
            f"{path} is of version {ours.get('format')!r}, this bentjets reads {FORMAT}: train "
            "the network again"
        )
    try:
        return validate(Description, ours)
    except InputError as error:
        raise InputError(f"{path}: {error}: train the network again") from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")
