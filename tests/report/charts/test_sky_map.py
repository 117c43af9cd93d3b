"""The map of the sample: points where sources are, and the footprint where it is."""

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs.utils import skycoord_to_pixel
from matplotlib.collections import PathCollection
from mocpy import MOC

from bentjets.plotting import render_figure
from bentjets.report.charts import draw_sky

CLASSES = ["WAT", "NAT"]


def make_manifest(n=40):
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "morphology": np.array(CLASSES)[np.arange(n) % 3 // 2],
            "ra_deg": rng.uniform(0, 360, n),
            "dec_deg": rng.uniform(-80, 80, n),
        }
    )


def points(axes):
    return {one.get_label(): one for one in axes.collections if isinstance(one, PathCollection)}


def test_each_class_has_its_points_where_they_are_on_the_sky():
    manifest = make_manifest()
    (axes,) = draw_sky(manifest, CLASSES).axes
    drawn = points(axes)
    assert list(drawn) == ["WAT: 27", "NAT: 13"]
    assert drawn["WAT: 27"].get_facecolor().tolist() != drawn["NAT: 13"].get_facecolor().tolist()
    for name, label in (("WAT", "WAT: 27"), ("NAT", "NAT: 13")):
        own = manifest[manifest["morphology"] == name].sort_values("ra_deg")
        offsets = pd.DataFrame(drawn[label].get_offsets()).sort_values(0)
        np.testing.assert_allclose(offsets, own[["ra_deg", "dec_deg"]])


def test_right_ascension_grows_to_the_left_and_all_the_sky_is_seen():
    (axes,) = draw_sky(make_manifest(), CLASSES).axes
    places = SkyCoord([180, 200, 160, 180, 180, 1, 359], [0, 0, 0, 89, -89, 0, 0], unit="deg")
    x, y = skycoord_to_pixel(places, axes.wcs)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert x[0] == pytest.approx((left + right) / 2)
    assert x[1] < x[0] < x[2]
    assert bottom < y[4] < y[0] < y[3] < top
    assert left < x[6] < x[1] and x[2] < x[5] < right


def test_footprint_is_grey_where_it_is():
    region = SkyCoord([120, 240], [10, 50], unit="deg")
    figure = draw_sky(make_manifest(), CLASSES, MOC.from_zone(region, max_depth=6))
    (axes,) = figure.axes
    (area,) = (one for one in axes.collections if not isinstance(one, PathCollection))
    inside = skycoord_to_pixel(SkyCoord([125, 180, 235], [12, 30, 48], unit="deg"), axes.wcs)
    outside = skycoord_to_pixel(SkyCoord([110, 180, 300], [12, 5, 30], unit="deg"), axes.wcs)
    path = area.get_paths()[0]
    assert path.contains_points(np.transpose(inside)).all()
    assert not path.contains_points(np.transpose(outside)).any()
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[0] == "footprint of the survey"


def test_large_samples_are_an_image_within_the_vector_file():
    few = render_figure(draw_sky(make_manifest(200), CLASSES)).pdf
    many = render_figure(draw_sky(make_manifest(20_000), CLASSES)).pdf
    assert b"/Subtype /Image" not in few and b"/Subtype /Image" in many
    assert len(many) < 2_000_000


def test_sources_without_a_position_are_left_out():
    manifest = make_manifest()
    manifest.loc[:9, "ra_deg"] = np.nan
    assert (
        sum(len(one.get_offsets()) for one in points(draw_sky(manifest, CLASSES).axes[0]).values())
        == 30
    )
    for nowhere in (manifest.assign(ra_deg=np.nan), manifest[["morphology"]]):
        figure = draw_sky(nowhere, CLASSES)
        assert "no position" in figure.texts[0].get_text() and not figure.axes
