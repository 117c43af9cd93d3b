"""A stand-in for SkyView, on the server that all stand-ins share."""

from __future__ import annotations

import pytest

SKYVIEW_FORM = """<html><form action="/run"><select name="survey" id="Radio">
<option>VLA FIRST (1.4 GHz)</option><option>NVSS</option></select></form></html>"""


@pytest.fixture
def skyview(stand_in, monkeypatch: pytest.MonkeyPatch):
    """SkyView's form, and a page that lists one FITS file."""
    from astroquery.skyview import SkyViewClass

    stand_in.answer("/form", SKYVIEW_FORM.encode())
    stand_in.answer("/run", b'<html><a href="/image.fits">FITS</a></html>')
    monkeypatch.setattr(SkyViewClass, "URL", f"{stand_in.address}/form")
    return stand_in
