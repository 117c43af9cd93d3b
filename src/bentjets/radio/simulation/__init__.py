"""A simulated sky of bent radio galaxies: its truth, its jets, its images."""

from bentjets.radio.simulation.observing import SurveyGeometry
from bentjets.radio.simulation.settings import SkySettings
from bentjets.radio.simulation.sky import simulate_catalogue, simulate_cutout

__all__ = ["SkySettings", "SurveyGeometry", "simulate_catalogue", "simulate_cutout"]
