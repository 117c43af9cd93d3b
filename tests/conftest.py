"""What tests of every part share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from astropy.io import fits
from hypothesis import settings

from bentjets.engine import EngineSettings
from bentjets.parameters import CurationSettings
from bentjets.radio.cutouts import Cutout, Provenance, normalise_cutout

pytest_plugins = ["services", "browsers"]

PROJECT = Path(__file__).resolve().parents[1]

# A machine with other work is slow, and no test waits on the clock.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def project() -> Path:
    """Root folder of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def curation(project: Path) -> CurationSettings:
    """Settings of the curation as the base environment has them."""
    text = (project / "conf" / "base" / "parameters_curation.yml").read_text()
    return CurationSettings.model_validate(yaml.safe_load(text)["curation"])


@pytest.fixture(scope="session")
def real_first() -> Path:
    """Folder of real FIRST cutouts, which the repository may not hold."""
    folder = PROJECT.parent / "shared" / "first"
    if not folder.is_dir():
        pytest.skip("the real FIRST cutouts (shared/first) are not on this machine")
    return folder


@pytest.fixture
def sky_header() -> fits.Header:
    """Header of a FIRST-like cutout, 150 x 150 pixels around RA 150, Dec 20 deg."""
    return fits.Header(
        {
            "RADESYS": "FK5",
            "EQUINOX": 2000.0,
            "CTYPE1": "RA---TAN",
            "CTYPE2": "DEC--TAN",
            "CRVAL1": 150.0,
            "CRVAL2": 20.0,
            "CRPIX1": 75.5,
            "CRPIX2": 75.5,
            "CDELT1": -0.0005,
            "CDELT2": 0.0005,
            "BUNIT": "JY/BEAM",
            "BMAJ": 0.0015,
            "BMIN": 0.0015,
            "BPA": 0.0,
            "RESTFRQ": 1.4e9,
        }
    )


@pytest.fixture
def sky_image() -> np.ndarray:
    """Noise of 0.15 mJy/beam with one bright, bent source in the middle, float32."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[:150, :150]
    image = rng.normal(0, 1.5e-4, (150, 150))
    for column, row in ((75, 75), (65, 70), (85, 70), (58, 62), (92, 62)):
        image += 8e-3 * np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * 2.2**2))
    return image.astype(np.float32)


@pytest.fixture
def cutout(sky_image: np.ndarray, sky_header: fits.Header) -> Cutout:
    """A normalised cutout of that source."""
    return normalise_cutout(
        fits.PrimaryHDU(sky_image, sky_header),
        provenance=Provenance("folder", "TEST", "test.fits"),
        size_px=150,
    )


@pytest.fixture
def one_process() -> EngineSettings:
    """Settings with which the engine works in this process, and keeps nothing."""
    return EngineSettings(n_jobs=1)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Let torch work with one thread, which is quicker for tiny networks."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data root of a finished run of the whole way in the ``test`` environment."""
    root = tmp_path_factory.mktemp("data")
    kedro(root, "run", "--env", "test")
    return root


def kedro(data_root: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a kedro command as a user would, with everything it makes under one folder."""
    return subprocess.run(
        [sys.executable, "-m", "kedro", *words],
        cwd=PROJECT,
        env=os.environ | {"BENTJETS_DATA": str(data_root), "COLUMNS": "200"},
        check=check,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session", name="kedro")
def kedro_command():
    """Give tests the `kedro` command."""
    return kedro
