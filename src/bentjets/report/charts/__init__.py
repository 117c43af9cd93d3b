"""Figures of the sample: where it is on the sky, what its sources are like, who agrees on them.

Matplotlib is imported inside functions; `bentjets.plotting` says how they look.
"""

from bentjets.report.charts.agreement import draw_agreement
from bentjets.report.charts.distributions import draw_distributions
from bentjets.report.charts.sky_map import draw_sky

__all__ = ["draw_agreement", "draw_distributions", "draw_sky"]
