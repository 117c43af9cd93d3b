"""The gallery in a real browser: choosing, ordering, opening, plotting and copying."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from jinja2 import Environment, PackageLoader

from bentjets.learning.data import RunPlan
from bentjets.learning.evaluation import tabulate_embedding
from bentjets.radio.imaging.thumbnails import outline_path, stretch_asinh, webp_bytes
from bentjets.report.gallery import Thumbnail, describe_gallery, list_links

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sources</title>
<style>{% include "templates/style.css.j2" %}{% include "gallery/gallery.css.j2" %}</style></head>
<body><main><h1>Sources</h1>{% include "gallery/gallery.html.j2" %}</main></body></html>"""
N = 150


def make_sources():
    """Every third source is called wrongly, every tenth has no cutout, the last name is hostile."""
    number = np.arange(N)
    lost, wrong = number % 10 == 9, number % 3 == 0
    table = pd.DataFrame({"source_id": [f"S{one:03d}" for one in number], "ra_deg": number * 1.0})
    table["name"] = ["J" + one for one in table["source_id"]]
    table.loc[N - 1, "name"] = "<img src=x onerror=alert(1)>"
    table["morphology"] = np.where(number % 2, "NAT", "WAT")
    other = table["morphology"].map({"WAT": "NAT", "NAT": "WAT"})
    table["state"] = np.where(lost, "no cutout", "accepted")
    table["net: class"] = np.where(lost, "", np.where(wrong, other, table["morphology"]))
    table["net: probability"] = np.where(lost, np.nan, 0.5 + number / 400)
    table["disagrees"] = np.where(wrong & ~lost, "net", "")
    numbers = ("largest_angular_size_arcsec", "peak_mjy_beam", "snr", "axis_ratio", "curvature")
    tails = ("tail_1_arcsec", "tail_2_arcsec", "angle_against_class", "opening_angle_deg")
    for name in (*numbers, *tails, "opening_angle_error_deg"):
        table[name] = np.where(lost, np.nan, number + 1.0)
    return table.assign(
        dec_deg=20.0, reason="", flags="", seen_as="", second_opinion="", angle_reason="", votes=""
    )


def make_embedding(sources):
    """Of the first hundred sources that have a picture: x falls with their number, y is even."""
    ids = sources.loc[sources["state"] == "accepted", "source_id"].head(100).tolist()
    plan = RunPlan("single", 0, 0, tuple(ids[:60]), tuple(ids[60:80]), tuple(ids[80:]))
    table = tabulate_embedding("net", plan, np.zeros((100, 4)), ids)
    number = np.arange(100.0)
    return table.assign(x=-number, y=number % 2, x_share=0.7, y_share=0.2)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    sources = make_sources()
    image = np.random.default_rng(0).normal(size=(30, 30))
    mask = np.zeros((30, 30), np.uint8)
    mask[10:20, 12:18] = 1
    picture = webp_bytes(stretch_asinh(image))
    thumbnail = Thumbnail(picture, (30, 30), outline_path(mask), [[9, 9], [15, 15], [20, 9]])
    shown = describe_gallery(
        sources,
        dict.fromkeys(sources.loc[sources["state"] == "accepted", "source_id"], thumbnail),
        classes=["WAT", "NAT"],
        links=list_links("skyview", "VLA FIRST (1.4 GHz)"),
        embeddings=[make_embedding(sources)],
    )
    environment = Environment(
        loader=PackageLoader("bentjets.report", "."), autoescape=True, trim_blocks=True
    )
    file = tmp_path_factory.mktemp("gallery") / "report.html"
    file.write_text(environment.from_string(PAGE).render(gallery=shown), encoding="utf-8")
    return file


