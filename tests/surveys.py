"""Settings of surveys to test with, and what asks the stand-in of the public services for them."""

from __future__ import annotations

from bentjets.radio.cutouts import Cutout
from bentjets.radio.surveys import Fetched
from bentjets.transport import Politeness

SOURCE = {"source_id": "J1+1", "name": "J1+1", "ra_deg": 150.0, "dec_deg": 20.0}
FIRST = {
    "service": "skyview",
    "survey": "VLA FIRST (1.4 GHz)",
    "size_px": 150,
    "pixel_scale_arcsec": 1.8,
    "beam_arcsec": [
        {"from_dec_deg": 4.5558, "beam": [5.4, 5.4, 0.0]},
        {"from_dec_deg": -90, "beam": [6.8, 5.4, 0.0]},
    ],
    "frequency_hz": 1.4e9,
    "licence": "scholarly use",
}
LOTSS = {
    "service": "hips2fits",
    "survey": "astron.nl/P/lotss_dr2_high",
    "size_px": 100,
    "pixel_scale_arcsec": 15,
    "beam_arcsec": [45, 45, 0],
    "frequency_hz": 1.4e9,
}
QUICK = Politeness(per_second=1000, read_s=0.5, answer_s=1, attempts=3, backoff_s=0.01)


def read(fetched: Fetched) -> Cutout:
    """Read the cutout that was fetched."""
    return Cutout.from_bytes(fetched.file)
