"""Classifications of a crowd, as Panoptes (Zooniverse) exports them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from bentjets.errors import InputError
from bentjets.review.votes.vote import VERDICTS, Vote

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
    task, text is the reason.

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
        answers = [one.get("value") for one in json.loads(row["annotations"])]
        subjects = json.loads(row["subject_data"])
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError("annotations or subject_data are no JSON of Panoptes") from error
    verdict = next((found for answer in answers if (found := _verdict(answer))), None)
    if verdict is None:
        return None
    source_id = next((name for facts in subjects.values() if (name := _name(facts))), None)
    if source_id is None:
        raise InputError("the subject names no source: give it source_id in its metadata")
    words = [answer for answer in answers if isinstance(answer, str) and not _verdict(answer)]
    return Vote(
        vote_id=uuid.uuid5(_NAMESPACE, str(row["classification_id"])).hex,
        source_id=source_id,
        expert=str(row["user_name"]),
        verdict=verdict,
        reason="" if verdict == "accept" or not words else words[0].strip(),
        voted_at=str(row["created_at"]).replace(" UTC", "Z").replace(" ", "T"),
        origin="panoptes",
    )


def _verdict(answer: Any) -> str | None:
    if not isinstance(answer, str) or not answer.split():
        return None
    word = answer.split()[0].strip(".,:;!").lower()
    word = {"yes": "accept", "no": "reject"}.get(word, word)
    return word if word in VERDICTS[:3] else None


def _name(facts: Any) -> str | None:
    return next((str(facts[key]) for key in _NAMES if facts.get(key)), None)
