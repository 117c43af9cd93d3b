"""Measurements on an image and its mask: opening angle, shape, quality."""

from bentjets.radio.measuring.clicks import HandMeasurement, measure_clicks
from bentjets.radio.measuring.limits import AngleLimits, QualityLimits
from bentjets.radio.measuring.measures import QualityMeasures, measure_quality
from bentjets.radio.measuring.opening_angle import Bending, measure_bending
from bentjets.radio.measuring.quality import (
    CHECKS,
    Check,
    Quality,
    angle_against_class,
    assess_quality,
    explain_flag,
    judge,
)
from bentjets.radio.measuring.shape import Shape, measure_shape

__all__ = [
    "CHECKS",
    "AngleLimits",
    "Bending",
    "Check",
    "HandMeasurement",
    "Quality",
    "QualityLimits",
    "QualityMeasures",
    "Shape",
    "angle_against_class",
    "assess_quality",
    "explain_flag",
    "judge",
    "measure_bending",
    "measure_clicks",
    "measure_quality",
    "measure_shape",
]
