"""Surveys: what gives the cutout of a source, be it a simulation, a folder or a public service."""

from bentjets.radio.surveys.footprint import find_footprint
from bentjets.radio.surveys.opening import open_survey, read_addresses
from bentjets.radio.surveys.survey import Fetched, MissingFileError, Survey, fetch_cutout
from bentjets.radio.surveys.web.services import (
    OutsideFootprintError,
    UnknownSurveyError,
    WrongAddressError,
)

__all__ = [
    "Fetched",
    "MissingFileError",
    "OutsideFootprintError",
    "Survey",
    "UnknownSurveyError",
    "WrongAddressError",
    "fetch_cutout",
    "find_footprint",
    "open_survey",
    "read_addresses",
]
