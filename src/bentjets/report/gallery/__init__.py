"""The gallery of the report: everything known of every source, in one table and one view."""

from bentjets.report.gallery.links import list_links
from bentjets.report.gallery.payload import Thumbnail, describe_gallery
from bentjets.report.gallery.sources import LOST, tabulate_sources

__all__ = ["LOST", "Thumbnail", "describe_gallery", "list_links", "tabulate_sources"]
