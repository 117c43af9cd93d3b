"""A release as a draft of a record of Zenodo, which a person publishes.

By the REST API of deposits (https://developers.zenodo.org).
"""

from __future__ import annotations

import html
import tempfile
from pathlib import Path
from typing import Any

from bentjets.errors import InputError
from bentjets.learning.release import ReleaseFacts, find_licence
from bentjets.learning.release.facts import METHOD
from bentjets.publishing.release_folder import ReleaseFolder, digest_of
from bentjets.transport import Politeness, PoliteSession

ZENODO = "https://zenodo.org"
SANDBOX = "https://sandbox.zenodo.org"
# Shown beside the archive, so that one can read before one loads.
_BESIDE = ("README.md", "LICENSE", "CITATION.cff", "croissant.json")
# A large file takes long to arrive before anything is answered.
_POLITENESS = Politeness(per_second=1.0, in_flight=1, read_s=600.0, answer_s=600.0)


def send_to_zenodo(
    release: ReleaseFolder,
    facts: ReleaseFacts,
    *,
    token: str,
    url: str = SANDBOX,
    politeness: Politeness = _POLITENESS,
) -> str:
    """Upload a release to a draft; one that an earlier try has begun is gone on with.

    Zenodo knows no folders: the release goes as one ZIP archive, with its card beside it.

    Parameters
    ----------
    release : ReleaseFolder
        The release.
    facts : ReleaseFacts
        What it says of itself.
    token : str
        An access token with the scope ``deposit:write``.
    url : str
        Zenodo, or its sandbox.
    politeness : Politeness
        How the service is asked.

    Returns
    -------
    str
        Address of the draft.

    Raises
    ------
    InputError
        If the licence is none by name.
    ServiceError
        If Zenodo cannot be reached, or refuses.
    """
    metadata = _describe(facts)
    session = PoliteSession(url, politeness)
    session.headers["Authorization"] = f"Bearer {token}"
    try:
        draft = _Draft(session, url, metadata)
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / f"{_slug(facts)}.zip"
            release.pack(archive)
            for path in (archive, *(release.path / name for name in _BESIDE)):
                draft.bring(path)
        return draft.address
    finally:
        session.close()


def _describe(facts: ReleaseFacts) -> dict[str, Any]:
    licence = find_licence(facts.licence)
    if licence is None:
        raise InputError(
            f"Zenodo takes a licence by its name only (CC0-1.0, CC-BY-4.0, CC-BY-SA-4.0), and the "
            f"one of survey {facts.survey} is stated as {facts.licence!r}: agree on one with the "
            "owner of the images"
        )
    about = (
        f"<p>{html.escape(facts.title)}. The archive holds images, masks, values and facts of "
        "every source; README.md says how it was made and what is known to be wrong with it.</p>"
    )
    return {
        "upload_type": "dataset",
        "title": facts.title,
        "version": facts.version,
        "publication_date": facts.date_published,
        "description": about,
        "creators": [{"name": name} for name in facts.authors],
        "access_right": "open",
        "license": licence.zenodo,
        "references": [METHOD],
    }


def _slug(facts: ReleaseFacts) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in facts.title.lower())
    return "-".join([*words.split(), facts.version])


class _Draft:
    """A draft of a record, found by title and version, or begun."""

    def __init__(self, session: PoliteSession, url: str, metadata: dict[str, Any]) -> None:
        self._session = session
        deposits = f"{url}/api/deposit/depositions"
        found = self._ask("GET", deposits, params={"status": "draft", "size": "100"})
        wanted = (metadata["title"], metadata["version"])
        mine = [
            one
            for one in found
            if not one["submitted"]
            and (one["metadata"].get("title"), one["metadata"].get("version")) == wanted
        ]
        if mine:
            self._facts = mine[0]
        else:
            self._facts = self._ask("POST", deposits, json={"metadata": metadata})
        own = f"{deposits}/{self._facts['id']}"
        self._ask("PUT", own, json={"metadata": metadata})
        files = self._ask("GET", f"{own}/files")
        self._there = {one["filename"]: one["checksum"].removeprefix("md5:") for one in files}

    @property
    def address(self) -> str:
        """Where a person looks at it."""
        return str(self._facts["links"]["html"])

    def bring(self, path: Path) -> None:
        """Send a file, unless it is there."""
        if self._there.get(path.name) != digest_of(path, "md5"):
            self._ask("PUT", f"{self._facts['links']['bucket']}/{path.name}", path=path)

    def _ask(self, method: str, url: str, path: Path | None = None, **options: Any) -> Any:
        def ask() -> Any:
            if path is None:
                answer = self._session.request(method, url, **options)
            else:
                with path.open("rb") as content:
                    answer = self._session.request(method, url, data=content)
            answer.raise_for_status()
            return answer.json()

        return self._session.retry(ask)
