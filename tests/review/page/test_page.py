"""The page as an expert uses it, in a real browser with a real server."""

from __future__ import annotations

import json

import numpy as np
import pytest

from review.browsing import COLOURS_SEEN, place_of, press, votes_in, wait_until_kept
from review.serving import Options, ServerProcess, make_folder


def test_each_key_casts_its_vote(synthetic, open_page):
    page = open_page(synthetic)
    press(page, "a", "b", "s", "c", "u")
    page.keyboard.press("t")
    page.keyboard.type("two sources; 1 < 2")
    press(page, "Enter")
    page.keyboard.press("1")
    page.wait_for_selector("#panel:has-text('You see')")
    press(page, "a")
    page.keyboard.press("m")
    page.keyboard.type("X-shaped")
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel:has-text('X-shaped')")
    press(page, "b")
    wait_until_kept(page)
    said = [(verdict, reason, seen) for _, _, verdict, reason, seen, *_ in votes_in(synthetic)]
    assert said == [
        ("accept", "", ""), ("reject", "bad", ""), ("reject", "small", ""),
        ("reject", "confused", ""), ("unsure", "", ""), ("reject", "two sources; 1 < 2", ""),
        ("accept", "", "WAT"), ("reject", "bad", "X-shaped"),
    ]  # fmt: skip
    assert len({source for source, *_ in votes_in(synthetic)}) >= 7
    assert "8 of 13" in page.inner_text("#pace")
    assert not page.mistakes


def test_moving_undoing_jumping_filtering(synthetic, open_page):
    page = open_page(synthetic)
    press(page, "a", "b", "ArrowLeft")
    assert place_of(page) == 1
    assert "reject: bad" in page.inner_text("#panel")
    press(page, "ArrowRight")
    page.keyboard.press("z")
    page.wait_for_function("() => document.getElementById('stage').dataset.place === '1'")
    page.wait_for_selector("text=vote taken back")
    wait_until_kept(page)
    assert [row[2] for row in votes_in(synthetic)] == ["accept", "reject", "withdrawn"]
    assert "1 of 13" in page.inner_text("#pace")
    page.keyboard.press("j")
    page.keyboard.type("9")
    press(page, "Enter")
    assert place_of(page) == 8
    page.keyboard.press("f")
    page.wait_for_selector("text=open: 12")
    page.select_option("#filter", "done")
    page.wait_for_function("() => document.getElementById('stage').dataset.place === '0'")
    page.keyboard.press("?")
    assert page.is_visible("text=Mask and Gaussians on and off")
    assert not page.mistakes


def test_stretch_colours_and_cuts_change_what_is_drawn(synthetic, open_page):
    page = open_page(synthetic)
    seen = [page.evaluate(COLOURS_SEEN)]
    for key in ("e", "g", "[", "}", "+"):
        page.keyboard.press(key)
        seen.append(page.evaluate(COLOURS_SEEN))
    box = page.locator("#overlay").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    assert "mJy/beam at 10 0" in page.inner_text("#pointer")
    page.mouse.down(button="right")
    page.mouse.move(middle[0] + 80, middle[1] + 40, steps=3)
    page.mouse.up(button="right")
    seen.append(page.evaluate(COLOURS_SEEN))
    page.mouse.down()
    page.mouse.move(middle[0], middle[1], steps=3)
    page.mouse.up()
    seen.append(page.evaluate(COLOURS_SEEN))
    assert len({*seen}) == len(seen)
    page.keyboard.press("0")
    # Cuts and view are as at first; stretch and colours are those that were chosen.
    assert page.evaluate(COLOURS_SEEN) == seen[2]
    assert not page.mistakes


def test_three_clicks_measure_the_tails(synthetic, open_page):
    page = open_page(synthetic)
    box = page.locator("#overlay").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.press("k")
    for right, up in ((-100, 0), (0, 0), (0, 100)):
        page.mouse.click(middle[0] + right, middle[1] - up)
    press(page, "a")
    page.keyboard.press("k")
    for keys in (["Shift+ArrowLeft"] * 4, ["Shift+ArrowRight"] * 4, ["Shift+ArrowUp"] * 2):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    press(page, "a")
    wait_until_kept(page)
    by_mouse, by_keys = votes_in(synthetic)
    assert by_mouse[6] == pytest.approx(90, abs=0.5)
    assert by_keys[6] == pytest.approx(90, abs=0.01)
    ends = np.array(json.loads(by_keys[5]))
    # East is to the left, and grows to lower columns; north is up, and the file's last row.
    assert (ends - ends[1]).tolist() == [[-20, 0], [0, 0], [0, 10]]
    assert not page.mistakes


def test_nothing_tells_the_class_before_the_vote(synthetic, open_page):
    page = open_page(synthetic)
    blind = page.inner_text("#panel")
    assert "WAT" not in blind
    assert "NAT" not in blind
    assert "small_cnn" not in blind
    press(page, "a")
    page.wait_for_selector("#said:has-text('catalogue')")
    press(page, "ArrowLeft")
    shown = page.inner_text("#panel")
    assert "What others say" in shown
    assert "small_cnn" in shown


def test_words_of_others_are_text(tmp_path, open_page):
    folder = make_folder(tmp_path / "one", 2)
    with ServerProcess(folder, Options(repeat_share=0.0)) as server:
        page = open_page(server)
        names = [page.inner_text("#panel h2")]
        press(page, "ArrowRight" if place_of(page) == 0 else "ArrowLeft")
        names.append(page.inner_text("#panel h2"))
        assert "SYN00001 <b>&amp;" in names
        assert page.query_selector("#panel b") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(synthetic, open_page, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(synthetic, color_scheme=scheme)
    press(page, "b", "ArrowLeft")
    page.wait_for_selector("text=What others say")
    found = axe.run(page).response["violations"]
    page.keyboard.press("?")
    found += axe.run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (820, 1180)])
def test_all_that_is_needed_is_on_the_screen(synthetic, open_page, width, height):
    page = open_page(synthetic, viewport={"width": width, "height": height})
    for selector in ("#stage", "#verdicts", "#moves", "#pace"):
        box = page.locator(selector).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
    assert page.locator("#stage").bounding_box()["height"] > 0.45 * height


def test_in_the_second_round_both_votes_stand_side_by_side(tmp_path, open_page):
    folder = make_folder(tmp_path / "two", 6)
    options = Options(experts=("ann", "bob"), with_tokens=True, repeat_share=0.0, by="catalogue")
    with ServerProcess(folder, options) as server:
        press(ann := open_page(server, "ann"), "a", "a", "a")
        press(bob := open_page(server, "bob"), "a", "c", "a")
        wait_until_kept(ann)
        wait_until_kept(bob)
    options.round_number = 2
    with ServerProcess(folder, options) as server:
        page = open_page(server, "ann")
        said = [text.split() for text in page.locator(".votes > div").all_inner_texts()]
        assert said == [["ann", "accept"], ["bob", "reject:", "confused"]]
        page.keyboard.press("b")
        wait_until_kept(page)
        assert len(votes_in(server)) == 7
