"""Catalogues: tables of sources with a position and a morphology, from wherever they are kept."""

from bentjets.radio.catalogues.catalogue import read_catalogue, standardise_catalogue, unique_ids
from bentjets.radio.catalogues.oddities import find_oddities
from bentjets.radio.catalogues.schema import SAFE_ID
from bentjets.radio.catalogues.tables import query_vizier, read_table

__all__ = [
    "SAFE_ID",
    "find_oddities",
    "query_vizier",
    "read_catalogue",
    "read_table",
    "standardise_catalogue",
    "unique_ids",
]
