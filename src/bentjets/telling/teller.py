"""A run as a story: what each pipeline will do, what came of it, and how all of it ended."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from dataclasses import dataclass, field

from kedro.pipeline import Node, Pipeline

from bentjets.engine import Tally
from bentjets.parameters import Parameters
from bentjets.telling import results
from bentjets.telling.files import Files
from bentjets.telling.full_paths import FullPaths
from bentjets.telling.listening import Listener
from bentjets.telling.plans import PIPELINES, plan

logger = logging.getLogger(__name__)

# How long a log file may be silent while a step goes on that tells nothing.
_SILENT_S = 60.0
_LOOK_EVERY_S = 10.0
_NOTHING_NEW = "nothing new"


@dataclass
class Part:
    """A pipeline within a run.

    Parameters
    ----------
    name
        Of the pipeline.
    left
        Names of its nodes that are not finished.
    """

    name: str
    left: set[str]
    made: set[str] = field(default_factory=set)
    seconds: float = 0.0
    tallies: list[Tally] = field(default_factory=list)
    trained: int = 0
    has_begun: bool = False
    is_announced: bool = False
    is_concluded: bool = False


class Teller:
    """Tells of one run, from its beginning to its end.

    Pipelines are told of one after the other, though the first steps of the next may run before
    the last ones of the one before.

    Parameters
    ----------
    pipeline
        What is run.
    parameters
        Those of the run.
    files
        Those of the run.
    """

    def __init__(self, pipeline: Pipeline, parameters: Parameters, files: Files) -> None:
        self._parameters, self._files = parameters, files
        self.parts = _split(pipeline)
        self._listener = Listener()
        self._full_paths = FullPaths(files.paths_by_name(sorted(pipeline.all_outputs())))
        self._started = time.monotonic()
        self._node: Node | None = None
        self._node_started = 0.0
        self._made: set[str] = set()
        self._open = contextlib.ExitStack()
        self._over = threading.Event()

    def begin(self) -> None:
        """Listen from now on, and let no log file be silent for long."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self._full_paths)
            self._open.callback(handler.removeFilter, self._full_paths)
        self._open.enter_context(self._listener)
        self._open.callback(self._over.set)
        if not sys.stdout.isatty():
            threading.Thread(target=self._break_silence, daemon=True).start()

    def start(self, node: Node) -> None:
        """Begin a node; with that, the one before has ended: all that it streams is saved."""
        self._end_node()
        self._node, self._node_started = node, time.monotonic()
        part = self.parts[_part_name(node)]
        if not part.is_announced and part is self._current():
            self._announce(part)

    def end(self) -> None:
        """Tell how the run ended, in five lines at most."""
        self._end_node()
        self.close()
        made, files = self._made, self._files
        if words := results.count_sources(made, files):
            logger.info("%s", words)
        if "metrics" in made and (metrics := files.read("metrics")):
            logger.info("%s", results.best_network(metrics))
        if warnings := self._listener.warnings:
            logger.info("%s: see above", results.count(warnings, "warning"))
        missing = results.missing_cutouts(files) if "acquisition_log" in made else ""
        logger.info("finished in %.0f s%s", self.seconds, missing and f", but {missing}")
        if "report" in made:
            logger.info("report: %s", files.path("report"))

    def close(self) -> None:
        """Listen no more: the run has ended, or failed."""
        self._open.close()

    @property
    def seconds(self) -> float:
        """How long the run has taken so far, s."""
        return time.monotonic() - self._started

    @property
    def seconds_of_parts(self) -> dict[str, float]:
        """How long the nodes of each pipeline have taken so far, s."""
        return {name: part.seconds for name, part in self.parts.items()}

    def _end_node(self) -> None:
        if self._node is None:
            return
        part = self.parts[_part_name(self._node)]
        part.has_begun = True
        part.seconds += time.monotonic() - self._node_started
        part.left.discard(self._node.name)
        part.made.update(self._node.outputs)
        self._made.update(self._node.outputs)
        tallies, trained = self._listener.take()
        part.tallies += tallies
        part.trained += trained
        self._node = None
        self._go_on()

    def _go_on(self) -> None:
        """Tell of the pipelines that are over, and of the next if some of it has run before."""
        for part in self.parts.values():
            if part.is_concluded:
                continue
            if part.has_begun and not part.is_announced:
                self._announce(part)
            if part.left:
                return
            self._conclude(part)

    def _current(self) -> Part | None:
        return next((part for part in self.parts.values() if part.left), None)

    def _announce(self, part: Part) -> None:
        part.is_announced = True
        logger.info("%s: %s", part.name, plan(part.name, self._parameters, self._files))

    def _conclude(self, part: Part) -> None:
        part.is_concluded = True
        files = self._files
        if "acquisition_log" in part.made and (missing := results.missing_cutouts(files)):
            logger.warning("%s: %s", part.name, missing)
        if "processing_log" in part.made and (failed := results.failed_sources(files)):
            logger.warning("%s: %s", part.name, failed)
        told = [
            words for words in (_news(part, files), results.describe(part.made, files)) if words
        ]
        folders = " and ".join(files.folders(part.made))
        logger.info(
            "%s: %s in %.0f s%s",
            *(part.name, ", ".join(told) or "done", part.seconds, folders and f", see {folders}"),
        )

    def _break_silence(self) -> None:
        while not self._over.wait(_LOOK_EVERY_S):
            if (node := self._node) is not None and self._listener.silent_s >= _SILENT_S:
                seconds = time.monotonic() - self._node_started
                logger.info("%s goes on, %.0f s so far", node.name, seconds)


def _news(part: Part, files: Files) -> str:
    """Say what was worked on, where finished work is found again."""
    if any(name.endswith(".runs") for name in part.made):
        return f"{results.count(part.trained, 'network')} trained" if part.trained else _NOTHING_NEW
    if "acquisition_log" in part.made and results.is_all_kept(files):
        return _NOTHING_NEW
    if "report" in part.made:
        return "written"
    kept = [tally for tally in part.tallies if tally.is_kept]
    return _NOTHING_NEW if kept and not any(tally.new for tally in kept) else ""


def _part_name(node: Node) -> str:
    return (node.namespace or node.name).partition(".")[0]


def _split(pipeline: Pipeline) -> dict[str, Part]:
    nodes: dict[str, set[str]] = {}
    for node in pipeline.nodes:
        nodes.setdefault(_part_name(node), set()).add(node.name)

    def place(name: str) -> int:
        return PIPELINES.index(name) if name in PIPELINES else len(PIPELINES)

    return {name: Part(name, nodes[name]) for name in sorted(nodes, key=place)}
