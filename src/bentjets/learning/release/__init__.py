"""The dataset in a form to share."""

from bentjets.learning.release.facts import AUTOMATIC, ReleaseFacts
from bentjets.learning.release.package import package_release
from bentjets.learning.release.parquet import Pictures
from bentjets.learning.release.terms import find_licence

__all__ = ["AUTOMATIC", "Pictures", "ReleaseFacts", "find_licence", "package_release"]
