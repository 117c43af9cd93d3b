"""What experts and automatic checks say of the images, as rows of tables."""

from bentjets.report.reviewing.angles import ENOUGH, compare_angles, summarise_angles
from bentjets.report.reviewing.checks import count_flags, shorten_reasons
from bentjets.report.reviewing.experts import (
    count_votes,
    describe_agreement,
    list_ceilings,
    list_objections,
)

__all__ = [
    "ENOUGH",
    "compare_angles",
    "count_flags",
    "count_votes",
    "describe_agreement",
    "list_ceilings",
    "list_objections",
    "shorten_reasons",
    "summarise_angles",
]
