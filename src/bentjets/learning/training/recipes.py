"""Optimisers and schedules of torch, made as the settings of a model say."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeVar

import torch

from bentjets.errors import InputError
from bentjets.learning.networks.dihedral import Dihedral
from bentjets.learning.settings import ModelSettings, Recipe
from bentjets.validation import suggest

T = TypeVar("T")

EPOCHS = "epochs"
"""As an argument of a schedule, this stands for the number of epochs."""


def make_optimizer(
    model: ModelSettings, parameters: Iterable[Any], *, entry: str
) -> torch.optim.Optimizer:
    """Make the optimiser of a model.

    Parameters
    ----------
    model : ModelSettings
        Its `optimizer` is used.
    parameters : iterable
        What it optimises: parameters, or groups of them.
    entry : str
        The model's name in the parameters.

    Returns
    -------
    torch.optim.Optimizer
        The optimiser.

    Raises
    ------
    InputError
        If torch has no such class, or cannot make it with these arguments.
    """
    recipe, where = model.optimizer, f"models.{entry}.optimizer"
    made = _find_class(torch.optim, torch.optim.Optimizer, recipe, where)
    arguments = recipe.arguments
    if "fused" in inspect.signature(made).parameters and "foreach" not in arguments:
        # The same step in a third of the time, on processors too.
        arguments = {"fused": True, **arguments}
    return _make(lambda: made(parameters, **arguments), where)


def make_scheduler(
    model: ModelSettings, optimizer: torch.optim.Optimizer, *, epochs: int, entry: str
) -> Any:
    """Make the schedule of a model's learning rate.

    Parameters
    ----------
    model : ModelSettings
        Its `scheduler` is used.
    optimizer : torch.optim.Optimizer
        Whose learning rate it changes.
    epochs : int
        What an argument `epochs` stands for.
    entry : str
        The model's name in the parameters.

    Returns
    -------
    torch.optim.lr_scheduler.LRScheduler or None
        The schedule; None where the model has none.

    Raises
    ------
    InputError
        If torch has no such class, or cannot make it with these arguments.
    """
    if model.scheduler is None:
        return None
    recipe, where = model.scheduler, f"models.{entry}.scheduler"
    arguments = {
        key: epochs if value == EPOCHS else value for key, value in recipe.arguments.items()
    }
    module = torch.optim.lr_scheduler
    made = _find_class(module, module.LRScheduler, recipe, where)
    return _make(lambda: made(optimizer, **arguments), where)


def check_recipes(model: ModelSettings, *, epochs: int, entry: str) -> None:
    """Go through the whole schedule for a single number, to see that it can be done.

    Raises
    ------
    InputError
        If optimiser or schedule cannot be made, or the schedule ends before the epochs do.
    """
    optimizer = make_optimizer(model, [torch.nn.Parameter(torch.zeros(1))], entry=entry)
    scheduler = make_scheduler(model, optimizer, epochs=epochs, entry=entry)
    if scheduler is None or isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        return
    with warnings.catch_warnings():
        # No step of the optimiser comes before those of the schedule.
        warnings.simplefilter("ignore")
        for _ in range(epochs):
            _make(scheduler.step, f"models.{entry}.scheduler over {epochs} epochs")


def freeze_backbone(network: torch.nn.Module) -> None:
    """Switch off all gradients of a network of timm (or `Dihedral` around it) but its head's."""
    inner: Any = network
    head = inner.get_classifier()
    inner.requires_grad_(False)
    head.requires_grad_(True)


def parameter_groups(
    network: torch.nn.Module,
    model: ModelSettings,
    *,
    layer_decay: float | None,
    entry: str,
) -> list[Any]:
    """Give what the optimiser shall learn, in groups where layers have rates of their own.

    Parameters
    ----------
    network : torch.nn.Module
        A network of timm, or the wrapper `Dihedral` around one.
    model : ModelSettings
        Learning rate and weight decay of its optimiser are used.
    layer_decay : float or None
        Rate of each layer over that of the next (Clark et al. 2020, ICLR; ELECTRA).
    entry : str
        The model's name in the parameters.

    Returns
    -------
    list
        Parameters, or groups of them with rates.
    """
    from timm.optim._param_groups import param_groups_layer_decay

    # timm tells the layers of a network apart by its own names for them.
    inner: Any = network.backbone if isinstance(network, Dihedral) else network
    if layer_decay is None:
        return [parameter for parameter in inner.parameters() if parameter.requires_grad]
    # Groups replace what the class would take where the recipe is silent.
    defaults = make_optimizer(model, [torch.nn.Parameter(torch.zeros(1))], entry=entry).defaults
    groups = param_groups_layer_decay(
        inner, weight_decay=defaults.get("weight_decay", 0.0), layer_decay=layer_decay
    )
    return [{**group, "lr": defaults["lr"] * group.pop("lr_scale")} for group in groups]


def _find_class(module: ModuleType, base: type, recipe: Recipe, where: str) -> type:
    known = {
        name: member
        for name, member in vars(module).items()
        if name[0].isupper()
        and isinstance(member, type)
        and issubclass(member, base)
        and member is not base
    }
    if recipe.class_name not in known:
        advice = suggest(recipe.class_name, list(known))
        raise InputError(f"{where}: torch has no class {recipe.class_name!r}: {advice}")
    return known[recipe.class_name]


def _make(make: Callable[[], T], where: str) -> T:
    try:
        return make()
    except (TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise InputError(
            f"{where}: {' '.join(str(error).split())}: correct its arguments"
        ) from error
