"""What can be known of models before anything runs that they would need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bentjets.errors import InputError
from bentjets.learning.settings import ModelSettings, TrainingSettings


@dataclass(frozen=True)
class Chosen:
    """A model that is to be trained: its entry, and how it is trained."""

    model: ModelSettings
    training: TrainingSettings


def check_models(chosen: Mapping[str, Chosen], classes: tuple[str, ...]) -> None:
    """Refuse models that could not be trained or explained.

    Weights of ImageNet are downloaded, if they are not there yet.

    Parameters
    ----------
    chosen : mapping of str to Chosen
        The models by their names in the parameters.
    classes : tuple of str
        Names of the classes.

    Raises
    ------
    InputError
        If timm has no such network, its weights are missing or do not fit, it cannot take the
        image size, the recipe cannot be made or ends before the epochs do, arithmetic or devices
        need GPUs that are not there, or no layer of it tells where it looks.
    ServiceError
        If weights cannot be downloaded.
    """
    import torch

    from bentjets.learning.evaluation.attention.layers import check_attention
    from bentjets.learning.networks import build_network
    from bentjets.learning.training.recipes import check_recipes

    for entry, one in chosen.items():
        check_recipes(one.model, epochs=one.training.epochs, entry=entry)
        if one.training.precision == "16-mixed" and not torch.accelerator.is_available():
            raise InputError(
                f"models.{entry}: precision 16-mixed needs a GPU: choose auto, bf16-mixed or "
                "32-true"
            )
        n_gpus = torch.cuda.device_count()
        if n_gpus and one.training.devices > n_gpus:
            raise InputError(
                f"models.{entry}: training.devices is {one.training.devices}, and this machine has "
                f"{n_gpus} GPUs: lower it"
            )
        network = build_network(one.model, classes, entry=entry)
        try:
            check_attention(network, one.model.image_size, one.model.channels)
        except InputError as error:
            raise InputError(f"models.{entry}: {error}") from error
