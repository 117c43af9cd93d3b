"""Figures as files: of final size, for a journal, and the same every time."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from bentjets.plotting import JOURNALS, PNG_DPI, new_panels, render_figure, styled
from skies import count_pages, font_kinds, page_size_in


@styled
def draw(journal, n_panels=2):
    figure, panels = new_panels(n_panels, 1.5, journal)
    panels[0].plot([0, 1], [0, 1])
    panels[0].set(title="ΔDec (″) ✗ Ω", xscale="log", xlabel="flux")
    figure.add_axes((0.8, 0.8, 0.1, 0.1)).imshow(np.eye(20))
    return figure


@pytest.mark.parametrize(
    ("name", "n_panels", "width_mm"),
    [("aas", 1, 88.9), ("aas", 2, 180.3), ("aa", 1, 88.0), ("aa", 4, 180.0)],
)
def test_is_as_wide_as_the_journal_prints_it(name, n_panels, width_mm):
    files = render_figure(draw(JOURNALS[name], n_panels))
    assert 25.4 * page_size_in(files.pdf)[0] == pytest.approx(width_mm, abs=0.1)
    with Image.open(BytesIO(files.png)) as image:
        assert 25.4 * image.width / PNG_DPI == pytest.approx(width_mm, abs=0.2)
        assert image.getpixel((0, 0))[:3] == (255, 255, 255)


def test_pdf_is_one_page_with_embedded_truetype_fonts():
    pdf = render_figure(draw(JOURNALS["aas"])).pdf
    assert count_pages(pdf) == 1
    assert font_kinds(pdf) == {b"Type0", b"CIDFontType2"}
    assert b"/FontFile2" in pdf


def test_the_same_figure_gives_the_same_bytes():
    one, two = (render_figure(draw(JOURNALS["aas"])) for _ in range(2))
    assert one == two
    assert b"CreationDate" not in one.pdf
