"""Sources that travel to a worker together, and what takes the place of a result that failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bentjets.engine.workers import Job, WorkerDiedError, Workers
from bentjets.errors import EndOfRunError, InputError


@dataclass(frozen=True)
class Failure:
    """A source whose function raised: the record that takes the place of its result.

    Parameters
    ----------
    kind
        Class of the exception.
    message
        What it says.
    record
        What the exception's attribute ``record`` tells besides, if it has one.
    """

    kind: str
    message: str
    record: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """Make the record of an exception; a surprise is told with its class."""
        text = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, InputError | ConnectionError | WorkerDiedError):
            text = f"{type(error).__name__}: {text}"
        return cls(type(error).__name__, text, getattr(error, "record", {}))


def attempt(make: Callable[..., Any], key: str, *arguments: Any) -> Any:
    """Make what a source's function needs; a file that is missing or damaged is its failure.

    Parameters
    ----------
    make
        Called with the source_id and the other arguments.
    key
        The source_id.
    """
    try:
        return make(key, *arguments)
    except KeyError as error:
        return Failure("MissingFileError", f"no file of {error.args[0]}: run the steps before")
    except Exception as error:
        return Failure.of(error)


class Batch:
    """Calls that are sent to a worker as one.

    Parameters
    ----------
    call
        Called with one source at a time.
    workers
        Who does it.
    size
        How many sources travel together, at most.
    """

    def __init__(self, call: Callable[[Any], Any], workers: Workers, size: int) -> None:
        self._call = call
        self._workers = workers
        self._size = size
        self._sources: list[Any] = []
        self._job: Job | None = None
        self._results: list[Any] | None = None

    @property
    def is_started(self) -> bool:
        """Whether no more sources can join."""
        return self._job is not None

    def add(self, source: Any) -> Job:
        """Let a source join; the batch is sent off when it is full, or a result is asked for."""
        place = len(self._sources)
        self._sources.append(source)
        if len(self._sources) == self._size:
            self._start()
        return lambda: self._result(place)

    def _start(self) -> Job:
        self._job = self._workers.start(_Calls(self._call, self._sources))
        return self._job

    def _result(self, place: int) -> Any:
        if self._results is None:
            job = self._job or self._start()
            try:
                self._results = job()
            except WorkerDiedError as error:
                self._results = self._one_by_one(error)
            self._sources = []
        # Taken out, so that a batch does not hold what is done with.
        result, self._results[place] = self._results[place], None
        return result

    def _one_by_one(self, error: WorkerDiedError) -> list[Any]:
        """Find out which source is deadly."""
        if len(self._sources) == 1:
            return [Failure.of(error)]
        results = []
        for source in self._sources:
            try:
                results += self._workers.start(_Calls(self._call, [source]))()
            except WorkerDiedError as own:
                results.append(Failure.of(own))
        return results


@dataclass(frozen=True)
class _Calls:
    """What travels: the function and some sources; what it raises travels back as a record."""

    call: Callable[[Any], Any]
    sources: list[Any]

    def __call__(self) -> list[Any]:
        return [self._attempt(source) for source in self.sources]

    def _attempt(self, source: Any) -> Any:
        try:
            return self.call(source)
        except EndOfRunError:
            raise
        except Exception as error:
            return Failure.of(error)
