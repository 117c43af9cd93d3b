"""What the made pages have in common: Markdown that says what was meant."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Give a text of the code or of a comment as Markdown that shows it as it is.

    What stands between backticks stays code.
    """
    pieces = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(
        piece if piece.startswith("`") else re.sub(r"([\\*<\[\]$])", r"\\\1", piece)
        for piece in pieces
    )


def code(text: object) -> str:
    """Give a text as inline code."""
    fence = "``" if "`" in str(text) else "`"
    return f"{fence}{text}{fence}"


def anchor(*names: str) -> str:
    """Give the name of a place on a page."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(names).lower()).strip("-")
