"""How the web is asked: politely, persistently, and no longer than there is hope. No astronomy."""

from bentjets.transport.archives import read_archive
from bentjets.transport.asking.circuit_breaker import CircuitBreaker, ServiceDownError
from bentjets.transport.asking.politeness import Politeness
from bentjets.transport.asking.rate_limiter import RateLimiter
from bentjets.transport.asking.retries import PassingError, Retries, Retry
from bentjets.transport.asking.session import PoliteSession
from bentjets.transport.downloads import Download, download
from bentjets.transport.files import fetch_file
from bentjets.transport.records import download_record
from bentjets.transport.store import DownloadStore
from bentjets.transport.unpacking import is_archive, unpack_archive

__all__ = [
    "CircuitBreaker",
    "Download",
    "DownloadStore",
    "PassingError",
    "PoliteSession",
    "Politeness",
    "RateLimiter",
    "Retries",
    "Retry",
    "ServiceDownError",
    "download",
    "download_record",
    "fetch_file",
    "is_archive",
    "read_archive",
    "unpack_archive",
]
