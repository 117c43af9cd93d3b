"""What a user sets of a network, of the images it learns from, and of its training."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
_GREY_TO_RGB = 3

SIMULATED = "simulated"
"""The weights of a network that starts from one trained on simulated sources."""

Protocol = Literal["single", "cross_validation", "paper", "published"]
Stretch = Literal["linear", "sqrt", "asinh"]


def _as_tuple(given: Any) -> Any:
    if isinstance(given, str):
        return (given,)
    return tuple(given) if isinstance(given, list) else given


class Recipe(BaseModel):
    """A class of torch and the arguments it is made with; torch itself says which there are."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    class_name: str = Field(alias="class", min_length=1, description="name of the class in torch")

    @property
    def arguments(self) -> dict[str, Any]:
        """What the class is called with."""
        return dict(self.model_extra or {})


class ImageSettings(BaseModel):
    """What is done to an image of a source before a network sees it."""

    model_config = _STRICT

    source: Literal["batches", "cutouts", "pictures"] = Field(
        default="batches",
        description="batches: the paper's 8-bit masked images (Eq. 5); cutouts: the survey's own "
        "values, over the brightest pixel that the mask leaves; pictures: those of an image set, "
        "as they are",
    )
    mask: Literal["none", "islands", "source"] = Field(
        default="islands",
        description="what stays of a cutout: everything, its islands (Eq. 3), or the islands of "
        "the source alone; batches are masked by their islands",
    )
    stretch: Annotated[tuple[Stretch, ...], BeforeValidator(_as_tuple)] = Field(
        default=("linear",),
        min_length=1,
        description="brightness scale; several make a channel each",
    )
    crop_px: int | None = Field(
        default=None, ge=8, description="side of the middle that is kept, pixels; null: all of it"
    )

    @model_validator(mode="after")
    def _check_mask(self) -> Self:
        if self.source == "batches" and self.mask != "islands":
            raise ValueError(f"mask {self.mask!r} needs source: cutouts, as batches are masked")
        if self.source == "pictures" and self.mask != "none":
            raise ValueError(f"mask {self.mask!r} needs source: cutouts, as pictures have no noise")
        if self.source == "batches" and self.stretch != ("linear",):
            raise ValueError("stretch needs source: cutouts, as batches are linear (Eq. 4)")
        return self


class TrainingSettings(BaseModel):
    """How long and how networks are trained."""

    model_config = _STRICT

    epochs: int = Field(ge=1, description="most epochs (section 5: 20)")
    steps: int | None = Field(
        default=None,
        ge=1,
        description="batches that are learnt from at least: where images are few, there are more "
        "epochs; null: as many epochs as epochs says",
    )
    batch_size: int = Field(ge=1, description="images per step (section 5: 32)")
    accumulate: int = Field(
        default=1, ge=1, description="batches whose gradients are added up before a step"
    )
    patience: int | None = Field(
        ge=1,
        description="epochs without a lower validation loss after which training stops, and the "
        "best epoch is kept (section 5); null: all epochs are trained, and the last is kept",
    )
    precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = Field(
        description="arithmetic of Lightning's trainer; auto: bf16-mixed where the processor, or "
        "the GPU, computes in it, 32-true elsewhere; 16-mixed needs a GPU"
    )
    devices: int = Field(
        default=1,
        ge=1,
        description="processes of this machine that share each batch, each on a GPU of its own "
        "where there are GPUs; torchrun says it itself",
    )
    rotate: Literal["none", "quarter", "any"] = Field(
        description="turn and mirror each training image at random: not at all, by quarter turns, "
        "or by any angle; the sky has no preferred orientation, so the label stays"
    )
    zoom: float = Field(
        default=0.0, ge=0, lt=1, description="largest share by which images grow or shrink"
    )
    shift: float = Field(
        default=0.0, ge=0, lt=1, description="largest shift along each axis, share of the side"
    )
    label_smoothing: float = Field(
        default=0.0, ge=0, lt=1, description="share of the label given to all classes alike"
    )
    class_weights: bool = Field(
        default=False, description="whether each class counts as much as any other"
    )
    average: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="decay of the moving average of the weights, which is what is kept; null: none",
    )
    freeze: bool = Field(
        default=False, description="whether only the head learns, not the rest of the network"
    )
    layer_decay: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="learning rate of each layer over that of the next, from the head down; null: "
        "one rate for all",
    )

    def of_images(self, n: int) -> Self:
        """Give these settings with as many epochs as the steps take, with `n` training images."""
        if self.steps is None:
            return self
        epochs = ceil(self.steps / ceil(n / self.batch_size))
        return self.model_copy(update={"epochs": max(self.epochs, epochs)})


if TYPE_CHECKING:
    TrainingChanges = BaseModel
else:
    TrainingChanges = create_model(
        "TrainingChanges",
        __config__=_STRICT,
        __doc__="What differs from the training of all models, in that of one.",
        **{
            name: (
                Annotated[field.annotation, Field(description=field.description), *field.metadata],
                None,
            )
            for name, field in TrainingSettings.model_fields.items()
        },
    )


class ModelSettings(BaseModel):
    """A network, where its weights come from, what it sees, and how it is trained."""

    model_config = _STRICT

    timm_model: str = Field(
        min_length=1,
        description="architecture of timm, with or without the tag of its weights (section 5)",
    )
    weights: str = Field(
        min_length=1,
        description="imagenet (downloaded by timm), package (those of ImageNet that are installed "
        "as a Python package), none (random), simulated (trained before on simulated sources: "
        "modelling.pretraining), or the path of a local .safetensors or .pth file",
    )
    image_size: int = Field(
        ge=1, description="side in pixels of the images that the network sees (section 5: 224)"
    )
    channels: int = Field(
        default=_GREY_TO_RGB,
        ge=1,
        description="channels of its input; grey images are copied to all of them (section 5)",
    )
    images: ImageSettings = Field(
        default=ImageSettings(), description="what is done to the images before"
    )
    symmetry: Literal["none", "dihedral"] = Field(
        default="none",
        description="dihedral: features are pooled over the eight orientations of an image, so "
        "that none matters; eight times the work",
    )
    views: Literal[1, 8] = Field(
        default=1, description="orientations of an image over which probabilities are averaged"
    )
    optimizer: Recipe = Field(description="class of torch.optim and its arguments")
    scheduler: Recipe | None = Field(
        default=None,
        description="class of torch.optim.lr_scheduler and its arguments, stepped once an epoch; "
        "an argument `epochs` stands for the number of epochs",
    )
    training: TrainingChanges = Field(
        default=TrainingChanges(), description="what differs from modelling.training for this model"
    )

    def at_rate(self, share: float) -> Self:
        """Give the same with a share of the optimizer's learning rate."""
        arguments = self.optimizer.arguments
        changed = {"class": self.optimizer.class_name, **arguments, "lr": share * arguments["lr"]}
        return self.model_copy(update={"optimizer": Recipe.model_validate(changed)})

    @model_validator(mode="after")
    def _check_rate(self) -> Self:
        rate = self.optimizer.arguments.get("lr")
        if self.weights == SIMULATED and not isinstance(rate, int | float):
            raise ValueError(
                "optimizer.lr is missing: weights are simulated, and runs that start from them "
                "learn at a share of it (modelling.pretraining.lr_of_runs)"
            )
        return self

    @model_validator(mode="after")
    def _check_channels(self) -> Self:
        if (n := len(self.images.stretch)) not in (1, self.channels):
            raise ValueError(
                f"images.stretch names {n} stretches for {self.channels} channels: name one, or "
                "one for each channel"
            )
        return self
