"""Figures of radio sources: what is drawn, where, and how big."""

from io import BytesIO

import numpy as np
import pytest
from astropy.io import fits
from matplotlib.patches import Ellipse

from bentjets.radio.imaging.figures import MaskingExample, draw_examples, draw_masking

PIXEL_ARCSEC = 1.8


def make_cutout(seed=0, *, beam=(7.2, 5.4, 30.0), rotation_deg=0.0, size=60):
    noise = np.random.default_rng(seed).normal(0, 1.5e-4, (size, size))
    y, x = np.mgrid[:size, :size]
    data = noise + 0.02 * np.exp(-((x - 40) ** 2 + (y - 15) ** 2) / 18)
    header = fits.Header()
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
    header["CRPIX1"] = header["CRPIX2"] = size / 2
    header["CRVAL1"], header["CRVAL2"] = 180.0, 30.0
    header["CDELT1"], header["CDELT2"] = -PIXEL_ARCSEC / 3600, PIXEL_ARCSEC / 3600
    cos, sin = np.cos(np.deg2rad(rotation_deg)), np.sin(np.deg2rad(rotation_deg))
    header["PC1_1"], header["PC1_2"], header["PC2_1"], header["PC2_2"] = cos, -sin, sin, cos
    if beam:
        header["BMAJ"], header["BMIN"], header["BPA"] = beam[0] / 3600, beam[1] / 3600, beam[2]
    return fits.PrimaryHDU(data.astype(np.float32), header)


def make_masking_example(name="J0001+0001"):
    image = np.zeros((30, 30), np.uint8)
    image[2:6, 3:9] = 200
    mask = np.where(image > 0, 255, 0).astype(np.uint8)
    return MaskingExample(name, image, mask, np.where(mask > 0, image, 0).astype(np.uint8))


def shown(figure):
    return [axes for axes in figure.get_axes() if axes.get_visible()]


def beam_of(axes):
    return next(patch for patch in axes.patches if isinstance(patch, Ellipse))


def texts(axes):
    return [axes.get_title(), *(text.get_text() for text in axes.texts)]


def test_examples_are_one_row_per_class_with_names_and_peaks():
    figure = draw_examples(
        {
            "WAT": [("one", make_cutout()), ("two", make_cutout(1))],
            "NAT": [("three", make_cutout(2))],
        }
    )
    panels = shown(figure)
    assert [axes.get_title() for axes in panels] == ["one", "two", "three"]
    assert [axes.get_ylabel() for axes in panels] == ["WAT", "", "NAT"]
    assert any("mJy/beam" in text for text in texts(panels[0]))


def test_scale_bar_is_30_arcsec_long():
    panel = shown(draw_examples({"WAT": [("one", make_cutout())]}))[0]
    start, end = panel.lines[0].get_xdata()
    assert (end - start) * PIXEL_ARCSEC == pytest.approx(30, rel=1e-3)
    assert "30″" in texts(panel)


@pytest.mark.parametrize(("rotation_deg", "angle_deg"), [(0, 120), (20, 100), (-35, 155)])
def test_beam_follows_the_sky(rotation_deg, angle_deg):
    # BPA 30 deg: from north (up, 90 deg) towards east (left), so 120 deg from the x axis.
    cutout = make_cutout(rotation_deg=rotation_deg)
    beam = beam_of(shown(draw_examples({"WAT": [("one", cutout)]}))[0])
    assert beam.width * PIXEL_ARCSEC == pytest.approx(7.2, rel=1e-3)
    assert beam.height * PIXEL_ARCSEC == pytest.approx(5.4, rel=1e-3)
    assert beam.angle % 180 == pytest.approx(angle_deg, abs=0.1)


def test_no_beam_in_the_header_is_no_beam_in_the_figure():
    panel = shown(draw_examples({"WAT": [("one", make_cutout(beam=None))]}))[0]
    assert not any(isinstance(patch, Ellipse) for patch in panel.patches)


def test_missing_pixels_and_noise_only_cutouts_are_drawn():
    edge, noise = make_cutout(), make_cutout()
    edge.data[:, :10] = np.nan
    noise.data = np.random.default_rng(3).uniform(-1e-4, 1e-4, (60, 60)).astype(np.float32)
    figure = draw_examples({"WAT": [("edge", edge), ("noise", noise)]})
    figure.savefig(BytesIO(), format="png")


def test_north_is_at_the_top_of_cutouts_and_row_0_at_the_top_of_images():
    assert shown(draw_examples({"WAT": [("one", make_cutout())]}))[0].images[0].origin == "lower"
    figure = draw_masking({"WAT": [make_masking_example()]})
    assert {axes.images[0].origin for axes in shown(figure)} == {"upper"}


def test_masking_shows_three_steps_of_each_source_on_one_grey_scale():
    example = make_masking_example("J1")
    figure = draw_masking({"WAT": [example, make_masking_example("J2")], "NAT": [example]})
    panels = shown(figure)
    assert len(panels) == 9
    assert [axes.get_title() for axes in panels if axes.get_title()] == ["J1", "J2", "J1"]
    assert [axes.get_xlabel() for axes in panels[3:6]] == ["image", "mask", "masked"]
    assert {axes.images[0].get_clim() for axes in panels} == {(0, 255)}
    for axes, step in zip(panels[:3], ("image", "mask", "masked"), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), getattr(example, step))
