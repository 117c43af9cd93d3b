"""From one image set to another: what two share, which class is which, and how far it carries."""

from bentjets.learning.across.ledger import KINDS, relate_sets
from bentjets.learning.across.mapping import map_onto
from bentjets.learning.across.matrix import measure_across
from bentjets.learning.across.views import VIEWS, examine_views, turn_image

__all__ = [
    "KINDS",
    "VIEWS",
    "examine_views",
    "map_onto",
    "measure_across",
    "relate_sets",
    "turn_image",
]
