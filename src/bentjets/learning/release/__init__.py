"""The dataset in a form to share."""

from bentjets.learning.release.package import package_release

__all__ = ["package_release"]
