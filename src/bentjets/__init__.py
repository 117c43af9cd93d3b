"""Machine-learning datasets of bent radio galaxies, and benchmarks of deep networks on them."""

__version__ = "0.1.0"
