"""Review: votes on images, and what follows from them."""

from bentjets.review.agreement import measure_agreement
from bentjets.review.consensus import AUTOMATIC, Policy, Stale, decide
from bentjets.review.pairs import compare_pairs
from bentjets.review.second_opinions import measure_opinions
from bentjets.review.soft_labels import share_opinions
from bentjets.review.standing import standing_votes

__all__ = [
    "AUTOMATIC",
    "Policy",
    "Stale",
    "compare_pairs",
    "decide",
    "measure_agreement",
    "measure_opinions",
    "share_opinions",
    "standing_votes",
]
