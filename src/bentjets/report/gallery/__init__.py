"""The gallery of the report: everything known of every source, in one table and one view."""

from bentjets.report.gallery.links import list_links
from bentjets.report.gallery.payload import Thumbnail, describe_gallery
from bentjets.report.gallery.sources import tabulate_sources

__all__ = ["Thumbnail", "describe_gallery", "list_links", "tabulate_sources"]
