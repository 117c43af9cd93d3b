"""What goes into a release besides the manifest: pictures, facts, and what was left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bentjets.files import StoredFile
from bentjets.learning.release import Pictures
from bentjets.radio.cutouts import Cutout
from bentjets.radio.imaging import orient_north_up, orient_wcs

_ARCSEC_PER_DEG = 3600.0
_NOT_MADE = "no image was made of it: see acquisition_log.csv and processing_log.csv"


def read_pictures(
    source_id: str,
    cutouts: Mapping[str, StoredFile],
    images: Mapping[str, StoredFile],
    mask_images: Mapping[str, StoredFile],
    masked_images: Mapping[str, StoredFile],
) -> Pictures:
    """Read the files of one source, with the values of the cutout turned as the pictures are."""
    content = cutouts[source_id].read()
    cutout = Cutout.from_bytes(content)
    beam_deg = cutout.beam_deg
    return Pictures(
        image=images[source_id].read(),
        mask=mask_images[source_id].read(),
        masked_image=masked_images[source_id].read(),
        cutout=orient_north_up(cutout.data, cutout.header).astype(np.float32),
        facts={
            "stretch_min_jy_beam": float(np.nanmin(cutout.data)),
            "stretch_max_jy_beam": float(np.nanmax(cutout.data)),
            "beam_major_arcsec": beam_deg[0] * _ARCSEC_PER_DEG,
            "beam_minor_arcsec": beam_deg[1] * _ARCSEC_PER_DEG,
            "beam_angle_deg": beam_deg[2],
            "frequency_hz": cutout.frequency_hz,
            "pixel_scale_arcsec": cutout.pixel_scale_arcsec,
            "wcs": orient_wcs(cutout.header, cutout.data.shape).to_header_string(),
            "fits_sha256": hashlib.sha256(content).hexdigest(),
        },
    )


def list_rejected_sources(
    catalogue: pd.DataFrame, quality: pd.DataFrame, decisions: pd.DataFrame
) -> pd.DataFrame:
    """List the sources of the catalogue that are not accepted: why, and what was measured."""
    decided = decisions[["source_id", "accepted", "reason", "reviewers"]]
    measured = quality.drop(columns=["accepted", "reason", "image_sha256"])
    known = ["source_id", "name", "ra_deg", "dec_deg", "morphology"]
    every = catalogue[known].merge(decided, on="source_id", how="left")
    lost = every[~every["accepted"].eq(True)].drop(columns="accepted")
    lost = lost.assign(reason=lost["reason"].fillna(_NOT_MADE))
    return lost.merge(measured, on="source_id", how="left").reset_index(drop=True)


def count_leaks(leaks: pd.DataFrame, n_batches: int) -> dict[str, Any]:
    """Count the pairs of each kind that stand in training and test at once."""
    tested = leaks[leaks["other_batch"] == n_batches - 1]
    return {str(kind): int(n) for kind, n in tested["kind"].value_counts().items()}
