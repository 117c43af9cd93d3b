"""Figures of radio sources: example cutouts on the sky, and the way to a masked image.

Loads matplotlib: import it where a figure is drawn, not at the top of another module.
"""

from bentjets.radio.imaging.figures.examples import Example, draw_examples
from bentjets.radio.imaging.figures.masking import MaskingExample, draw_masking

__all__ = ["Example", "MaskingExample", "draw_examples", "draw_masking"]
