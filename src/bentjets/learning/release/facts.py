"""What a release says of itself: title, terms, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from bentjets.learning.data import name_sample

METHOD = (
    "Hossain et al. 2025, RGC-Bent: A Novel Dataset for Bent Radio Galaxy Classification, "
    "arXiv:2505.19249"
)
METHOD_URL = "https://arxiv.org/abs/2505.19249"
SOFTWARE = "The bentjets developers"
AUTOMATIC = "automatic"
NOT_STATED = "not stated"


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """What is known of a release besides its sources.

    Parameters
    ----------
    survey, catalogue : str
        Their names.
    is_simulated : bool
        Whether images and labels are drawn, not observed.
    licence : str
        Terms under which the images may be shared: an SPDX name, or a statement; empty where
        nobody stated them.
    classes : mapping of str to str
        Label code of each class in the batches.
    policy : str
        Who decided on the sources; `automatic` means that no person did.
    agreement : mapping
        What is known of the experts' agreement: ``experts``, ``n_votes``, ``percent_agreement``,
        ``cohen_kappa``, ``fleiss_kappa``.
    leaks : mapping of str to int
        How many pairs of each kind that are not independent stand in training and test.
    version, date_published : str
        Of the release; the date as ISO 8601, given by people: a date of the run would make every
        build differ.
    url : str
        Where the release, or the work behind it, is described.
    creators : tuple of str
        People or organisations; empty where nobody stated them.
    consent : str
        What the experts agreed to; without it they stay unnamed.
    citations : tuple of str
        Sentences that say whom to cite besides, for catalogue, survey and software.
    """

    survey: str
    catalogue: str
    is_simulated: bool
    licence: str
    classes: Mapping[str, str]
    policy: str
    version: str
    date_published: str
    url: str
    agreement: Mapping[str, Any] = field(default_factory=dict)
    leaks: Mapping[str, int] = field(default_factory=dict)
    creators: tuple[str, ...] = ()
    consent: str = ""
    citations: tuple[str, ...] = ()

    @property
    def experts(self) -> tuple[str, ...]:
        """Whose votes are behind the release."""
        return tuple(self.agreement.get("experts") or ())

    @property
    def authors(self) -> tuple[str, ...]:
        """The creators; the software is that of a survey that it drew."""
        return self.creators or ((SOFTWARE,) if self.is_simulated else ())

    @property
    def title(self) -> str:
        """The name of the dataset."""
        what = name_sample(self.classes).capitalize()
        return f"{what}, {'simulated survey' if self.is_simulated else f'survey {self.survey}'}"

    @property
    def citation(self) -> str:
        """How to cite this very release."""
        authors = " and ".join(self.authors) or NOT_STATED
        return (
            f"@misc{{bentjets_release, title = {{{self.title}}}, author = {{{authors}}}, "
            f"year = {{{self.date_published[:4]}}}, version = {{{self.version}}}, "
            f"url = {{{self.url}}}, note = {{Made with bentjets after the method of "
            f"arXiv:2505.19249}}}}"
        )

    def hide_names(self, reviewers: pd.Series) -> pd.Series:
        """Call experts by a number, unless they agreed to be named; the checks have no name."""
        if self.consent:
            return reviewers
        given = {name for cell in reviewers.dropna() for name in str(cell).split(";")}
        people = sorted((given | {*self.experts}) - {AUTOMATIC, ""})
        alias = {name: f"expert {number}" for number, name in enumerate(people, start=1)}
        return reviewers.map(
            lambda cell: ";".join(alias.get(name, name) for name in str(cell).split(";")),
            na_action="ignore",
        )
