"""How the web is asked: politely, persistently, and no longer than there is hope. No astronomy."""

from bentjets.transport.archives import read_archive
from bentjets.transport.records import download_record
from bentjets.transport.session import PassingError, Politeness, PoliteSession, ServiceDownError

__all__ = [
    "PassingError",
    "PoliteSession",
    "Politeness",
    "ServiceDownError",
    "download_record",
    "read_archive",
]
