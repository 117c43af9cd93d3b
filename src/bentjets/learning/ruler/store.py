"""A trained ruler in a folder: weights, and what they were made of (loads torch)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from bentjets.errors import InputError
from bentjets.learning.ruler.network import RulerNetwork

WEIGHTS_FILE = "ruler.safetensors"
RECORD_FILE = "ruler.json"


def save_ruler(folder: Path, network: RulerNetwork, record: Mapping[str, Any]) -> None:
    """Write weights and record; the record last, so that what has one is whole."""
    (folder / RECORD_FILE).unlink(missing_ok=True)
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / WEIGHTS_FILE)
    text = json.dumps(record, indent=2) + "\n"
    part = folder / f".{RECORD_FILE}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / RECORD_FILE)


def load_ruler(folder: Path, record: Mapping[str, Any]) -> RulerNetwork | None:
    """Load a ruler that was made of the same.

    Returns
    -------
    RulerNetwork or None
        None where there is none, or one that was made of something else.

    Raises
    ------
    InputError
        If the weights are damaged.
    """
    path = folder / RECORD_FILE
    if not path.is_file() or json.loads(path.read_text(encoding="utf-8")) != record:
        return None
    network = RulerNetwork()
    try:
        network.load_state_dict(load_file(folder / WEIGHTS_FILE))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"{folder / WEIGHTS_FILE} is damaged: delete the folder, and the ruler is trained anew"
        ) from error
    return network.eval()
