"""Classifications of a crowd, as Panoptes (Zooniverse) exports them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from bentjets.errors import InputError
from bentjets.review.votes.vote import MAX_WORDS, VERDICTS, Vote

_COLUMNS = {"classification_id", "user_name", "created_at", "annotations", "subject_data"}
_NAMESPACE = uuid.UUID("b1c7f7a2-2a0b-4f66-9a55-6d2a0d5b0c9e")
_NAMES = ("source_id", "#source_id", "!source_id", "name", "Name")


def is_panoptes(columns: Collection[str]) -> bool:
    """Tell whether a table has the columns of an export of classifications."""
    return set(columns) >= _COLUMNS


def read_classification(row: Mapping[str, Any]) -> Vote | None:
    """Read a classification as a vote.

    A subject names its source by ``source_id`` or ``name`` in its metadata. The first answer that
    begins with accept, reject or unsure (or yes or no) is the verdict; in the answer to another
    task, text is the reason, of which the first 200 characters are kept.

    Returns
    -------
    Vote or None
        None where no answer is a verdict: the crowd was asked something else.

    Raises
    ------
    InputError
        If the row is damaged or names no source.
    """
    try:
        answers = [one.get("value") for one in _read_json(row, "annotations", list)]
        names = [_name(facts) for facts in _read_json(row, "subject_data", dict).values()]
    except AttributeError as error:
        raise InputError("annotations or subject_data are not as Panoptes writes them") from error
    verdict = next((found for answer in answers if (found := _verdict(answer))), None)
    if verdict is None:
        return None
    source_id = next((name for name in names if name), None)
    if source_id is None:
        raise InputError("the subject names no source: give it source_id in its metadata")
    words = [answer for answer in answers if isinstance(answer, str) and not _verdict(answer)]
    return Vote(
        vote_id=uuid.uuid5(_NAMESPACE, str(row["classification_id"])).hex,
        source_id=source_id,
        expert=_user(row),
        verdict=verdict,
        reason="" if verdict == "accept" or not words else words[0].strip()[:MAX_WORDS],
        voted_at=str(row["created_at"]).replace(" UTC", "Z").replace(" ", "T"),
        origin="panoptes",
    )


def _read_json(row: Mapping[str, Any], column: str, kind: type) -> Any:
    try:
        read = json.loads(row[column])
    except (ValueError, TypeError) as error:
        raise InputError(f"{column} is no JSON: export the classifications again") from error
    if not isinstance(read, kind):
        raise InputError(f"{column} is not as Panoptes writes it")
    return read


def _user(row: Mapping[str, Any]) -> str:
    """Name who classified: a user, or the address or session of one who is not logged in."""
    known = row["user_name"] or row.get("user_ip")
    if not known:
        known = _read_json(row, "metadata", dict).get("session") if row.get("metadata") else None
    if not known:
        raise InputError("nothing tells who classified: user_name, user_ip, session are empty")
    return str(known) if row["user_name"] else f"not-logged-in-{known}"


def _verdict(answer: Any) -> str | None:
    if not isinstance(answer, str) or not answer.split():
        return None
    word = answer.split()[0].strip(".,:;!").lower()
    word = {"yes": "accept", "no": "reject"}.get(word, word)
    return word if word in VERDICTS[:3] else None


def _name(facts: Any) -> str | None:
    return next((str(facts[key]) for key in _NAMES if facts.get(key)), None)
