"""Networks of timm, with weights from wherever they are (loads torch)."""

from bentjets.learning.networks.network import build_network

__all__ = ["build_network"]
