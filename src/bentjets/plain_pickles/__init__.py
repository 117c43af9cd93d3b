"""Pickles from elsewhere, read without running anything that is in them."""

from bentjets.plain_pickles.arrays import RefusedGlobalError
from bentjets.plain_pickles.reader import loads_plain

__all__ = ["RefusedGlobalError", "loads_plain"]
