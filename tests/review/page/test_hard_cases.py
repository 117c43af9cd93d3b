"""The page when hands are quick, windows are two, and servers die."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from bentjets.datasets.reviews import ReviewsDataset
from bentjets.parameters import CurationSettings
from bentjets.pipelines.curation.nodes import build_manifest, decide_sources, weigh_experts
from review.browsing import place_of, press, votes_in, wait_until_kept
from review.serving import Options, ServerProcess, make_folder


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
