"""Source finding: background (Eq. 1), islands and Gaussians (Eq. 2), mask (Eq. 3)."""

from bentjets.radio.finding.fit.cards import CLOSING_CARD
from bentjets.radio.finding.fit.fitting import MADE_WITH, SourceFit, fit_source
from bentjets.radio.finding.fit.gaussians import GAUSSIAN_UNITS
from bentjets.radio.finding.fit.products import background_hdus, islands_hdu
from bentjets.radio.finding.fit.quick import quick_islands
from bentjets.radio.finding.mask import SourceMask, make_mask, mask_hdu
from bentjets.radio.finding.neighbours import DroppedIsland
from bentjets.radio.finding.overrides import read_settings, settings_per_source
from bentjets.radio.finding.settings import FindingSettings
from bentjets.radio.finding.sources import SourceFinding, find_sources

__all__ = [
    "CLOSING_CARD",
    "GAUSSIAN_UNITS",
    "MADE_WITH",
    "DroppedIsland",
    "FindingSettings",
    "SourceFinding",
    "SourceFit",
    "SourceMask",
    "background_hdus",
    "find_sources",
    "fit_source",
    "islands_hdu",
    "make_mask",
    "mask_hdu",
    "quick_islands",
    "read_settings",
    "settings_per_source",
]
