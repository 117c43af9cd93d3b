"""Machine-learning datasets of bent radio galaxies, and benchmarks of deep networks on them."""

import os

__version__ = "0.1.0"

# Threads of torch that wait for each other spin, and so take the cores from those they wait for,
# where other processes use the cores too: 53 images a second instead of 150. Their library reads
# this once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
