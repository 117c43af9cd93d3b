from __future__ import annotations

import pytest

from bentjets.radio.cutouts import fits_bytes
from curating import Content, Curate


@pytest.fixture
def curate(curation, cutout):
    """Give what splits sources, into so many batches."""

    def make(n_batches: int = 10) -> Curate:
        settings = curation.model_copy(update={"n_batches": n_batches})
        return Curate(settings, Content(fits_bytes(cutout.to_hdu())))

    return make
