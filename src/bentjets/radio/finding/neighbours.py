"""Which islands of a cutout belong to its source, and which to neighbours on the sky."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class DroppedIsland:
    """An island that was taken for a neighbour of the source.

    Parameters
    ----------
    island
        PyBDSF's number of it.
    separation_arcsec
        From the source's position to the nearest pixel of the island.
    gaussians
        Number of Gaussians fitted to it.
    total_flux_jy
        Their summed flux, Jy.
    """

    island: int
    separation_arcsec: float
    gaussians: int
    total_flux_jy: float


def islands_of_source(
    ranks: NDArray[np.integer[Any]],
    gaussians: pd.DataFrame,
    position_px: tuple[float, float],
    link_px: float,
) -> set[int]:
    """Choose the islands of a source: friends of friends of the one at its position.

    The island at the position, or else the nearest within the linking length, is the source's. An
    island one of whose Gaussians has its centre within that length of the centre of a Gaussian of
    the source is the source's too, and so on until no more join.

    Parameters
    ----------
    ranks
        Number of the island of each pixel, -1 outside islands; shape (rows, columns).
    gaussians
        Columns ``island``, ``x_px``, ``y_px``.
    position_px
        Column and row of the source, counted from zero.
    link_px
        The linking length in pixels.

    Returns
    -------
    set of int
        Numbers of the islands; empty where there is none within reach of the position.
    """
    own: set[int] = set()
    distances = _distances(ranks, position_px)
    if not distances or min(distances.values()) > link_px:
        return own
    joining = {min(distances, key=lambda island: distances[island])}
    centres = gaussians[["x_px", "y_px"]].to_numpy()
    islands = gaussians["island"].to_numpy()
    while joining:
        own |= joining
        theirs = centres[np.isin(islands, list(joining))]
        steps = np.hypot(*(centres[:, None, :] - theirs[None, :, :]).transpose(2, 0, 1))
        near = (steps <= link_px).any(axis=1) if len(theirs) else np.zeros(len(islands), bool)
        joining = {int(island) for island in islands[near]} - own
    return own


def list_dropped(
    ranks: NDArray[np.integer[Any]],
    gaussians: pd.DataFrame,
    own: Collection[int],
    position_px: tuple[float, float],
    pixel_scale_arcsec: float,
) -> tuple[DroppedIsland, ...]:
    """Describe the islands that are not among the source's own.

    Parameters
    ----------
    ranks, gaussians, position_px
        As for `islands_of_source`; ``gaussians`` also has ``total_flux_jy``.
    own
        The islands of the source.
    pixel_scale_arcsec
        Side of a pixel, arcsec.
    """
    fluxes = gaussians.groupby("island")["total_flux_jy"].agg(["size", "sum"])
    return tuple(
        DroppedIsland(
            island=island,
            separation_arcsec=distance_px * pixel_scale_arcsec,
            gaussians=int(fluxes["size"].get(island, 0)),
            total_flux_jy=float(fluxes["sum"].get(island, 0.0)),
        )
        for island, distance_px in _distances(ranks, position_px).items()
        if island not in own
    )


def _distances(
    ranks: NDArray[np.integer[Any]], position_px: tuple[float, float]
) -> dict[int, float]:
    """Return the distance from a position to the nearest pixel of each island, in pixels."""
    rows, columns = np.nonzero(ranks >= 0)
    distances = np.hypot(columns - position_px[0], rows - position_px[1])
    islands = ranks[rows, columns]
    return {int(island): float(distances[islands == island].min()) for island in np.unique(islands)}
