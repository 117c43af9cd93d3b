"""Errors that a user can mend: the message alone says what is wrong, where, and what to do."""

from collections.abc import Mapping
from typing import Any


class BentjetsError(Exception):
    """Base of the errors that end a run with one clear line instead of a traceback."""

    record: Mapping[str, Any] = {}
    """What a log tells of the work that failed, besides the message."""


class InputError(BentjetsError, ValueError):
    """Something the user gave (a file, a table, a parameter) cannot be used."""


class ServiceError(BentjetsError, ConnectionError):
    """A remote service did not give what was asked of it."""


class EndOfRunError(BentjetsError):
    """What went wrong with one source would go wrong with every other: the run is to end."""
