"""Figure 2: three steps of each source, with bar and beam on the first."""

import numpy as np
import pytest
from matplotlib.patches import Ellipse

from bentjets.radio.imaging import orient_north_up
from bentjets.radio.imaging.figures import MaskingExample, draw_masking
from skies import PIXEL_ARCSEC, make_cutout

STEPS = ("image", "mask", "masked")


def make_example(name="J0001+0001", cutout=None, redshift=None):
    cutout = cutout or make_cutout(size=150)
    image = np.zeros(cutout.data.shape, np.uint8)
    image[2:6, 3:9] = 200
    mask = np.where(image > 0, 255, 0).astype(np.uint8)
    masked = np.where(mask > 0, image, 0).astype(np.uint8)
    return MaskingExample(name, image, mask, masked, cutout.header, redshift)


def test_shows_three_steps_of_each_source_on_one_grey_scale():
    example = make_example("J1")
    figure = draw_masking({"WAT": [example, make_example("J2")], "NAT": [example]})
    panels = figure.axes
    assert len(panels) == 9
    assert [axes.get_title() for axes in panels if axes.get_title()] == ["J1", "J2", "J1"]
    assert [axes.get_xlabel() for axes in panels[3:6]] == list(STEPS)
    assert {axes.images[0].get_clim() for axes in panels} == {(0, 255)}
    assert {axes.images[0].origin for axes in panels} == {"upper"}
    for axes, step in zip(panels[:3], STEPS, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), getattr(example, step))


def test_more_than_two_classes_stand_below_each_other():
    figure = draw_masking({name: [make_example()] for name in "abc"})
    first, second, third = (figure.axes[place].get_position() for place in (0, 3, 6))
    assert first.y0 == pytest.approx(second.y0) and third.x0 == pytest.approx(first.x0)
    assert third.y1 < first.y0
    assert [text.get_text() for text in figure.texts] == ["a", "b", "c"]


def test_only_the_image_has_bar_and_beam():
    image, mask, masked = draw_masking({"WAT": [make_example(redshift=0.1)]}).axes
    assert [text.get_text() for text in image.texts] == ["30″ = 57 kpc"]
    start, end = image.lines[0].get_xdata()
    assert (end - start) * PIXEL_ARCSEC == pytest.approx(30, rel=1e-3)
    assert len(image.patches) == 1 and not (mask.patches or masked.patches)


@pytest.mark.parametrize("rotation_deg", [0, 20, 90, 180])
def test_beam_follows_the_picture_which_has_north_up(rotation_deg):
    cutout = make_cutout(size=150, rotation_deg=rotation_deg)
    image = draw_masking({"WAT": [make_example(cutout=cutout)]}).axes[0]
    (beam,) = (patch for patch in image.patches if isinstance(patch, Ellipse))
    assert beam.width * PIXEL_ARCSEC == pytest.approx(7.2, rel=1e-3)
    # What lies along the beam on the sky, in the file and then in the picture as it was turned.
    line = np.zeros(cutout.data.shape, int)
    angle = np.deg2rad(90 + 30 - rotation_deg)
    middle = (np.array(line.shape) - 1) / 2
    for step in np.linspace(-50, 50, 400):
        row, column = middle + step * np.array([np.sin(angle), np.cos(angle)])
        line[round(row), round(column)] = 1
    rows, columns = np.nonzero(orient_north_up(line, cutout.header))
    slope = np.linalg.svd(np.stack([columns, rows]) - 74.5, full_matrices=False)[0][:, 0]
    turned = np.rad2deg(np.arctan2(slope[1], slope[0]))
    assert (beam.angle - turned + 90) % 180 - 90 == pytest.approx(0, abs=1)
    # Within the picture, whose rows are counted from above.
    assert 0 < beam.center[0] < 30 and 120 < beam.center[1] < 150
