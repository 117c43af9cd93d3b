"""The README of a release: what is in it, how it was made, under which terms."""

from __future__ import annotations

import pandas as pd

from bentjets.learning.data import name_sample
from bentjets.learning.release.parquet import TABLE

CITATION = (
    "Hossain et al. 2025, RGC-Bent: A Novel Dataset for Bent Radio Galaxy Classification, "
    "arXiv:2505.19249"
)


def write_card(manifest: pd.DataFrame, *, survey: str, licence: str) -> str:
    """Tell in Markdown what the release holds.

    Parameters
    ----------
    manifest : DataFrame
        One row per source; ``morphology`` and ``split`` are counted.
    survey : str
        Name of the survey.
    licence : str
        Terms under which the images may be shared.

    Returns
    -------
    str
        The content of ``README.md``.
    """
    counts = manifest.groupby(["morphology", "split"]).size().unstack(fill_value=0)
    rows = "\n".join(
        f"| {name} | {row.get('train', 0)} | {row.get('test', 0)} |"
        for name, row in counts.iterrows()
    )
    return f"""# {name_sample(counts.index).capitalize()}, survey {survey}

{len(manifest)} sources, one row each in `{TABLE}`: position, morphology, label, batch, measured
properties, and the 8-bit image and masked image as PNG (north up, east left).

| class | train | test |
|---|---|---|
{rows}

Made with bentjets, which implements {CITATION}. Please cite that paper and the survey.

Licence of the images: {licence.strip()}
"""
