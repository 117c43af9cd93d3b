"""Errors that a user can mend: the message alone says what is wrong, where, and what to do."""


class BentjetsError(Exception):
    """Base of the errors that end a run with one clear line instead of a traceback."""


class InputError(BentjetsError, ValueError):
    """Something the user gave (a file, a table, a parameter) cannot be used."""


class ServiceError(BentjetsError, ConnectionError):
    """A remote service did not give what was asked of it."""
