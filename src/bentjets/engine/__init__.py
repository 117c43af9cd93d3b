"""The engine: how work on many sources is spread, cached and watched.

Pipelines hand `map_sources` a pure function of one source; where it runs, that finished work is
kept on disk and that a fault in one source does not end the run is decided here and nowhere else.
"""

from bentjets.engine.batches import Failure, attempt
from bentjets.engine.progress import TALLIES, Tally
from bentjets.engine.settings import EngineSettings
from bentjets.engine.sources import (
    SHORT_CALLS,
    in_chunks,
    map_sources,
    release_saved,
    take_share,
)

__all__ = [
    "SHORT_CALLS",
    "TALLIES",
    "EngineSettings",
    "Failure",
    "Tally",
    "attempt",
    "in_chunks",
    "map_sources",
    "release_saved",
    "take_share",
]
