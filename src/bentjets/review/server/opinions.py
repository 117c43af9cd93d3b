"""What the networks say of the sources, and which of them an expert should see first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_PREFIX = "probability_"
_HALF_TURN_DEG = 180.0


class Opinions:
    """The probabilities of each network, averaged over its folds and seeds.

    Parameters
    ----------
    predictions
        Columns ``model``, ``kind``, ``source_id`` and one ``probability_<class>`` for each class;
        None where no network has been trained.
    source_ids
        The sources, in their order.
    """

    def __init__(self, predictions: pd.DataFrame | None, source_ids: list[str]) -> None:
        self.models: list[str] = []
        self.classes: list[str] = []
        self._probabilities = np.zeros((0, len(source_ids), 0), dtype=np.float32)
        if predictions is None:
            return
        # A baseline is a ruler or a coin, not somebody with an opinion on the image.
        networks = predictions[predictions["kind"] != "baseline"]
        columns = [name for name in predictions.columns if name.startswith(_PREFIX)]
        means = networks.groupby(["model", "source_id"], observed=True)[columns].mean()
        self.models = sorted(networks["model"].unique())
        self.classes = [name.removeprefix(_PREFIX) for name in columns]
        if self.models:
            each = [means.loc[model].reindex(source_ids) for model in self.models]
            self._probabilities = np.stack([one.to_numpy(np.float32) for one in each])

    def of(self, number: int) -> list[dict[str, Any]]:
        """List each network's likeliest class of a source, and its probability."""
        said = []
        for model, probabilities in zip(self.models, self._probabilities[:, number], strict=True):
            if np.isfinite(probabilities).all():
                best = int(probabilities.argmax())
                row = {"model": model, "class": self.classes[best]}
                said.append(row | {"probability": float(probabilities[best])})
        return said

    def disagreement(
        self, labels: Sequence[str], angle_against_class: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Rank the sources by how much label, measured angle and networks disagree.

        Parameters
        ----------
        labels
            The catalogue's classes.
        angle_against_class
            How far the measured angle speaks against the class, deg; 0 where it does not.

        Returns
        -------
        NDArray
            The networks' mean probability of any other class than the label, plus the angle as a
            share of 180 deg: 0 to 2. Where no network was asked, the angle alone counts.
        """
        doubt = np.asarray(angle_against_class, dtype=np.float64) / _HALF_TURN_DEG
        if self.models:
            column = {name: number for number, name in enumerate(self.classes)}
            chosen = np.array([column.get(label, 0) for label in labels])
            likely = np.take_along_axis(self._mean(), chosen[:, None], axis=1)[:, 0]
            doubt += np.where(np.isin(labels, self.classes), np.nan_to_num(1.0 - likely), 0.0)
        return doubt

    def uncertainty(self) -> NDArray[np.float64]:
        """Rank the sources by the entropy of the networks' mean probabilities, in nats."""
        mean = self._mean()
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(mean > 0, -mean * np.log(mean), 0.0)
        return np.where(np.isfinite(mean).all(axis=1), terms.sum(axis=1), -1.0)

    def _mean(self) -> NDArray[np.float64]:
        return np.asarray(self._probabilities.mean(axis=0, dtype=np.float64))
