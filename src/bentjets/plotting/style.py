"""The style, the colours that stand for things, and names that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FILE = "bentjets.mplstyle"
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK, GREY = "#E69F00", "#56B4E9", "#000000", "#8c8c8c"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""In the order of the style file."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_LONGEST_NAME = 18

_Arguments = ParamSpec("_Arguments")


@contextmanager
def in_style() -> Iterator[None]:
    """Set the style, and leave matplotlib's settings as they were."""
    from matplotlib import style

    with as_file(files(__package__).joinpath(_FILE)) as path, style.context(str(path)):
        yield


def styled(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Draw in the style."""

    @wraps(draw)
    def drawn(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        with in_style():
            return draw(*args, **kwargs)

    return drawn


def shorten(name: str, longest: int = _LONGEST_NAME) -> str:
    """Cut a name that would run into its neighbour's; a dollar in it begins no formula."""
    short = name if len(name) <= longest else f"{name[: longest - 1]}…"
    return short.replace("$", r"\$")
