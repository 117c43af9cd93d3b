"""A release on its way to an archive: what speaks against it, and the two archives' own ways."""

from bentjets.publishing.hugging_face import send_to_hugging_face
from bentjets.publishing.permission import check_permission
from bentjets.publishing.release_folder import ReleaseFolder
from bentjets.publishing.zenodo import SANDBOX, ZENODO, send_to_zenodo

__all__ = [
    "SANDBOX",
    "ZENODO",
    "ReleaseFolder",
    "check_permission",
    "send_to_hugging_face",
    "send_to_zenodo",
]
