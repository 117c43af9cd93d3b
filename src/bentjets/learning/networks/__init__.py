"""Networks of timm, with weights from wherever they are (loads torch when it builds them)."""

from bentjets.learning.networks.network import build_network, check_name, check_weights
from bentjets.learning.networks.trained import (
    CONFIG_FILE,
    Description,
    TrainedNetwork,
    load_network,
    read_description,
    save_network,
)

__all__ = [
    "CONFIG_FILE",
    "Description",
    "TrainedNetwork",
    "build_network",
    "check_name",
    "check_weights",
    "load_network",
    "read_description",
    "save_network",
]
