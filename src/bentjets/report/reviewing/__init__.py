"""What experts and automatic checks say of the images, as rows of tables."""

from bentjets.report.reviewing.angles import ENOUGH, compare_angles, summarise_angles
from bentjets.report.reviewing.checks import count_flags, shorten_reasons
from bentjets.report.reviewing.experts import (
    count_votes,
    describe_agreement,
    list_ceilings,
    list_objections,
)
from bentjets.report.reviewing.opinions import describe_opinions, list_opinion_ceilings

__all__ = [
    "ENOUGH",
    "compare_angles",
    "count_flags",
    "count_votes",
    "describe_agreement",
    "describe_opinions",
    "list_ceilings",
    "list_objections",
    "list_opinion_ceilings",
    "shorten_reasons",
    "summarise_angles",
]
