"""Measurements on an image and its mask: opening angle, shape, quality."""

from bentjets.radio.measuring.clicks import HandMeasurement, measure_clicks
from bentjets.radio.measuring.examples import draw_example, tail_ends_px
from bentjets.radio.measuring.framing import SIDE as FRAME_SIDE
from bentjets.radio.measuring.framing import SourceFrame, frame_source
from bentjets.radio.measuring.opening_angle import Bending, measure_bending
from bentjets.radio.measuring.quality.checks import (
    CHECKS,
    Check,
    Quality,
    angle_against_class,
    assess_quality,
    explain_flag,
    judge,
)
from bentjets.radio.measuring.quality.limits import AngleLimits, QualityLimits
from bentjets.radio.measuring.quality.measures import QualityMeasures, measure_quality
from bentjets.radio.measuring.shape import Shape, measure_shape
from bentjets.radio.measuring.tails import Tails, place_tails

__all__ = [
    "CHECKS",
    "FRAME_SIDE",
    "AngleLimits",
    "Bending",
    "Check",
    "HandMeasurement",
    "Quality",
    "QualityLimits",
    "QualityMeasures",
    "Shape",
    "SourceFrame",
    "Tails",
    "angle_against_class",
    "assess_quality",
    "draw_example",
    "explain_flag",
    "frame_source",
    "judge",
    "measure_bending",
    "measure_clicks",
    "measure_quality",
    "measure_shape",
    "place_tails",
    "tail_ends_px",
]
