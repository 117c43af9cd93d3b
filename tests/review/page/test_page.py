"""The page as an expert uses it, in a real browser with a real server."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from bentjets.datasets.reviews import ReviewsDataset
from bentjets.parameters import CurationSettings
from bentjets.pipelines.curation.nodes import build_manifest, decide_sources, weigh_experts
from review.serving import Options, ServerProcess, make_folder

COLUMNS = "source_id, expert, verdict, reason, morphology, clicks, opening_angle_deg, seconds"
# As the page does after the last vote: nothing is on its way to the server.
ALL_KEPT = "() => !Object.keys(localStorage).some(k => k.includes('outbox'))"
COLOURS_SEEN = """() => {
  const canvas = document.getElementById('image');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 2147483647;
  return sum;
}"""


def votes_in(server):
    with sqlite3.connect(server.votes) as database:
        return database.execute(f"SELECT {COLUMNS} FROM votes ORDER BY sequence").fetchall()


def place_of(page):
    return int(page.get_attribute("#stage", "data-place"))


def press(page, *keys):
    """Press keys that vote or move, each when the next source is there."""
    for key in keys:
        before = place_of(page)
        page.keyboard.press(key)
        page.wait_for_function(
            "before => document.getElementById('stage').dataset.place !== before", arg=str(before)
        )


def wait_until_kept(page):
    page.wait_for_function(ALL_KEPT)


def test_each_key_casts_its_vote(synthetic, open_page):
    page = open_page(synthetic)
    press(page, "a", "b", "s", "c", "u")
    page.keyboard.press("t")
    page.keyboard.type("two sources; 1 < 2")
    press(page, "Enter")
    page.keyboard.press("1")
    assert "You see" in page.inner_text("#panel")
    press(page, "a")
    page.keyboard.press("m")
    page.keyboard.type("X-shaped")
    page.keyboard.press("Enter")
    page.wait_for_selector("#said:has-text('You see X-shaped')")
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


def test_votes_of_a_server_that_is_away_are_kept_and_sent(synthetic, open_page):
    page = open_page(synthetic)
    press(page, "a")
    wait_until_kept(page)
    page.wait_for_load_state("networkidle")
    synthetic.kill()
    press(page, "b", "s")
    page.wait_for_selector("text=2 votes not confirmed yet")
    assert len(votes_in(synthetic)) == 1
    synthetic.start()
    wait_until_kept(page)
    assert [row[3] for row in votes_in(synthetic)] == ["", "bad", "small"]
    assert not page.is_visible("#unsent")


def test_votes_outlive_a_closed_page(synthetic, open_page):
    page = open_page(synthetic)
    page.wait_for_load_state("networkidle")
    synthetic.kill()
    press(page, "b")
    synthetic.start()
    page.reload()
    page.wait_for_selector("#stage[data-place]")
    wait_until_kept(page)
    assert [row[3] for row in votes_in(synthetic)] == ["bad"]


def test_two_windows_of_one_expert_lose_nothing(synthetic, open_page):
    first = open_page(synthetic)
    second = first.context.new_page()
    second.goto(first.url)
    second.wait_for_selector("#stage[data-place]")
    for page in (first, second):
        page.wait_for_load_state("networkidle")
    synthetic.kill()
    press(first, "b")
    press(second, "ArrowRight", "s")
    first.wait_for_selector("text=1 vote not confirmed yet")
    synthetic.start()
    wait_until_kept(first)
    assert sorted(row[3] for row in votes_in(synthetic)) == ["bad", "small"]


def test_a_key_pressed_before_the_image_is_there_votes_on_nothing(synthetic, open_page):
    page = open_page(synthetic)
    held = []

    def hold(route):
        held.append(route)

    page.route("**/api/places/11/image", hold)
    page.keyboard.press("j")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Waiting for the server")
    page.keyboard.press("a")
    page.wait_for_selector("text=is not here yet")
    for route in held:
        route.continue_()
    page.wait_for_selector("#stage[data-place='11']")
    page.keyboard.press("b")
    wait_until_kept(page)
    assert [row[2] for row in votes_in(synthetic)] == ["reject"]


def test_a_key_that_is_held_down_votes_once(synthetic, open_page):
    page = open_page(synthetic)
    before = place_of(page)
    for _ in range(4):
        page.keyboard.down("a")
        page.wait_for_timeout(30)
    page.keyboard.up("a")
    wait_until_kept(page)
    assert place_of(page) == before + 1
    assert len(votes_in(synthetic)) == 1


def test_a_refused_vote_stays_on_the_screen_until_it_is_cast_again(synthetic, open_page):
    page = open_page(synthetic)
    answers = iter([True])

    def refuse_one(route):
        if next(answers, False):
            route.fulfill(status=409, json={"detail": "the image is another one"})
        else:
            route.continue_()

    page.route("**/api/votes", refuse_one)
    place = place_of(page) + 1
    words = f"The vote on place {place} was not kept: the image is another one."
    press(page, "a")
    page.wait_for_selector(f"#refused:has-text('{words}')")
    press(page, "b", "s")
    wait_until_kept(page)
    assert words in page.inner_text("#refused")
    press(page, *["ArrowLeft"] * 3)
    press(page, "a")
    wait_until_kept(page)
    page.wait_for_selector("#refused", state="hidden")
    assert [row[2:4] for row in votes_in(synthetic)] == [
        ("reject", "bad"), ("reject", "small"), ("accept", "")
    ]  # fmt: skip


def test_images_beyond_the_end_of_the_list_load_in_time(tmp_path, open_page):
    folder = make_folder(tmp_path / "many", 240, size_px=40)
    with ServerProcess(folder, Options(repeat_share=0.0)) as server:
        page = open_page(server)
        with page.expect_request("**/api/places/203/image"):
            page.keyboard.press("j")
            page.keyboard.type("198")
            page.keyboard.press("Enter")
        press(page, *["a"] * 5)
        assert place_of(page) == 202


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


def test_two_experts_and_a_server_that_is_killed(real_folder, open_page, curation):
    options = Options(experts=("ann", "bob"), with_tokens=True, repeat_share=0.0)
    with ServerProcess(real_folder, options) as server:
        pages = {expert: open_page(server, expert) for expert in options.experts}
        confirmed = {expert: [] for expert in options.experts}

        def note(expert):
            def take(answer):
                if answer.url.endswith("/api/votes") and answer.status == 201:
                    confirmed[expert].append(answer.request.post_data_json["vote_id"])

            return take

        for expert, page in pages.items():
            page.on("response", note(expert))
        keys = ["a", "b", "a", "a", "s", "c"]
        for number in range(30):
            for shift, page in enumerate(pages.values()):
                if place_of(page) < 29:
                    press(page, keys[(number + shift) % len(keys)])
                else:
                    page.keyboard.press("a")
            if number == 14:
                server.kill()
                time.sleep(0.3)
                server.start()
        for page in pages.values():
            wait_until_kept(page)
            assert not page.mistakes
        with sqlite3.connect(server.votes) as database:
            kept = database.execute("SELECT vote_id, expert, source_id FROM votes").fetchall()
            said = pd.read_sql("SELECT source_id, expert, verdict FROM votes", database)
    ids = [vote_id for vote_id, *_ in kept]
    assert len(ids) == len({*ids}) == 60
    for expert, mine in confirmed.items():
        assert set(mine) <= {vote_id for vote_id, who, _ in kept if who == expert}
        assert len({source for _, who, source in kept if who == expert}) == 30
    _decisions_follow(said, real_folder, server.votes, curation)


def _decisions_follow(
    said: pd.DataFrame, folder: Path, votes: Path, curation: CurationSettings
) -> None:
    """Consensus, kappa and manifest are those of the votes that were cast in the browsers."""
    by_source = said.pivot(index="source_id", columns="expert", values="verdict")
    agreed = {*by_source.index[(by_source == "accept").all(axis=1)]}
    assert 0 < len(agreed) < len(by_source)
    catalogue, quality, log = (
        pd.read_csv(folder / f"{name}.csv") for name in ("catalogue", "quality", "processing_log")
    )
    reviews = ReviewsDataset(filepath=str(votes)).load()
    review = curation.review.model_copy(update={"policy": "unanimous"})
    decisions = decide_sources(quality, reviews, curation.model_copy(update={"review": review}))
    assert {*decisions["source_id"][decisions["accepted"]]} == agreed
    splits = pd.DataFrame({"source_id": sorted(agreed), "batch": 0, "split": "train", "group": 0})
    shapes = quality[["source_id"]]
    manifest = build_manifest(
        catalogue, log, quality, shapes, decisions, splits, {"WAT": "100", "NAT": "200"}
    )
    assert {*manifest["source_id"]} == agreed
    assert {*manifest["reviewers"]} == {"ann;bob"}
    kappa = weigh_experts(quality, reviews, seed=0)["cohen_kappa"]["value"]
    accepts = by_source == "accept"
    assert kappa == pytest.approx(cohen_kappa_score(accepts["ann"], accepts["bob"]))
