"""Beams."""

from __future__ import annotations

import math

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
"""Full width at half maximum of a Gaussian, in units of its standard deviation."""
