"""Who may ask the server of the review page, and how much."""

from bentjets.review.server.security.guard import Guard, Limits
from bentjets.review.server.security.sessions import Sessions, make_token

__all__ = ["Guard", "Limits", "Sessions", "make_token"]
