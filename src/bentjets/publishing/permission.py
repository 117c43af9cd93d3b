"""Whether a release may be given to the public at all."""

from __future__ import annotations

from bentjets.errors import InputError
from bentjets.learning.release import AUTOMATIC, ReleaseFacts


def check_permission(facts: ReleaseFacts) -> None:
    """Refuse a release that nobody gave leave to publish.

    Parameters
    ----------
    facts : ReleaseFacts
        What the release says of itself.

    Raises
    ------
    InputError
        If the licence of the images, the creators, or the consent of the experts whose votes it
        holds are not stated; it names all that is missing, and where to state it.
    """
    wants_consent = facts.policy != AUTOMATIC or bool(facts.experts)
    missing = [
        words
        for is_missing, words in (
            (
                not facts.licence.strip(),
                f"the licence of the images (acquisition.surveys.{facts.survey}.licence)",
            ),
            (not facts.authors, "who made it (curation.release.creators)"),
            (
                wants_consent and not facts.consent.strip(),
                "what the experts agreed to (curation.release.consent)",
            ),
        )
        if is_missing
    ]
    if missing:
        raise InputError(
            f"the release is not published, because it does not state {' nor '.join(missing)}: "
            "state it in the parameters and run the curation again"
        )
