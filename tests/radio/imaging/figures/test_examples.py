"""Figure 1: what is drawn, where on the sky, and how big."""

from io import BytesIO

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.cosmology import Planck18
from astropy.wcs import WCS
from matplotlib.patches import Ellipse

from bentjets.plotting import JOURNALS
from bentjets.radio.imaging.figures import Example, draw_examples
from skies import PIXEL_ARCSEC, make_cutout


def skies(figure):
    """Give the panels that show the sky, without colour bars."""
    return [axes for axes in figure.axes if hasattr(axes, "wcs")]


def draw_one(cutout=None, redshift=None):
    (axes,) = skies(draw_examples({"WAT": [Example("one", cutout or make_cutout(), redshift)]}))
    return axes


def beam_of(axes):
    return next(patch for patch in axes.patches if isinstance(patch, Ellipse))


def texts(axes):
    return [text.get_text() for text in axes.texts]


def offset_deg(axes, cutout, shift_px):
    """Give where a pixel lies beside the middle of the cutout: east and north, in arcsec."""
    wcs = WCS(cutout.header)
    middle = (np.array(cutout.data.shape[::-1]) - 1) / 2
    centre = wcs.pixel_to_world(*middle)
    east, north = centre.spherical_offsets_to(wcs.pixel_to_world(*(middle + shift_px)))
    return east.arcsec, north.arcsec


def test_examples_are_a_row_for_each_class_and_never_more_than_four_abreast():
    examples = {
        "WAT": [Example(f"w{number}", make_cutout(number)) for number in range(5)],
        "NAT": [Example("$n$", make_cutout(9))],
    }
    figure = draw_examples(examples)
    panels = skies(figure)
    assert [axes.get_title() for axes in panels] == ["w0", "w1", "w2", "w3", "w4", r"\$n\$"]
    rows = [round(axes.get_position().y0, 3) for axes in panels]
    assert len(set(rows[:4])) == 1 and rows[3] > rows[4] > rows[5]
    assert [text.get_text() for text in figure.texts] == ["WAT", "", "NAT"]
    # Offsets are named below the lowest panel of each column.
    named = [bool(axes._all_coords[1][0].get_axislabel()) for axes in panels]
    assert named == [False, True, True, True, False, True]


@pytest.mark.parametrize("journal", ["aas", "aa"])
def test_is_as_wide_as_the_text_of_the_journal(journal):
    figure = draw_examples({"WAT": [Example("one", make_cutout())]}, journal=JOURNALS[journal])
    assert figure.get_size_inches()[0] == JOURNALS[journal].text_in


def test_scale_bar_has_the_length_that_it_states():
    panel = draw_one()
    (start, end), text = panel.lines[0].get_xdata(), texts(panel)[0]
    # 0.12 of a field of 108 arcsec, rounded.
    assert text == "10″"
    assert (end - start) * PIXEL_ARCSEC == pytest.approx(10, rel=1e-3)
    large = draw_one(make_cutout(size=150))
    assert texts(large) == ["30″"]


def test_scale_bar_states_kpc_where_the_redshift_is_known():
    (text,) = texts(draw_one(make_cutout(size=150), redshift=0.1))
    kpc = 30 / Planck18.arcsec_per_kpc_proper(0.1).value
    assert text == f"30″ = {kpc:.0f} kpc" == "30″ = 57 kpc"


@pytest.mark.parametrize(("rotation_deg", "angle_deg"), [(0, 120), (20, 100), (-35, 155)])
def test_beam_follows_the_sky(rotation_deg, angle_deg):
    # BPA 30 deg: from north (up, 90 deg) towards east (left), so 120 deg from the x axis.
    beam = beam_of(draw_one(make_cutout(rotation_deg=rotation_deg)))
    assert beam.width * PIXEL_ARCSEC == pytest.approx(7.2, rel=1e-3)
    assert beam.height * PIXEL_ARCSEC == pytest.approx(5.4, rel=1e-3)
    assert beam.angle % 180 == pytest.approx(angle_deg, abs=0.1)


def test_no_beam_in_the_header_is_no_beam_in_the_figure():
    panel = draw_one(make_cutout(beam=None))
    assert not any(isinstance(patch, Ellipse) for patch in panel.patches)


def test_axes_count_arcsec_from_the_middle_of_the_cutout():
    cutout = make_cutout(rotation_deg=25)
    axes = draw_one(cutout)
    overlay = axes._all_coords[1]
    place = np.array([[12.0, 7.0]])
    to_sky = overlay._transform
    middle = (np.array(cutout.data.shape[::-1]) - 1) / 2
    found = to_sky.transform(middle + place)[0]
    east, north = offset_deg(axes, cutout, place[0])
    wrapped = [(value + 180) % 360 - 180 for value in found]
    np.testing.assert_allclose(np.array(wrapped) * 3600, [east, north], atol=0.01)
    assert isinstance(WCS(cutout.header).pixel_to_world(0, 0), SkyCoord)


def test_colour_bars_are_in_mjy_per_beam():
    cutout = make_cutout()
    figure = draw_examples({"WAT": [Example("one", cutout), Example("two", make_cutout(1))]})
    panel, bar = figure.axes[:2]
    peak = 1000 * float(cutout.data.max())
    assert panel.images[0].norm.vmax == pytest.approx(peak)
    assert bar.get_ylim()[1] == pytest.approx(peak)
    figure.savefig(BytesIO(), dpi=50)
    labels = [tick.get_text() for tick in bar.get_yticklabels()]
    assert labels[0] == "0" and set(labels[1:]) <= {"0.5", "1", "2", "5", "10", "20"}
    assert [axes.get_ylabel() for axes in figure.axes[1::2]] == ["", "mJy/beam"]


def test_all_panels_show_a_field_of_one_size():
    fine = make_cutout(size=60, scale=0.9)
    figure = draw_examples({"WAT": [Example("coarse", make_cutout()), Example("fine", fine)]})
    fields = [
        np.ptp(axes.get_xlim()) * scale
        for axes, scale in zip(skies(figure), (1.8, 0.9), strict=True)
    ]
    np.testing.assert_allclose(fields, 108, rtol=1e-3)


def test_missing_pixels_and_noise_only_cutouts_are_drawn():
    edge, noise = make_cutout(), make_cutout()
    edge.data[:, :10] = np.nan
    noise.data = np.random.default_rng(3).uniform(-1e-4, 1e-4, (60, 60)).astype(np.float32)
    figure = draw_examples({"WAT": [Example("edge", edge), Example("noise", noise)]})
    figure.savefig(BytesIO(), format="png", dpi=50)


def test_the_first_row_of_a_cutout_is_below():
    assert draw_one().images[0].origin == "lower"
