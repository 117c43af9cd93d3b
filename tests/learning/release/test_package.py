from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bentjets.errors import InputError
from bentjets.learning.release import Pictures, ReleaseFacts, package_release
from bentjets.learning.release.columns import OF_THE_FILE

FACTS = ReleaseFacts(
    survey="first",
    catalogue="sasmal",
    is_simulated=False,
    licence="Free for scholars.",
    classes={"WAT": "100", "NAT": "200"},
    policy="unanimous",
    version="2.0.0",
    date_published="2026-01-01",
    url="https://example.org/",
    agreement={"experts": ["Ada", "Ben"], "n_votes": 6, "cohen_kappa": {"value": 0.8, "low": 0.7,
               "high": 0.9, "n": 3}},
)  # fmt: skip


@pytest.fixture
def manifest() -> pd.DataFrame:
    table = {
        "source_id": ["J2", "J1", "J3"],
        "ra_deg": [10.5, 20.5, 30.5],
        "dec_deg": [1.0, -2.0, 3.0],
        "morphology": ["WAT", "NAT", "WAT"],
        "label": ["100", "200", "100"],
        "batch": [0, 0, 1],
        "split": ["train", "train", "test"],
        "reviewers": ["Ada;Ben"] * 3,
    }
    return pd.DataFrame(table)


def read(source_id: str) -> Pictures:
    seed = int(source_id[1:])
    values = np.random.default_rng(seed).normal(size=(12, 9)).astype(np.float32)
    buffer = io.BytesIO()
    Image.fromarray((values > 0).astype(np.uint8) * 255).save(buffer, format="PNG")
    facts = dict.fromkeys(OF_THE_FILE, 1.8) | {"wcs": "", "fits_sha256": f"{seed}"}
    return Pictures(*[buffer.getvalue()] * 3, values, facts)


def make(manifest, facts=FACTS, rejected=None) -> dict[str, bytes]:
    """Read each file before the next is asked for, as Kedro saves them."""
    lost = pd.DataFrame({"source_id": ["J9"], "reason": ["size 3.2 arcsec"]})
    files = package_release(
        manifest,
        read,
        batches=[("test_batch", b"pickled")],
        rejected=lost if rejected is None else rejected,
        facts=facts,
    )
    return {
        name: content if isinstance(content, bytes) else b"".join(content)
        for name, content in files
    }


def test_same_input_gives_the_same_bytes(manifest):
    assert make(manifest) == make(manifest)
    assert make(manifest) != make(manifest.assign(ra_deg=1.0))


def test_a_real_survey_is_not_said_to_be_drawn(manifest):
    card = make(manifest)["README.md"].decode()
    assert "Observed: survey first" in card
    assert "2 experts gave 6 votes; the policy was unanimous" in card
    assert "Cohen's kappa: 0.800 (95 % interval 0.700 to 0.900)" in card
    assert "Free for scholars." in card
    assert "1 sources, by the beginning of the reason" in card
    assert "two catalogues agree on WAT and NAT in three of" in card


def test_the_card_names_whom_to_cite_and_nobody_else(manifest):
    others = ("Survey of the images: FIRST, Becker 1995.", "Source finding: PyBDSF.")
    card = make(manifest, replace(FACTS, citations=others))["README.md"].decode()
    assert card.endswith(
        "\n\n- Survey of the images: FIRST, Becker 1995.\n- Source finding: PyBDSF.\n"
    )
    assert "what it was made of" not in make(manifest)["README.md"].decode()


def test_experts_are_named_only_with_their_consent(manifest):
    everything = b"".join(make(manifest).values())
    assert b"Ada" not in everything
    agreed = replace(FACTS, consent="Both agree to be named.")
    release = make(manifest, agreed)
    assert b"Ada;Ben" in b"".join(release.values())
    assert "Both agree to be named." in release["README.md"].decode()


def test_terms_that_nobody_stated_are_said_to_be_missing(manifest):
    licence = make(manifest, replace(FACTS, licence=""))["LICENSE"].decode()
    assert "are not stated" in licence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source_id": ["J1", "J1", "J3"]}, "J1 is listed twice"),
        ({"morphology": ["WAT", "X", "WAT"]}, "J1 is of no declared class"),
        ({"split": ["train", "train", "later"]}, "J3 is in no known split"),
    ],
)
def test_a_wrong_manifest_is_refused(manifest, change, words):
    with pytest.raises(InputError, match=words):
        make(manifest.assign(**change))


def test_what_the_catalogue_calls_an_image_keeps_its_name(manifest):
    release = make(manifest.assign(image=["a.jpg", "b.jpg", "c.jpg"]))
    table = pd.read_parquet(io.BytesIO(release["data/train-00000-of-00001.parquet"]))
    assert table["catalogue_image"].tolist() == ["a.jpg", "b.jpg"]


def test_no_file_is_described_before_it_was_read(manifest):
    files = package_release(manifest, read, batches=[], rejected=pd.DataFrame(), facts=FACTS)
    _, pieces = next(files)
    next(iter(pieces))
    next(files)
    with pytest.raises(RuntimeError, match="is to be read to its end before the next"):
        list(files)
