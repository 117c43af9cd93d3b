import base64
import contextlib
import io
import resource

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image


@pytest.fixture
def rng():
    return np.random.default_rng(20250525)


@pytest.fixture
def cutout(rng):
    """A cutout as a survey gives it: Jy/beam, a beam, a position, a NaN edge."""
    data = rng.normal(0, 1.5e-4, (30, 40)).astype(np.float32)
    data[14:17, 18:23] += 5e-3
    data[:, 0] = np.nan
    header = fits.Header([("BUNIT", "Jy/beam"), ("BMAJ", 0.0015), ("OBJECT", "J0020+0004")])
    header.add_history("cut out")
    return fits.PrimaryHDU(data, header)


@pytest.fixture
def read_preview():
    """Decode what Kedro-Viz would show, and insist that it is a PNG."""

    def read(preview):
        image = Image.open(io.BytesIO(base64.b64decode(preview, validate=True)))
        image.load()
        assert image.format == "PNG"
        return np.asarray(image)

    return read


@pytest.fixture
def fail_to_finish(monkeypatch):
    """Let the disk fail when a file is already half way there."""

    def fail(_path, _target):
        raise OSError("No space left on device")

    return lambda: monkeypatch.setattr("os.replace", fail)


@pytest.fixture
def files_end_at():
    """Let the system refuse to write a file any further, as a full disk does."""

    @contextlib.contextmanager
    def limit(size):
        before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))

    return limit
