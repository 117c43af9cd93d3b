"""Where catalogue and cutouts come from: the parameters ``acquisition``."""

from bentjets.parameters.acquisition.section import AcquisitionSettings

__all__ = ["AcquisitionSettings"]
