"""PyBDSF (Mohan & Rafferty 2015, ascl:1502.007), called so that it is quick and works anywhere.

This is the only module that imports PyBDSF. Nothing here changes what it computes.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import logging
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout

# PyBDSF keeps state in its modules, and so do the output streams that we silence.
_one_at_a_time = threading.Lock()


def process_image(cutout: Cutout, **options: Any) -> Any:
    """Call ``bdsf.process_image`` on a cutout, quietly and without a trace on disk.

    Parameters
    ----------
    cutout
        The image, with its beam and frequency.
    **options
        Further arguments of ``bdsf.process_image``.

    Returns
    -------
    bdsf.image.Image
        PyBDSF's own object; its arrays have x first.

    Raises
    ------
    InputError
        If PyBDSF cannot process the image.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bentjets-") as folder,
        _one_at_a_time,
        _quick_quiet(),
        # What PyBDSF sets at its import, and changes as it goes: every image starts alike.
        np.errstate(divide="raise"),
    ):
        bdsf = _load()
        path = Path(folder) / "cutout.fits"
        cutout.to_hdu().writeto(path)
        try:
            return bdsf.process_image(
                str(path),
                outdir=folder,
                quiet=True,
                beam=cutout.beam_deg,
                frequency=cutout.frequency_hz,
                **options,
            )
        except (RuntimeError, ArithmeticError) as error:
            raise InputError(f"PyBDSF cannot process this image: {error}") from error


@functools.cache
def _load() -> ModuleType:
    import bdsf
    import bdsf.multi_proc

    # PyBDSF forks a child for each image with several islands, even on one core. That costs more
    # than the fit and is forbidden in daemonic processes; a plain loop gives the same numbers.
    bdsf.multi_proc.parallel_map = _serial_map
    # Nothing here reads the residual image.
    bdsf.default_chain = [
        step for step in bdsf.default_chain if type(step).__name__ != "Op_make_residimage"
    ]
    # Some 45 records per image, which Kedro's handler would format.
    logging.getLogger("PyBDSF").propagate = False
    return bdsf


def _serial_map(
    function: Callable[[Any], Any],
    sequence: Iterable[Any],
    numcores: int | None = None,
    bar: object = None,
    weights: object = None,
) -> list[Any]:
    return [function(item) for item in sequence]


@contextlib.contextmanager
def _quick_quiet() -> Iterator[None]:
    """Hush what PyBDSF prints even when quiet, and its garbage collections.

    It collects after each of its 16 steps, which takes most of the time of an image in a process
    with many modules. Python's own collector, at work all the while, is enough. What other threads
    print meanwhile is lost too.
    """
    silence = io.StringIO()
    collect = gc.collect
    gc.collect = lambda generation=2: 0
    try:
        with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            yield
    finally:
        gc.collect = collect
