"""Catalogues: tables of sources with a position and a morphology, from wherever they are kept."""

from bentjets.radio.catalogues.catalogue import read_catalogue
from bentjets.radio.catalogues.identifiers import SAFE_ID, unique_ids
from bentjets.radio.catalogues.oddities import find_oddities
from bentjets.radio.catalogues.published.tables import read_table
from bentjets.radio.catalogues.published.vizier import query_vizier
from bentjets.radio.catalogues.second_opinions import (
    OPINION_COLUMNS,
    match_opinion,
    read_comments,
)
from bentjets.radio.catalogues.standardise import standardise_catalogue

__all__ = [
    "OPINION_COLUMNS",
    "SAFE_ID",
    "find_oddities",
    "match_opinion",
    "query_vizier",
    "read_catalogue",
    "read_comments",
    "read_table",
    "standardise_catalogue",
    "unique_ids",
]
