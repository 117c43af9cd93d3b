"""Pages of experts, and servers of synthetic and of real sources."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from review.serving import ServerProcess, make_folder

N_REAL = 30


@pytest.fixture
def open_page(browser) -> Iterator[Callable[..., object]]:
    """Open the page of an expert in a browser of their own, and wait for the first source."""
    contexts = []

    def open_it(server: ServerProcess, expert: str = "ann", **options: object) -> object:
        context = browser.new_context(**({"viewport": {"width": 1366, "height": 768}} | options))
        contexts.append(context)
        page = context.new_page()
        page.mistakes = []
        page.on("pageerror", lambda error: page.mistakes.append(str(error)))
        page.goto(server.page_url(expert))
        page.wait_for_selector("#stage[data-place]")
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def synthetic(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of a dozen synthetic sources."""
    with ServerProcess(make_folder(tmp_path / "synthetic", 12)) as server:
        yield server


@pytest.fixture
def real_folder(real_first: Path, tmp_path: Path) -> Path:
    """Thirty real cutouts of FIRST, with masks at three times the noise."""
    from bentjets.radio.cutouts import Provenance, normalise_cutout, read_image
    from bentjets.radio.imaging import apply_mask, flip_north_up, png_bytes, scale_to_8bit

    folder = make_folder(tmp_path / "real", 1)
    sources = pd.read_csv(real_first / "catalogue.csv").query("has_cutout == 1")
    sources = sources.drop_duplicates("name").head(N_REAL)
    sources = sources.assign(source_id=sources["name"])
    checked = []
    for row in sources.itertuples():
        image = read_image((real_first / "cutouts" / f"{row.name}.fits").read_bytes())
        cutout = normalise_cutout(
            image,
            provenance=Provenance("folder", "first", row.name, "see shared/first"),
            size_px=150,
            position_deg=(row.ra_deg, row.dec_deg),
            beam_arcsec=(5.4, 5.4, 0.0),
            frequency_hz=1.4e9,
        )
        cutout.to_hdu().writeto(folder / "cutouts" / f"{row.name}.fits")
        mask = (cutout.data > 3 * np.nanstd(cutout.data)).astype(np.uint8)
        fits.PrimaryHDU(mask).writeto(folder / "masks" / f"{row.name}.fits")
        png = png_bytes(flip_north_up(apply_mask(scale_to_8bit(cutout.data), mask)))
        (folder / "masked" / f"{row.name}.png").write_bytes(png)
        checked.append({"source_id": row.name, "image_sha256": hashlib.sha256(png).hexdigest()})
    sources.to_csv(folder / "catalogue.csv", index=False)
    good = {"accepted": True, "reason": "", "flags": ""}
    pd.DataFrame(checked).assign(**good).to_csv(folder / "quality.csv", index=False)
    log = sources[["source_id"]].assign(status="ok", reason="", rms_jy_beam=1.5e-4)
    log.to_csv(folder / "processing_log.csv", index=False)
    return folder
