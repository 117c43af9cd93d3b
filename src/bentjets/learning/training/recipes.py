"""Optimisers and schedules of torch, made as the settings of a model say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeVar

import torch

from bentjets.errors import InputError
from bentjets.learning.settings import ModelSettings, Recipe
from bentjets.validation import suggest

T = TypeVar("T")


def make_optimizer(model: ModelSettings, parameters: Iterable[torch.nn.Parameter]) -> Any:
    """Make the optimiser of a model.

    Parameters
    ----------
    model : ModelSettings
        Its `optimizer` is used.
    parameters : iterable of torch.nn.Parameter
        What it optimises.

    Returns
    -------
    torch.optim.Optimizer
        The optimiser.

    Raises
    ------
    InputError
        If torch has no such class, or cannot make it with these arguments.
    """
    recipe, where = model.optimizer, f"model {model.timm_model}: optimizer"
    made = _find_class(torch.optim, torch.optim.Optimizer, recipe, where)
    return _make(lambda: made(parameters, **recipe.arguments), where)


def make_scheduler(model: ModelSettings, optimizer: torch.optim.Optimizer) -> Any:
    """Make the schedule of a model's learning rate.

    Parameters
    ----------
    model : ModelSettings
        Its `scheduler` is used.
    optimizer : torch.optim.Optimizer
        Whose learning rate it changes.

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
    recipe, where = model.scheduler, f"model {model.timm_model}: scheduler"
    module = torch.optim.lr_scheduler
    made = _find_class(module, module.LRScheduler, recipe, where)
    return _make(lambda: made(optimizer, **recipe.arguments), where)


def check_recipes(model: ModelSettings) -> None:
    """Make optimiser and schedule once, for a single number, to see that they can be made.

    Raises
    ------
    InputError
        If they cannot.
    """
    make_scheduler(model, make_optimizer(model, [torch.nn.Parameter(torch.zeros(1))]))


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
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{where}: {' '.join(str(error).split())}: correct its arguments"
        ) from error