@pytest.fixture
def page(browser, page_file):
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    mistakes, asked = [], []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.on("console", lambda line: mistakes.append(line.text) if line.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    yield page
    context.close()
    assert mistakes == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def names(page):
    return page.locator(".cards b").all_text_contents()


def tally(page):
    return page.locator("[role=status]").text_content()


def test_sources_appear_as_one_scrolls_in_the_order_of_the_catalogue(page):
    assert tally(page) == f"{N} of {N} sources"
    first = names(page)
    assert 60 <= len(first) < N
    assert first[:2] == ["JS000", "JS001"]
    page.locator(".cards li >> nth=-1").scroll_into_view_if_needed()
    page.wait_for_function(f"document.querySelectorAll('.cards li').length > {len(first)}")


def test_one_can_search_and_choose(page):
    page.fill("[name=text]", "js01 S013")
    assert names(page) == ["JS013"]
    page.fill("[name=text]", "")
    page.select_option("[name=said]", "wrong")
    page.select_option("[name=morphology]", "WAT")
    # Multiples of six; those that end in nine have no cutout, and are odd.
    assert tally(page) == f"{N // 6} of {N} sources"


def test_the_most_confident_errors_come_first(page):
    page.click("[data-preset=errors]")
    assert names(page)[:2] == ["JS147", "JS144"]
    assert page.locator(".cards .against").first.text_content() == "net: WAT 87 %"
    page.click("[data-preset=lost]")
    assert tally(page) == f"{N // 10} of {N} sources"
    page.click("[data-preset=all]")
    assert tally(page) == f"{N} of {N} sources"


def test_sources_without_a_number_come_last_both_ways(page):
    page.select_option("[name=order]", "snr")
    assert names(page)[0] == "JS000"
    page.check("[name=falling]")
    assert names(page)[0] == "JS148"
    page.fill("[name=text]", "js00")
    assert names(page)[-1] == "JS009"


def test_a_source_opens_with_its_picture_all_that_is_known_and_links(page):
    page.click(".cards .open >> nth=3")
    assert page.locator("dialog h3").text_content() == "JS003, NAT"
    assert page.locator("dialog .outline").get_attribute("d") == "M12 10h6v10h-6z"
    links = page.locator("dialog a").evaluate_all("all => all.map(one => one.href)")
    assert links[0].startswith("https://aladin.cds.unistra.fr/AladinLite/?target=3%2020&")
    assert page.locator("dialog .outside").is_hidden()
    page.keyboard.press("Escape")
    page.check("[name=masked]")
    page.uncheck("[name=outline]")
    assert page.locator(".cards .outline").first.is_hidden()
    assert page.locator(".cards .outside").first.is_visible()


def test_a_point_of_the_plot_opens_its_source(page):
    page.click(".plot summary")
    page.select_option("[name=x]", "ra_deg")
    page.select_option("[name=y]", "snr")
    page.fill("[name=text]", "js140")
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    # Both axes reach 3 % beyond the smallest and the largest value; margins are the plot's.
    across, up = (140 / (N - 1) + 0.03) / 1.06, (140 / (N - 2) + 0.03) / 1.06
    x = 58 + across * (box["width"] - 58 - 12)
    y = box["height"] - 40 - up * (box["height"] - 40 - 10)
    canvas.click(position={"x": x, "y": y})
    assert page.locator("dialog h3").text_content() == "JS140, WAT"


def luminance(colour):
    """Relative luminance (WCAG 2) of a colour as a browser names it."""
    parts = np.array([int(one) for one in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_points_stand_out_by_day_and_by_night(page):
    page.click(".plot summary")
    ground = "getComputedStyle(document.body).backgroundColor"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "scheme => matchMedia(`(prefers-color-scheme: ${scheme})`).matches", arg=scheme
        )
        behind = luminance(page.evaluate(ground))
        colours = page.locator(".key i").evaluate_all(
            "all => all.map(one => getComputedStyle(one).backgroundColor)"
        )
        assert len(set(colours)) == 2
        for colour in colours:
            low, high = sorted((luminance(colour), behind))
            # Points are drawn a little transparent: 3 to 1 is what is asked of them.
            assert (high + 0.05) / (low + 0.05) > 3.7


def test_features_are_plotted_and_what_they_are_is_told(page):
    page.click(".plot summary")
    assert page.locator(".about").is_hidden()
    page.check("[name=log_x]")
    page.click("[data-axes]")
    assert page.input_value("[name=x]") == "net: feature axis 1"
    assert page.input_value("[name=y]") == "net: feature axis 2"
    words = page.locator(".about").text_content()
    assert "run single-0-0" in words and "70 % and 20 % of the variance" in words
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    # The hundredth source is the left-most one, and at the top.
    x = 58 + 0.03 / 1.06 * (box["width"] - 58 - 12)
    y = 10 + 0.03 / 1.06 * (box["height"] - 40 - 10)
    canvas.click(position={"x": x, "y": y})
    assert page.locator("dialog h3").text_content() == "JS110, WAT"
    facts = page.locator("dialog table").text_content()
    assert "net: features, source was fortest" in facts
    page.keyboard.press("Escape")
    page.select_option("[name=x]", "snr")
    page.select_option("[name=y]", "snr")
    assert page.locator(".about").is_hidden()


def test_sources_with_a_picture_come_before_those_without(page):
    page.fill("[name=text]", "js00")
    assert names(page) == [f"JS00{one}" for one in range(10)]
    page.check("[name=falling]")
    assert names(page) == [*(f"JS00{one}" for one in range(8, -1, -1)), "JS009"]
    page.uncheck("[name=falling]")
    page.fill("[name=text]", "js0")
    shown = names(page)
    assert len(shown) == 60 and not any(name.endswith("9") for name in shown)


def test_the_chosen_sources_are_copied(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    for place in (1, 2):
        page.check(f".cards input >> nth={place}")
    assert tally(page) == f"{N} of {N} sources, 2 chosen"
    page.click("[data-copy=ds9]")
    regions = page.locator("dialog textarea").input_value().splitlines()
    assert regions[1:] == [
        "fk5",
        'circle(1,20,45.0") # text={JS001 NAT}',
        'circle(2,20,45.0") # text={JS002 WAT}',
    ]
    page.keyboard.press("Escape")
    page.click("[data-copy=csv]")
    table = page.locator("dialog textarea").input_value().splitlines()
    assert len(table) == 3 and table[0].startswith("source_id,ra_deg,name")


def test_a_hostile_name_is_text(page):
    page.fill("[name=text]", "onerror")
    assert names(page) == ["<img src=x onerror=alert(1)>"]
    assert page.locator(".cards img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.emulate_media(color_scheme=scheme)
    page.click(".plot summary")
    found = axe.run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


def test_nothing_is_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.click(".plot summary")
    page.click("[data-axes]")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_without_scripts_there_is_a_table(browser, page_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("noscript tr").count() == N + 1
    assert page.locator("#browser").is_hidden()
    context.close()
