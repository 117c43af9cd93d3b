"""The dataset in a form to share."""

from bentjets.learning.release.facts import ReleaseFacts
from bentjets.learning.release.package import package_release
from bentjets.learning.release.parquet import Pictures

__all__ = ["Pictures", "ReleaseFacts", "package_release"]
