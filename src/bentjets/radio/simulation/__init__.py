"""A simulated sky of bent radio galaxies: its truth, its jets, its images."""

from bentjets.radio.simulation.observing import Background, SurveyGeometry
from bentjets.radio.simulation.settings import SkySettings
from bentjets.radio.simulation.sky import simulate_catalogue, simulate_cutout
from bentjets.radio.simulation.truth import DEC_RANGE_DEG, RA_RANGE_DEG, Stream

__all__ = [
    "DEC_RANGE_DEG",
    "RA_RANGE_DEG",
    "Background",
    "SkySettings",
    "Stream",
    "SurveyGeometry",
    "simulate_catalogue",
    "simulate_cutout",
]
