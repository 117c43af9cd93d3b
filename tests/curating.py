"""Catalogues, images and settings with which tests split sources into batches."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from PIL import Image

from bentjets.parameters import CurationSettings
from bentjets.pipelines.curation import nodes

CLASSES = {"WAT": "100", "NAT": "200"}
TABLE_1 = [(39, 25)] * 5 + [(38, 26)] * 4 + [(38, 25)]


@dataclass
class Content:
    """The bytes of a file of a source."""

    content: bytes

    def read(self) -> bytes:
        return self.content


def make_catalogue(morphology: list[str]) -> pd.DataFrame:
    """List sources along a parallel, far from each other."""
    ids = [f"S{number}" for number in range(len(morphology))]
    ra_deg = np.linspace(10, 350, len(ids))
    table = pd.DataFrame({"source_id": ids, "name": ids, "ra_deg": ra_deg, "dec_deg": 20.0})
    return table.assign(morphology=morphology, redshift=0.1)


def draw_pictures(source_ids: Sequence[str]) -> dict[str, np.ndarray]:
    images = np.random.default_rng(1).integers(1, 256, (len(source_ids), 12, 12), dtype=np.uint8)
    return dict(zip(source_ids, images, strict=True))


def as_png(images: Mapping[str, np.ndarray]) -> dict[str, Content]:
    files = {}
    for key, image in images.items():
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, format="PNG")
        files[key] = Content(buffer.getvalue())
    return files


def count_classes(manifest: pd.DataFrame) -> list[tuple[int, int]]:
    counts = pd.crosstab(manifest["batch"], manifest["morphology"])
    return list(zip(counts["WAT"], counts["NAT"], strict=True))


@dataclass
class Curate:
    """Split the accepted sources of a catalogue, and list them in a manifest."""

    curation: CurationSettings
    cutout: Content
    seed: int = 6

    def __call__(self, catalogue, rejected=(), pictures=None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Give splits and leaks; pictures take the place of unrelated ones."""
        decisions = catalogue[["source_id"]].assign(accepted=~catalogue["source_id"].isin(rejected))
        pictures = draw_pictures(catalogue["source_id"]) | (pictures or {})
        cutouts = dict.fromkeys(catalogue["source_id"], self.cutout)
        stream = nodes.make_splits(
            catalogue, decisions, cutouts, as_png(pictures), CLASSES, self.curation, self.seed
        )
        tables = next(stream)
        assert next(stream, None) is None
        return tables

    def set(self, **splits) -> Curate:
        changed = self.curation.splits.model_copy(update=splits)
        return replace(self, curation=self.curation.model_copy(update={"splits": changed}))
