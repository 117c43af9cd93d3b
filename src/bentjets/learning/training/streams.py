"""Seeds: every network, fold and epoch draws from a stream of its own."""

from __future__ import annotations

import hashlib

_BITS = 63


def stream_seed(*names: object) -> int:
    """Give the seed of the stream with these names: the same on every machine.

    Parameters
    ----------
    *names
        What tells the stream apart, such as the model, the seed and the epoch.

    Returns
    -------
    int
        0 to 2**63 - 1.
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> (64 - _BITS)
