"""Source finding: background (Eq. 1), islands and Gaussians (Eq. 2), mask (Eq. 3)."""

from bentjets.radio.finding.neighbours import DroppedIsland
from bentjets.radio.finding.overrides import read_settings, settings_per_source
from bentjets.radio.finding.products import background_hdus, mask_hdu
from bentjets.radio.finding.sources import (
    GAUSSIAN_UNITS,
    MADE_WITH,
    FindingSettings,
    SourceFinding,
    find_sources,
)

__all__ = [
    "GAUSSIAN_UNITS",
    "MADE_WITH",
    "DroppedIsland",
    "FindingSettings",
    "SourceFinding",
    "background_hdus",
    "find_sources",
    "mask_hdu",
    "read_settings",
    "settings_per_source",
]
