"""What a user sets of a network, and of the training of networks."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Recipe(BaseModel):
    """A class of torch and the arguments it is made with; torch itself says which there are."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    class_name: str = Field(alias="class", min_length=1, description="name of the class in torch")

    @property
    def arguments(self) -> dict[str, Any]:
        """What the class is called with."""
        return dict(self.model_extra or {})


class ModelSettings(BaseModel):
    """A network, where its weights come from, and how they are optimised."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    timm_model: str = Field(
        min_length=1,
        description="architecture of timm, with or without the tag of its weights (section 5)",
    )
    weights: str = Field(
        min_length=1,
        description="imagenet (downloaded by timm), none (random), or the path of a local "
        ".safetensors or .pth file",
    )
    image_size: int = Field(
        ge=1, description="side in pixels of the images that the network sees (section 5: 224)"
    )
    optimizer: Recipe = Field(description="class of torch.optim and its arguments")
    scheduler: Recipe | None = Field(
        default=None,
        description="class of torch.optim.lr_scheduler and its arguments, stepped once an epoch",
    )


class TrainingSettings(BaseModel):
    """How long and how networks are trained."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    epochs: int = Field(ge=1, description="most epochs (section 5: 20)")
    batch_size: int = Field(ge=1, description="images per step (section 5: 32)")
    patience: int = Field(
        ge=1, description="epochs without a lower validation loss after which training stops"
    )
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = Field(
        description="arithmetic of Lightning's trainer; 16-mixed needs a GPU"
    )
    random_orientation: bool = Field(
        description="turn and mirror each training image at random into one of the eight "
        "symmetries of the square: the sky has no preferred orientation, so the label stays"
    )
