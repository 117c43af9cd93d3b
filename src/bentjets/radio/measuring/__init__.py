"""Measurements on an image and its mask: opening angle, quality."""

from bentjets.radio.measuring.opening_angle import Bending, measure_bending
from bentjets.radio.measuring.quality import Quality, QualityLimits, assess_quality

__all__ = ["Bending", "Quality", "QualityLimits", "assess_quality", "measure_bending"]
