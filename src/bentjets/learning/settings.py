"""What a user sets of a network and of its training, checked before anything is computed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from bentjets.errors import InputError

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")


@dataclass(frozen=True)
class ModelSettings:
    """A network, where its weights come from, and how they are optimised.

    Parameters
    ----------
    name : str
        The user's name of the model.
    timm_model : str
        Architecture of timm, with or without the tag of its weights.
    weights : str
        "imagenet" (downloaded by timm), "none" (random), or the path of a local
        ``.safetensors`` or ``.pth`` file.
    image_size : int
        Side in pixels of the images that the network sees.
    optimizer : mapping
        `class` of ``torch.optim`` and its arguments.
    scheduler : mapping, optional
        `class` of ``torch.optim.lr_scheduler`` and its arguments; stepped once an epoch.
    """

    name: str
    timm_model: str
    weights: str
    image_size: int
    optimizer: Mapping[str, Any]
    scheduler: Mapping[str, Any] | None = None

    @classmethod
    def from_mapping(cls, name: str, values: Mapping[str, Any]) -> ModelSettings:
        """Check the settings of the model `name`.

        Raises
        ------
        InputError
            If a key is unknown or missing, a value has the wrong type, or timm or torch
            know no such network, optimiser or scheduler.
        """
        where = f"model {name}"
        _check_keys(cls, values, where, given=("name",))
        _check_text(values["timm_model"], f"{where}: timm_model")
        _check_text(values["weights"], f"{where}: weights")
        _check_integer(values["image_size"], f"{where}: image_size", at_least=1)
        _check_timm_model(values["timm_model"], where)
        _check_recipe(values["optimizer"], values.get("scheduler"), where)
        return cls(name=name, **values)


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how networks are trained.

    Parameters
    ----------
    epochs : int
        Most epochs.
    batch_size : int
        Images per step.
    patience : int
        Epochs without a lower validation loss after which training stops.
    precision : {"32-true", "bf16-mixed", "16-mixed"}
        Arithmetic of Lightning's trainer.
    random_orientation : bool
        Turn and mirror each training image at random into one of the eight symmetries of the
        square: the sky has no preferred orientation, so the label stays.
    seed : int
        Seed of the order of the images, their orientation, and dropout.
    """

    epochs: int
    batch_size: int
    patience: int
    precision: str
    random_orientation: bool
    seed: int

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """Check the settings of the training.

        Raises
        ------
        InputError
            If a key is unknown or missing, or a value has the wrong type or range.
        """
        _check_keys(cls, values, "training")
        for key, lowest in (("epochs", 1), ("batch_size", 1), ("patience", 1), ("seed", 0)):
            _check_integer(values[key], f"training: {key}", at_least=lowest)
        if values["precision"] not in PRECISIONS:
            raise InputError(
                f"training: precision is {values['precision']!r}: "
                f"choose one of {', '.join(PRECISIONS)}"
            )
        if not isinstance(values["random_orientation"], bool):
            raise InputError(
                f"training: random_orientation is {values['random_orientation']!r}: "
                "give true or false"
            )
        return cls(**values)


def make_optimizer(recipe: Mapping[str, Any], parameters: Iterable[Any]) -> Any:
    """Make the ``torch.optim`` optimiser that `recipe` names.

    Parameters
    ----------
    recipe : mapping
        `class` and its arguments.
    parameters : iterable of torch.nn.Parameter
        What it optimises.

    Returns
    -------
    torch.optim.Optimizer
        The optimiser.
    """
    import torch

    arguments = dict(recipe)
    return getattr(torch.optim, arguments.pop("class"))(parameters, **arguments)


def make_scheduler(recipe: Mapping[str, Any], optimizer: Any) -> Any:
    """Make the ``torch.optim.lr_scheduler`` schedule that `recipe` names for `optimizer`.

    Parameters
    ----------
    recipe : mapping
        `class` and its arguments.
    optimizer : torch.optim.Optimizer
        Whose learning rate it changes.

    Returns
    -------
    torch.optim.lr_scheduler.LRScheduler
        The schedule.
    """
    import torch

    arguments = dict(recipe)
    return getattr(torch.optim.lr_scheduler, arguments.pop("class"))(optimizer, **arguments)


def _check_keys(
    cls: type, values: Mapping[str, Any], where: str, given: tuple[str, ...] = ()
) -> None:
    if not isinstance(values, Mapping):
        raise InputError(f"{where}: is {values!r}: give a mapping of settings")
    known = [field.name for field in fields(cls) if field.name not in given]
    for key in values:
        if key not in known:
            raise InputError(f"{where}: unknown setting {key!r}{_suggest(str(key), known)}")
    for field in fields(cls):
        if field.name in known and field.name not in values and field.default is MISSING:
            raise InputError(f"{where}: {field.name} is missing: add it to the parameters")


def _check_text(value: Any, what: str) -> None:
    if not isinstance(value, str) or not value:
        raise InputError(f"{what} is {value!r}: give a text")


def _check_integer(value: Any, what: str, at_least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise InputError(f"{what} is {value!r}: give a whole number of at least {at_least}")


def _check_timm_model(name: str, where: str) -> None:
    import timm

    architecture, _, tag = name.partition(".")
    if timm.is_model(architecture) and (not tag or name in timm.list_pretrained(f"{name}*")):
        return
    known = timm.list_pretrained(f"{architecture}.*") or timm.list_models()
    raise InputError(f"{where}: timm has no network {name!r}{_suggest(name, known)}")


def _check_recipe(optimizer: Any, scheduler: Any, where: str) -> None:
    """Make the optimiser and the scheduler once, for a single number, to see that they can be."""
    import torch

    optimizers = _names(torch.optim, torch.optim.Optimizer)
    _check_class(optimizer, optimizers, f"{where}: optimizer")
    parameter = torch.nn.Parameter(torch.zeros(1))
    trial = _make(lambda: make_optimizer(optimizer, [parameter]), f"{where}: optimizer")
    if scheduler is not None:
        schedulers = _names(torch.optim.lr_scheduler, torch.optim.lr_scheduler.LRScheduler)
        _check_class(scheduler, schedulers, f"{where}: scheduler")
        _make(lambda: make_scheduler(scheduler, trial), f"{where}: scheduler")


def _names(module: Any, base: type) -> list[str]:
    members = ((name, member) for name, member in vars(module).items() if name[0].isupper())
    return [
        name
        for name, member in members
        if isinstance(member, type) and issubclass(member, base) and member is not base
    ]


def _check_class(recipe: Any, known: list[str], where: str) -> None:
    if not isinstance(recipe, Mapping) or "class" not in recipe:
        raise InputError(f"{where} is {recipe!r}: give a mapping with class and its arguments")
    if recipe["class"] not in known:
        raise InputError(
            f"{where}: torch has no class {recipe['class']!r}"
            f"{_suggest(str(recipe['class']), known)}"
        )


def _make(make: Callable[[], Any], where: str) -> Any:
    try:
        return make()
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"{where}: {' '.join(str(error).split())}: correct its arguments"
        ) from error


def _suggest(name: str, known: Iterable[str]) -> str:
    """End a message with the names nearest to a wrong one."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or known[:10]
    return f": did you mean {', '.join(near)}?"
