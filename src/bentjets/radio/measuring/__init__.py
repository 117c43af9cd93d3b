"""Measurements on an image and its mask: opening angle, shape, quality."""

from bentjets.radio.measuring.clicks import HandMeasurement, measure_clicks
from bentjets.radio.measuring.opening_angle import Bending, measure_bending
from bentjets.radio.measuring.quality import Quality, QualityLimits, assess_quality
from bentjets.radio.measuring.shape import Shape, measure_shape

__all__ = [
    "Bending",
    "HandMeasurement",
    "Quality",
    "QualityLimits",
    "Shape",
    "assess_quality",
    "measure_bending",
    "measure_clicks",
    "measure_shape",
]
