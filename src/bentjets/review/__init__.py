"""Review: votes on images, and what follows from them."""

from bentjets.review.consensus import AUTOMATIC, POLICIES, automatic_votes, decide

__all__ = ["AUTOMATIC", "POLICIES", "automatic_votes", "decide"]
