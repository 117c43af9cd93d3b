"""What a dataset owes to others: whom to cite for its sources, its images and its masks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bentjets.parameters.acquisition import AcquisitionSettings

_SOURCE_FINDER = "Source finding: PyBDSF, Mohan & Rafferty 2015, ASCL 1502.007."


def list_citations(acquisition: AcquisitionSettings) -> list[str]:
    """Say whom to cite for what was used, in a sentence each.

    Of the chosen catalogue and survey, what their entries state as ``citation``; where an entry
    of real data states none, that it is to be named. Image sets were not processed here.
    """
    if acquisition.image_set.path is not None:
        cited = acquisition.image_set.citation.rstrip(".")
        return [f"Images: {cited}." if cited else "Name the image set that your files are of."]
    told = [*_data(acquisition)]
    return told if acquisition.published_record else [*told, _SOURCE_FINDER]


def _data(acquisition: AcquisitionSettings) -> Iterator[str]:
    unnamed = []
    for title, kind, entry in (
        ("Catalogue of the sources", "catalogue", acquisition.chosen_catalogue),
        ("Survey of the images", "survey", acquisition.chosen_survey),
        *_opinions(acquisition),
    ):
        if entry.citation:
            yield f"{title}: {entry.citation.rstrip('.')}."
        elif entry.service != "simulated":
            unnamed.append(kind)
    if unnamed:
        # The survey first, as its beam and frequency say more than the list of positions.
        yield f"Name the {' and the '.join(unnamed[::-1])} that your files come from."


def _opinions(acquisition: AcquisitionSettings) -> Iterator[tuple[str, str, Any]]:
    """Give the second opinions, which published batches are not held against."""
    if not acquisition.published_record:
        for entry in acquisition.second_opinions.values():
            yield "Second opinion on the classes", "second opinion", entry
