"""What a run tells whoever started it: what it does, how far it is, and what came of it."""

from bentjets.telling.files import Files
from bentjets.telling.kedro_lines import choose_lines
from bentjets.telling.oddities import tell_oddities
from bentjets.telling.teller import Teller

__all__ = ["Files", "Teller", "choose_lines", "tell_oddities"]
