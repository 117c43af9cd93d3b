"""A release on its way to an archive, whole, interrupted, and refused."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from archives import TOKEN, serve_archives
from bentjets.errors import InputError, ServiceError
from bentjets.learning.release import ReleaseFacts
from bentjets.publishing import (
    ReleaseFolder,
    check_permission,
    send_to_hugging_face,
    send_to_zenodo,
)
from bentjets.transport import Politeness

FACTS = ReleaseFacts(
    survey="first",
    catalogue="sasmal",
    is_simulated=False,
    licence="CC-BY-4.0",
    classes={"WAT": "100", "NAT": "200"},
    policy="unanimous",
    version="1.0.0",
    date_published="2026-11-25",
    url="https://example.org",
    agreement={"experts": ["ann", "bob"]},
    creators=("Ann",),
    consent="Both agreed in writing.",
)
QUICK = Politeness(attempts=2, backoff_s=0.01, per_second=1000.0)
CONTENTS = {
    "README.md": b"# A card\n",
    "LICENSE": b"free\n",
    "CITATION.cff": b"title: x\n",
    "croissant.json": b"{}\n",
    "data/train-00000.parquet": b"p" * 70_000,
    "data/test-00000.parquet": b"q" * 50_000,
    "batches/data_batch_0": b"b" * 1000,
}


@pytest.fixture
def archives():
    with serve_archives() as served:
        yield served


@pytest.fixture
def release(tmp_path: Path) -> ReleaseFolder:
    folder = tmp_path / "release"
    sums = []
    for name, content in CONTENTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums))
    # What a user laid there is not part of the release.
    (folder / "notes.txt").write_text("mine")
    return ReleaseFolder(folder)


@pytest.fixture(autouse=True)
def _without_xet(monkeypatch) -> None:
    """The hub's own protocol of chunks goes to a service of its own; git LFS goes to the hub."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)


def to_hub(release, archives, **changes):
    asked = {"name": "ann/bent", "token": TOKEN, "url": archives.url} | changes
    return send_to_hugging_face(release, **asked)


def to_zenodo(release, archives, facts=FACTS, **changes):
    asked = {"token": TOKEN, "url": archives.url, "politeness": QUICK} | changes
    return send_to_zenodo(release, facts, **asked)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"licence": " "}, "the licence of the images (acquisition.surveys.first.licence)"),
        ({"creators": ()}, "who made it (curation.release.creators)"),
        ({"consent": ""}, "what the experts agreed to (curation.release.consent)"),
    ],
)
def test_what_nobody_gave_leave_for_is_not_published(changes, words) -> None:
    check_permission(FACTS)
    with pytest.raises(InputError) as refusal:
        check_permission(replace(FACTS, **changes))
    assert words in str(refusal.value)


def test_without_experts_no_consent_is_asked_for() -> None:
    check_permission(replace(FACTS, policy="automatic", agreement={}, consent=""))
    # Votes that do not decide are in the release all the same.
    with pytest.raises(InputError, match="consent"):
        check_permission(replace(FACTS, policy="automatic", consent=""))


def test_a_damaged_release_is_found(release) -> None:
    release.check()
    (release.path / "data/train-00000.parquet").write_bytes(b"p" * 69_999)
    with pytest.raises(InputError, match=r"train-00000\.parquet is damaged or missing"):
        release.check()


def test_the_hub_gets_the_files_of_the_release_and_no_other(release, archives) -> None:
    assert to_hub(release, archives) == f"{archives.url}/datasets/ann/bent"
    held = archives.repositories["ann/bent"]
    assert held["private"]
    assert {one: content for one, content in held["files"].items() if one != "SHA256SUMS"} == (
        CONTENTS
    )
    to_hub(release, archives, name="ann/open", public=True)
    assert not archives.repositories["ann/open"]["private"]


def test_a_broken_upload_goes_on_and_old_files_leave(release, archives, monkeypatch) -> None:
    import huggingface_hub.utils._http as hub_http

    monkeypatch.setattr(hub_http.time, "sleep", lambda _: None)
    archives.breaks_after = 1
    with pytest.raises(ServiceError, match=r"broke off .* what has arrived is kept"):
        to_hub(release, archives)
    assert archives.repositories["ann/bent"]["files"] == {}
    archives.repositories["ann/bent"]["files"]["data/train-00001.parquet"] = b"of the last version"
    archives.breaks_after = None
    to_hub(release, archives)
    assert len(archives.uploads) == len({*archives.uploads}) == 3
    assert {*archives.repositories["ann/bent"]["files"]} == {*CONTENTS, "SHA256SUMS"}


def test_zenodo_gets_one_archive_with_the_card_beside_it(release, archives) -> None:
    assert to_zenodo(release, archives) == f"{archives.url}/deposit/1"
    (deposit,) = archives.deposits
    assert deposit["metadata"]["license"] == "cc-by-4.0"
    assert deposit["metadata"]["creators"] == [{"name": "Ann"}]
    files = archives.files["1"]
    (name,) = [name for name in files if name.endswith(".zip")]
    assert {*files} == {name, "README.md", "LICENSE", "CITATION.cff", "croissant.json"}
    with zipfile.ZipFile(io.BytesIO(files[name])) as packed:
        stem = name.removesuffix(".zip")
        told = {one.removeprefix(f"{stem}/"): packed.read(one) for one in packed.namelist()}
    assert {one: content for one, content in told.items() if one != "SHA256SUMS"} == CONTENTS


def test_a_broken_draft_is_gone_on_with(release, archives) -> None:
    archives.breaks_after = 2
    with pytest.raises(ServiceError, match="failed, 2 times"):
        to_zenodo(release, archives)
    archives.breaks_after = None
    to_zenodo(release, archives)
    assert len(archives.deposits) == 1
    assert len(archives.uploads) == len({*archives.uploads}) == 5
    # Another version is another record.
    to_zenodo(release, archives, replace(FACTS, version="1.1.0"))
    assert len(archives.deposits) == 2


def test_zenodo_wants_a_licence_by_name(release, archives) -> None:
    with pytest.raises(InputError, match="agree on one with the owner"):
        to_zenodo(release, archives, replace(FACTS, licence="as stated by the owner"))
    assert not archives.deposits


@pytest.mark.parametrize("send", [to_hub, to_zenodo])
def test_a_wrong_token_and_a_dead_service_are_told_in_one_line(send, release, archives) -> None:
    with pytest.raises(ServiceError, match="401") as refusal:
        send(release, archives, token="wrong-secret")
    assert "wrong-secret" not in str(refusal.value)
    with pytest.raises(ServiceError, match="check the internet connection"):
        send(release, archives, url="http://127.0.0.1:9")


def test_a_name_that_is_none(release, archives) -> None:
    with pytest.raises(InputError, match="--name a/b/c"):
        to_hub(release, archives, name="a/b/c")
