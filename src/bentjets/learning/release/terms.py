"""Under which terms a release may be used, and how it is cited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

from bentjets.learning.release.facts import METHOD, METHOD_URL, NOT_STATED, ReleaseFacts

_URL = re.compile(r"https?://[^\s,;)]+")


@dataclass(frozen=True)
class Licence:
    """A licence with a name of its own (SPDX), as the archives call it."""

    spdx: str
    url: str
    hugging_face: str
    zenodo: str


_KNOWN = {
    "CC0-1.0": Licence(
        "CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0", "cc-zero"
    ),
    "CC-BY-4.0": Licence(
        "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0", "cc-by-4.0"
    ),
    "CC-BY-SA-4.0": Licence(
        *("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        *("cc-by-sa-4.0", "cc-by-sa-4.0"),
    ),
}


def find_licence(statement: str) -> Licence | None:
    """Find the licence that a statement names by its SPDX name, and by nothing else."""
    return _KNOWN.get(statement.strip())


def licence_reference(statement: str) -> str:
    """Give the address of a licence; where it has none, the statement of the terms."""
    if (licence := find_licence(statement)) is not None:
        return licence.url
    found = _URL.search(statement)
    return found[0].rstrip(".") if found else statement.strip() or NOT_STATED


def write_licence(facts: ReleaseFacts) -> str:
    """Write the text of the licence, or say plainly what is known of the terms."""
    licence = find_licence(facts.licence)
    if licence is not None:
        text = resources.files(__package__).joinpath("licences", f"{licence.spdx}.txt")
        return text.read_text(encoding="utf-8")
    stated = facts.licence.strip()
    if not stated:
        return (
            f"The terms of the images of the survey {facts.survey} are not stated.\n"
            "Without them, nobody has leave to use, share or change these images.\n"
        )
    return (
        f"Terms of the images, as stated for the survey {facts.survey}:\n\n{stated}\n\n"
        "Nothing beyond these terms is granted: whoever needs more asks the owner of the survey.\n"
    )


def write_citation(facts: ReleaseFacts) -> str:
    """Write CITATION.cff (Citation File Format 1.2.0) of this very release."""
    import yaml  # type: ignore[import-untyped]

    licence = find_licence(facts.licence)
    content = {
        "cff-version": "1.2.0",
        "message": "If you use this dataset, please cite it, the survey, and the method.",
        "type": "dataset",
        "title": facts.title,
        "version": facts.version,
        "date-released": facts.date_published,
        **({"license": licence.spdx} if licence else {}),
        "url": facts.url,
        "authors": [{"name": name} for name in facts.authors or (NOT_STATED,)],
        "references": [
            {
                "type": "article",
                "title": METHOD,
                "authors": [{"name": "Hossain et al."}],
                "year": 2025,
                "url": METHOD_URL,
                "notes": "The method by which the dataset was made.",
            }
        ],
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    return str(text)
