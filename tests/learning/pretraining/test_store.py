"""Pretrained networks are kept by what they were made of, whole or not at all."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import nn

from bentjets.learning.pretraining import store
from bentjets.learning.pretraining.store import (
    PRETRAINED_RECORD,
    PRETRAINED_WEIGHTS,
    find_pretrained,
    key_of,
    list_pretrained_files,
    save_pretrained,
)

MADE_OF = {"timm_model": "tiny", "seed": 4, "images": {"stretch": ["sqrt"], "crop_px": None}}


@pytest.fixture
def network():
    return nn.Linear(3, 2)


def test_what_is_kept_is_found_by_what_it_was_made_of(tmp_path, network):
    assert find_pretrained(tmp_path, MADE_OF) is None
    kept = save_pretrained(tmp_path, MADE_OF, network)
    assert find_pretrained(tmp_path, dict(reversed(MADE_OF.items()))) == kept
    assert torch.equal(load_file(kept)["weight"], network.weight)
    assert find_pretrained(tmp_path, MADE_OF | {"seed": 5}) is None


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.integers(0, 2) | st.lists(st.booleans(), max_size=2)
    ),
    st.dictionaries(
        st.sampled_from("abc"), st.integers(0, 2) | st.lists(st.booleans(), max_size=2)
    ),
)
def test_keys_are_equal_where_settings_are(one, other):
    as_text = [{name: repr(value) for name, value in each.items()} for each in (one, other)]
    assert (key_of(one) == key_of(other)) == (as_text[0] == as_text[1])


def test_a_killed_run_leaves_nothing_that_is_found(tmp_path, network, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    for name in ("os.replace", "write_whole"):
        with monkeypatch.context() as patch:
            patch.setattr(f"{store.__name__}.{name}", killed)
            with pytest.raises(KeyboardInterrupt):
                save_pretrained(tmp_path, MADE_OF, network)
        assert find_pretrained(tmp_path, MADE_OF) is None
    kept = save_pretrained(tmp_path, MADE_OF, network)
    assert sorted(path.name for path in kept.parent.iterdir()) == sorted(
        [PRETRAINED_RECORD, PRETRAINED_WEIGHTS]
    )


@pytest.mark.parametrize("name", [PRETRAINED_WEIGHTS, PRETRAINED_RECORD])
def test_a_damaged_file_is_made_anew(tmp_path, network, name):
    kept = save_pretrained(tmp_path, MADE_OF, network)
    damaged = kept.with_name(name)
    damaged.write_bytes(damaged.read_bytes()[:-4])
    assert find_pretrained(tmp_path, MADE_OF) is None
    assert find_pretrained(tmp_path, MADE_OF) != save_pretrained(tmp_path, MADE_OF, network)
    assert find_pretrained(tmp_path, MADE_OF) == kept


def test_its_files_are_known_and_others_are_not(tmp_path, network):
    kept = save_pretrained(tmp_path, MADE_OF, network)
    part = kept.with_name(f".{PRETRAINED_WEIGHTS}.12.part")
    for path in (part, kept.with_name("notes.txt"), tmp_path / "mine" / PRETRAINED_WEIGHTS):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert set(list_pretrained_files(tmp_path)) == {kept, kept.with_name(PRETRAINED_RECORD), part}
