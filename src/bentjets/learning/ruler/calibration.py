"""Errors that mean what they say: calibrated on simulated sources of known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVEL = 0.683
"""What an interval of one standard deviation on either side is to hold."""

_SIZES, _SNRS = 3, 2


@dataclass(frozen=True)
class Calibration:
    """By how much the errors of a ruler are to be stretched.

    Parameters
    ----------
    size_edges_beams
        Inner edges of the bins of size, ascending.
    snr_edges
        Inner edges of the bins of signal to noise, for each bin of size.
    factors
        Factor of each bin, shape (sizes, signal to noise).
    """

    size_edges_beams: tuple[float, ...]
    snr_edges: tuple[tuple[float, ...], ...]
    factors: tuple[tuple[float, ...], ...]

    def find_bins(
        self, size_beams: NDArray[np.float64], snr: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Give the bin of each source, by size and by signal to noise."""
        sizes = np.searchsorted(self.size_edges_beams, size_beams)
        edges = np.array(self.snr_edges)
        return sizes, (snr[:, None] > edges[sizes]).sum(axis=1)

    def stretch(
        self,
        errors_deg: NDArray[np.float64],
        size_beams: NDArray[np.float64],
        snr: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Give errors whose interval of one on either side holds the truth in 68.3 %."""
        return np.asarray(errors_deg * np.array(self.factors)[self.find_bins(size_beams, snr)])

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Calibration:
        """Read what `dataclasses.asdict` and JSON made of it."""
        return cls(
            tuple(given["size_edges_beams"]),
            tuple(map(tuple, given["snr_edges"])),
            tuple(map(tuple, given["factors"])),
        )


def calibrate(
    angles_deg: NDArray[np.float64],
    errors_deg: NDArray[np.float64],
    truth_deg: NDArray[np.float64],
    size_beams: NDArray[np.float64],
    snr: NDArray[np.float64],
) -> Calibration:
    """Find the factors: in each bin the quantile of abs(angle - truth) / error.

    That is split conformal prediction (Vovk et al. 2005; Lei et al. 2018, JASA 113, 1094) within
    bins of equal numbers: three of size, two of signal to noise in each.

    Parameters
    ----------
    angles_deg, errors_deg, truth_deg
        Measured, its error, and the truth, shape (n,); what could not be measured is left out.
    size_beams, snr
        By what they are binned.
    """
    known = np.isfinite(angles_deg)
    size_edges = tuple(_inner_quantiles(size_beams[known], _SIZES))
    sizes = np.searchsorted(size_edges, size_beams)
    snr_edges = tuple(
        tuple(_inner_quantiles(snr[known & (sizes == number)], _SNRS)) for number in range(_SIZES)
    )
    empty = Calibration(size_edges, snr_edges, ((1.0,) * _SNRS,) * _SIZES)
    rows, columns = empty.find_bins(size_beams, snr)
    score = np.abs(angles_deg - truth_deg) / np.maximum(errors_deg, 1e-3)
    factors = tuple(
        tuple(
            float(np.quantile(score[known & (rows == row) & (columns == column)], LEVEL))
            for column in range(_SNRS)
        )
        for row in range(_SIZES)
    )
    return Calibration(size_edges, snr_edges, factors)


def tabulate_coverage(
    calibration: Calibration,
    angles_deg: NDArray[np.float64],
    errors_deg: NDArray[np.float64],
    truth_deg: NDArray[np.float64],
    size_beams: NDArray[np.float64],
    snr: NDArray[np.float64],
) -> pd.DataFrame:
    """Judge a ruler on sources that the calibration has not seen, bin by bin.

    Parameters
    ----------
    calibration
        Whose bins and factors are used.
    angles_deg, errors_deg, truth_deg, size_beams, snr
        As for `calibrate`; errors are not stretched yet.

    Returns
    -------
    pandas.DataFrame
        One row per bin: ``size_beams_from``, ``size_beams_to``, ``snr_from``, ``snr_to`` (infinite
        at the outer ends), ``n`` measured sources, ``told`` (share of all that could be measured),
        ``bias_deg`` (median of measured less true), ``scatter_deg`` (1.4826 times the median
        absolute deviation from it), ``error_deg`` (median error), ``coverage``.
    """
    known = np.isfinite(angles_deg)
    rows, columns = calibration.find_bins(size_beams, snr)
    stretched = calibration.stretch(errors_deg, size_beams, snr)
    off = angles_deg - truth_deg
    size_edges = [0.0, *calibration.size_edges_beams, np.inf]
    table = []
    for row in range(len(calibration.factors)):
        snr_edges = [0.0, *calibration.snr_edges[row], np.inf]
        for column in range(len(calibration.factors[row])):
            all_of_it = (rows == row) & (columns == column)
            inside = all_of_it & known
            bias = float(np.median(off[inside])) if inside.any() else np.nan
            table.append(
                {
                    "size_beams_from": size_edges[row],
                    "size_beams_to": size_edges[row + 1],
                    "snr_from": snr_edges[column],
                    "snr_to": snr_edges[column + 1],
                    "n": int(inside.sum()),
                    "told": float(inside.sum() / max(all_of_it.sum(), 1)),
                    "bias_deg": bias,
                    "scatter_deg": float(1.4826 * np.median(np.abs(off[inside] - bias)))
                    if inside.any()
                    else np.nan,
                    "error_deg": float(np.median(stretched[inside])) if inside.any() else np.nan,
                    "coverage": float(np.mean(np.abs(off[inside]) <= stretched[inside]))
                    if inside.any()
                    else np.nan,
                }
            )
    return pd.DataFrame(table)


def _inner_quantiles(values: NDArray[np.float64], parts: int) -> list[float]:
    if values.size == 0:
        return [0.0] * (parts - 1)
    return [float(one) for one in np.quantile(values, np.arange(1, parts) / parts)]
