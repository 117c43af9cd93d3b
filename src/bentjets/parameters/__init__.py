"""The parameters of conf, one Pydantic model per section: what each means, its unit and bounds."""

from bentjets.parameters.acquisition import AcquisitionSettings
from bentjets.parameters.across import AcrossSettings
from bentjets.parameters.citations import list_citations
from bentjets.parameters.curation import CurationSettings
from bentjets.parameters.inference import InferenceSettings
from bentjets.parameters.modelling import ModellingSettings
from bentjets.parameters.reporting import ReportingSettings
from bentjets.parameters.root import Parameters, read_parameters
from bentjets.parameters.ruler import RulerSettings

__all__ = [
    "AcquisitionSettings",
    "AcrossSettings",
    "CurationSettings",
    "InferenceSettings",
    "ModellingSettings",
    "Parameters",
    "ReportingSettings",
    "RulerSettings",
    "list_citations",
    "read_parameters",
]
