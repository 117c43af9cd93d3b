"""The engine: how work on many sources is spread, cached and watched."""

from bentjets.engine.sources import (
    EngineSettings,
    Failure,
    configure,
    in_chunks,
    is_share,
    map_sources,
    release_saved,
    remember,
    take_share,
)

__all__ = [
    "EngineSettings",
    "Failure",
    "configure",
    "in_chunks",
    "is_share",
    "map_sources",
    "release_saved",
    "remember",
    "take_share",
]
