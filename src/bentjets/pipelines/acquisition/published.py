"""Batches that others published: whether they are those that were meant."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from bentjets.errors import InputError
from bentjets.learning.data import is_batch_name


def check_batches(
    batches: Mapping[str, bytes], md5: Mapping[str, str], record: str
) -> dict[str, bytes]:
    """Hold unpacked batches against the checksums that are known of them.

    Parameters
    ----------
    batches
        Content of each file.
    md5
        MD5 of files by their names; if a batch is among them, no other batches are taken.
    record
        Where the batches are from, for errors.

    Returns
    -------
    dict
        The batches that were meant.

    Raises
    ------
    InputError
        If one is missing, or another than it was.
    """
    pinned = {name: expected for name, expected in md5.items() if is_batch_name(name)}
    for name, expected in pinned.items():
        if name not in batches:
            raise InputError(f"{record} holds no {name}, of which an MD5 is given: check both")
        found = hashlib.md5(batches[name], usedforsecurity=False).hexdigest()
        if found != expected.removeprefix("md5:").lower():
            raise InputError(
                f"{record}: {name} has MD5 {found}, acquisition.published_md5 says {expected}: the "
                "batch has changed or is damaged, look at it"
            )
    return {name: content for name, content in batches.items() if not pinned or name in pinned}
