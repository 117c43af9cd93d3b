"""Pretrained networks in a folder, found again by what they were made of (loads torch inside)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bentjets.files import write_whole

if TYPE_CHECKING:
    from torch import nn

PRETRAINED_WEIGHTS = "weights.safetensors"
PRETRAINED_RECORD = "pretrained.json"
_KEY_DIGITS = 16


def key_of(made_of: Mapping[str, Any]) -> str:
    """Give the name of the folder of a pretrained network: a sha256 of what it is made of.

    Parameters
    ----------
    made_of
        Plain values, as JSON has them; their order does not matter.
    """
    text = json.dumps(made_of, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def find_pretrained(folder: Path, made_of: Mapping[str, Any]) -> Path | None:
    """Find the weights of a network that was made of the same, whole and unchanged.

    Returns
    -------
    Path or None
        The file; None where the network is to be trained.
    """
    home = folder / key_of(made_of)
    try:
        found = json.loads((home / PRETRAINED_RECORD).read_text(encoding="utf-8"))
        if found["made_of"] == made_of and found["weights_sha256"] == _sha256(home):
            return home / PRETRAINED_WEIGHTS
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def save_pretrained(folder: Path, made_of: Mapping[str, Any], network: nn.Module) -> Path:
    """Write the weights, and then what they were made of: what has a record is whole.

    Returns
    -------
    Path
        The file of the weights.
    """
    from safetensors.torch import save_file

    home = folder / key_of(made_of)
    home.mkdir(parents=True, exist_ok=True)
    # One of another session may be read while this one is written.
    part = home / f".{PRETRAINED_WEIGHTS}.{os.getpid()}.part"
    try:
        save_file(
            {name: value.cpu().contiguous() for name, value in network.state_dict().items()}, part
        )
        os.replace(part, home / PRETRAINED_WEIGHTS)
    finally:
        part.unlink(missing_ok=True)
    record = {"made_of": dict(made_of), "weights_sha256": _sha256(home)}
    write_whole(home / PRETRAINED_RECORD, json.dumps(record, indent=2) + "\n")
    return home / PRETRAINED_WEIGHTS


def list_pretrained_files(folder: Path) -> Iterator[Path]:
    """Name the files that may have been written for pretrained networks below their folder."""
    for home in folder.glob("[0-9a-f]" * _KEY_DIGITS):
        for name in (PRETRAINED_WEIGHTS, PRETRAINED_RECORD):
            yield home / name
            yield from home.glob(f".{name}.*part")


def _sha256(home: Path) -> str:
    with (home / PRETRAINED_WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
