"""What the page asks for, and what it is told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from bentjets.radio.cutouts import pixel_position
from review.asking import Client, rows_of
from review.serving import ServerProcess

N_PLACES = 22  # 20 sources, a tenth of them twice


@pytest.fixture(scope="module")
def server(start) -> ServerProcess:
    return start()


@pytest.fixture
def client(server) -> Client:
    return Client(server)


def header_of(server: ServerProcess, source_id: str) -> tuple[np.ndarray, fits.Header]:
    with fits.open(server.folder / "cutouts" / f"{source_id}.fits") as hdus:
        return hdus[0].data.astype("<f4"), hdus[0].header


def test_the_state_tells_where_an_expert_is(client) -> None:
    state = client.get("/api/state")
    assert (state["expert"], state["round"], state["shows"]) == ("ann", 1, False)
    assert state["total"] == N_PLACES
    assert state["classes"] == ["WAT", "NAT"]
    assert state["reasons"] == ["bad", "small", "confused"]


def test_the_pixels_are_those_of_the_fits_file_from_its_first_row(client, server) -> None:
    place = client.get("/api/places/3")
    data, _ = header_of(server, place["source_id"])
    answer = client.ask("GET", "/api/places/3/image")
    shape = (place["height"], place["width"])
    assert np.array_equal(np.frombuffer(answer.body, "<f4").reshape(shape), data)
    mask = np.frombuffer(client.ask("GET", "/api/places/3/mask").body, np.uint8).reshape(shape)
    assert np.array_equal(mask, data > 6e-4)
    png = client.ask("GET", "/api/places/3/masked.png")
    assert png.body == (server.folder / "masked" / f"{place['source_id']}.png").read_bytes()
    assert png.headers["content-type"] == "image/png"


def test_an_image_that_the_browser_has_is_not_sent_again(client) -> None:
    answer = client.ask("GET", "/api/places/3/image")
    assert answer.headers["cache-control"] == "private, max-age=3600"
    again = client.ask(
        "GET", "/api/places/3/image", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status, again.body) == (304, b"")


def test_the_tangent_plane_is_the_sky_of_the_image_to_a_thousandth_of_an_arcsec(
    client, server
) -> None:
    place = client.get("/api/places/5")
    _, header = header_of(server, place["source_id"])
    given, tan = place["wcs"], fits.Header({"RADESYS": "FK5", "EQUINOX": 2000.0})
    for axis, kind in ((1, "RA---TAN"), (2, "DEC--TAN")):
        tan[f"CTYPE{axis}"] = kind
        tan[f"CRPIX{axis}"], tan[f"CRVAL{axis}"] = given[f"crpix{axis}"], given[f"crval{axis}"]
        for other in (1, 2):
            tan[f"CD{axis}_{other}"] = given[f"cd{axis}{other}"]
    corners = [[0, 0, 149, 149, 74], [0, 149, 0, 149, 80]]
    here, there = WCS(tan).pixel_to_world(*corners), WCS(header).pixel_to_world(*corners)
    assert here.separation(there).arcsec.max() < 1e-3


def test_a_source_is_told_with_its_surroundings(client, server) -> None:
    place = client.get("/api/places/2")
    _, header = header_of(server, place["source_id"])
    assert place["position"]["x"] == pytest.approx(74.5, abs=1e-6)
    assert place["beam"] == {"major_arcsec": 5.4, "minor_arcsec": 5.4, "pa_deg": 0.0}
    assert place["pixel_scale_arcsec"] == pytest.approx(1.8)
    assert place["rms_jy_beam"] == 1.5e-4
    gaussians = pd.read_parquet(server.folder / "gaussians.parquet")
    own = gaussians[gaussians["source_id"] == place["source_id"]]
    assert [one["x"] for one in place["gaussians"]] == pytest.approx(own["x_px"].tolist())
    assert place["gaussians"][0]["major_px"] == pytest.approx(5.4 * 1.3 / 1.8)
    catalogue = pd.read_csv(server.folder / "catalogue.csv").set_index("source_id")
    inside = set()
    for other, row in catalogue.drop(place["source_id"]).iterrows():
        x, y = pixel_position(header, (row["ra_deg"], row["dec_deg"]))
        if 0 <= x < 150 and 0 <= y < 150:
            inside.add((other, round(x, 2), round(y, 2)))
    found = {
        (one["source_id"], round(one["x"], 2), round(one["y"], 2)) for one in place["neighbours"]
    }
    assert found == inside


def test_remarks_of_the_checks_come_with_their_number(start) -> None:
    client = Client(start())
    flagged = client.get("/api/places?filter=flagged&count=100")["places"]
    flags = [client.get(f"/api/places/{one['place']}")["flags"] for one in flagged]
    remark = {"name": "neighbour_flux_ratio", "value": 2.5, "limit": 1.0}
    assert flags
    assert all(one == [remark | {"says": "strong neighbour"}] for one in flags)
    assert all(one["flagged"] for one in flagged)


def test_names_are_told_as_they_are(client) -> None:
    names = [client.get(f"/api/places/{place}")["name"] for place in range(N_PLACES)]
    assert "SYN00001 <b>&amp;" in names


def test_a_vote_is_written_with_all_that_is_known_of_it(start) -> None:
    client = Client(start())
    place = client.get("/api/places/4")
    before = client.get("/api/state")
    said = {"verdict": "reject", "reason": "two sources in one", "morphology": "X-shaped"}
    clicks = [[84.5, 74.5], [74.5, 74.5], [74.5, 94.5]]
    answer = client.vote(4, clicks=clicks, seconds=2.25, **said)
    (row,) = rows_of(client.server.votes)
    assert {name: row[name] for name in said} == said
    assert (row["source_id"], row["expert"]) == (place["source_id"], "ann")
    assert (row["round"], row["showing"], row["origin"]) == (1, 1, "page")
    assert row["image_sha256"] == place["image_sha256"]
    assert json.loads(row["clicks"]) == clicks
    assert row["opening_angle_deg"] == pytest.approx(90.0, abs=1e-3)
    assert (row["tail_1_arcsec"], row["tail_2_arcsec"]) == pytest.approx((18.0, 36.0), rel=1e-5)
    assert row["voted_at"].endswith("Z")
    assert (answer["done"], answer["seconds_looked"]) == (before["done"] + 1, 2.25)
    assert answer["vote"] == client.get("/api/places/4")["vote"]
    shown = client.get("/api/places?filter=rejected")
    assert [one["place"] for one in shown["places"]] == [4]


def test_undo_opens_a_place_again_and_keeps_both(start) -> None:
    client = Client(start())
    first = client.get("/api/state")["first_open"]
    client.vote(first, verdict="unsure")
    assert client.get("/api/state")["first_open"] != first
    undone = client.vote(first, verdict="withdrawn")
    assert (undone["vote"], undone["revealed"], undone["done"]) == (None, None, 0)
    assert client.get("/api/state")["first_open"] == first
    assert [row["verdict"] for row in rows_of(client.server.votes)] == ["unsure", "withdrawn"]


def test_a_vote_whose_answer_was_lost_is_confirmed_and_not_written_twice(start) -> None:
    client = Client(start(experts=("ann", "bob"), with_tokens=True))
    vote = client.new_vote(7)
    assert client.ask("POST", "/api/votes", vote).status == 201
    again = client.ask("POST", "/api/votes", vote)
    assert (again.status, again.json()["kept"]) == (409, True)
    # Of another expert, it is no confirmation of anything.
    stolen = Client(client.server, "bob").ask("POST", "/api/votes", vote)
    assert (stolen.status, stolen.json()["kept"]) == (409, False)
    assert len(rows_of(client.server.votes)) == 1


def test_a_vote_on_an_image_that_changed_is_refused_and_an_older_one_shown_as_stale(start) -> None:
    server = start()
    client = Client(server)
    vote, late = client.new_vote(0), client.new_vote(0)
    assert client.ask("POST", "/api/votes", vote).status == 201
    source_id = client.get("/api/places/0")["source_id"]
    path = server.folder / "masked" / f"{source_id}.png"
    path.write_bytes((server.folder / "masked" / "SYN00002.png").read_bytes() + b"\0")
    answer = client.ask("POST", "/api/votes", late)
    assert (answer.status, answer.json()["kept"]) == (409, False)
    assert client.get("/api/places/0")["vote"]["stale"]
    # The same vote again is kept all the same: nobody's word is lost.
    assert client.ask("POST", "/api/votes", vote).json()["kept"]
    assert len(rows_of(server.votes)) == 1


def test_after_sigkill_every_confirmed_vote_is_there_and_the_token_opens_the_page(start) -> None:
    server = start(experts=("ann", "bob"), with_tokens=True)
    client = Client(server, "bob")
    for place in range(5):
        client.vote(place)
    server.kill()
    server.start()
    assert client.ask("GET", "/api/state").status == 401
    client.enter()
    state = client.get("/api/state")
    assert (state["expert"], state["done"], state["first_open"]) == ("bob", 5, 5)
    assert len(rows_of(server.votes)) == 5


def test_votes_of_another_program_are_seen(start) -> None:
    first = Client(start())
    second = Client(start(first.server.folder))
    first.vote(1)
    second.vote(2, verdict="reject", reason="bad")
    for client in (first, second):
        done = client.get("/api/places?filter=done&near=0&count=10")["places"]
        assert [(one["place"], one["verdict"]) for one in done] == [(1, "accept"), (2, "reject")]


def test_the_places_around_one_of_them_are_listed(client) -> None:
    listed = client.get("/api/places?filter=all&near=10&count=6")
    assert [one["place"] for one in listed["places"]] == [7, 8, 9, 10, 11, 12]
    assert listed["total_matching"] == N_PLACES
    last = client.get("/api/places?filter=all&near=99&count=6")
    assert [one["place"] for one in last["places"]] == [16, 17, 18, 19, 20, 21]


def test_the_database_is_one_table_that_others_can_read(start, tmp_path: Path) -> None:
    client = Client(start())
    client.vote(0)
    with sqlite3.connect(client.server.votes) as connection:
        assert connection.execute("SELECT count(*) FROM votes").fetchone() == (1,)
