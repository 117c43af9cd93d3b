"""Figure 3: images, maps over them, and maps that say nothing."""

import io

import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures import draw_attention
from bentjets.learning.evaluation.figures.attention import RIGHT_COLOUR, WRONG_COLOUR
from results import make_attention


def test_networks_asked_about_the_same_sources_share_their_images():
    first = make_attention(("a", "b"))
    figure = draw_attention({"one": first, "two": first})
    figure.savefig(io.BytesIO(), dpi=50)
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == ["image", "one", "two"]
    colours = [axis.title.get_color() for axis in figure.axes[2:4]]
    assert colours == [RIGHT_COLOUR, WRONG_COLOUR]
    assert [axis.get_title() for axis in figure.axes[2:4]] == ["WAT 0.93", "WAT 0.93 ✗"]


def test_networks_asked_about_other_sources_show_theirs():
    tables = {"one": make_attention(("a", "b")), "two": make_attention(("a", "c"))}
    figure = draw_attention(tables)
    rows = [axis.get_ylabel() for axis in figure.axes[::2]]
    assert rows == ["image", "one", "image", "two"]


def test_a_flat_map_says_so_and_shows_nothing():
    figure = draw_attention({"net": make_attention(("a", "b"), flat=("b",))})
    shown, flat = figure.axes[2:4]
    assert (len(shown.images), len(flat.images)) == (2, 1)
    assert not shown.texts and [text.get_text() for text in flat.texts] == ["map is flat"]


def test_a_map_of_what_speaks_against_says_so_in_other_colours():
    figure = draw_attention({"net": make_attention(("a", "b"), against=("b",))})
    heats = [axis.images[1].get_cmap().name for axis in figure.axes[2:4]]
    assert heats == ["inferno", "viridis"]
    assert [text.get_text() for text in figure.axes[3].texts] == ["speaks against"]


def test_north_is_up():
    figure = draw_attention({"net": make_attention(("a", "b"))})
    assert all(image.origin == "lower" for axis in figure.axes for image in axis.images)


def test_an_empty_image_can_be_shown():
    table = make_attention(("a", "b"))
    table["image"] = table["image"].map(lambda pixels: [0.0] * len(pixels))
    draw_attention({"net": table}).savefig(io.BytesIO(), dpi=50)


def test_nothing_to_draw():
    with pytest.raises(InputError, match="no attention to draw"):
        draw_attention({"net": make_attention((), ())})
