"""A simulated sky of bent radio galaxies: its truth, its jets, its images."""

from bentjets.radio.simulation.observing import SurveyGeometry
from bentjets.radio.simulation.settings import SkySettings
from bentjets.radio.simulation.sky import simulate_catalogue, simulate_cutout
from bentjets.radio.simulation.truth import DEC_RANGE_DEG, RA_RANGE_DEG

__all__ = [
    "DEC_RANGE_DEG",
    "RA_RANGE_DEG",
    "SkySettings",
    "SurveyGeometry",
    "simulate_catalogue",
    "simulate_cutout",
]
