"""What the report says of the run that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bentjets.report.wording.summaries import value_text


def describe_run(record: Mapping[str, Any], versions: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Lay the record of a run out for the page.

    Parameters
    ----------
    record : mapping
        What run_record.json holds; what is not known is empty.
    versions : sequence of pairs
        Name and version of the packages that ran.

    Returns
    -------
    dict
        ``rows``, pairs of name and text; ``files``, rows of a name, a path from the page and what
        is in it; and ``parameters``, rows of a dotted name, the value here and that of the default
        environment.
    """
    date = datetime.fromisoformat(record["date"])
    rows = [
        ("Date", f"{date:%Y-%m-%d %H:%M} UTC"),
        ("Command", record["command"]),
        ("Environment", record["environment"]),
        ("Commit of the project", record["commit"]),
        ("Seed", value_text(record["seed"])),
        ("Processor", f"{record['processor']}, {record['cores']} cores"),
        ("GPU", ", ".join(record["gpus"]) or "none used"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in versions)),
        ("Seconds", ", ".join(f"{name} {took:.1f}" for name, took in record["seconds"].items())),
    ]
    return {
        "rows": [(name, text) for name, text in rows if text],
        "files": record["files"],
        "parameters": [
            (name, value_text(here), value_text(default))
            for name, here, default in record["parameters"]
        ],
    }
