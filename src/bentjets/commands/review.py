"""``kedro review``: the page on which experts look at the sources and vote."""

from __future__ import annotations

import re
import secrets
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from kedro.io import DataCatalog, DatasetError

from bentjets.commands.mistakes import MISTAKES, check_environment, one_line
from bentjets.errors import InputError
from bentjets.review import AUTOMATIC

if TYPE_CHECKING:
    from bentjets.parameters import Parameters
    from bentjets.review.server import Room, Sources
    from bentjets.review.votes import VoteStore

_LOOPBACK = "127.0.0.1"
_NAME = re.compile(r"\w(?:[\w .'-]{0,58}[\w.])?")

_KEY_BYTES = 32
_NOTHING_MADE = (
    "no image has been made yet in this environment: run kedro run --pipelines "
    "acquisition,processing,curation first"
)


@dataclass(frozen=True, kw_only=True)
class _Wishes:
    """What was asked for on the command line."""

    experts: tuple[str, ...]
    host: str | None
    port: int | None
    by: str
    flagged: bool
    adjudicate: bool
    show: bool
    no_browser: bool
    export_to: Path | None
    import_from: Path | None

    @property
    def need_tokens(self) -> bool:
        return self.host is not None or len(self.experts) > 1


@dataclass(frozen=True)
class _Project:
    """The parts of a session's project that a review needs."""

    parameters: Parameters
    catalog: DataCatalog
    env: str
    beside_votes: Path


@click.command("review")
@click.option("--expert", "experts", multiple=True, help="Who votes; several share one server.")
@click.option("--env", "-e", help="Environment whose sources are meant; without it, base.")
@click.option("--conf-source", help="Folder or archive of the configuration; without it, conf.")
@click.option("--host", help="Address to answer at, for other machines; then a token is needed.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; without it, one that is free.")
@click.option(
    "--by",
    type=click.Choice(["shuffled", "catalogue", "disagreement", "uncertainty", "suspicion"]),
    default="shuffled",
    help="Order: each expert's own, the catalogue's, or by what the networks say.",
)
@click.option("--flagged", is_flag=True, help="Only sources that a quality check remarks on.")
@click.option("--adjudicate", is_flag=True, help="Second round: only what experts disagree on.")
@click.option("--show", is_flag=True, help="Show labels and opinions before the vote.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option(
    "--export",
    "export_to",
    type=click.Path(path_type=Path),
    help="Write all votes as CSV; end.",
)
@click.option(
    "--import",
    "import_from",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take over the votes of a CSV, or of an export of Panoptes, and end.",
)
def review(env: str | None, conf_source: str | None, **options: Any) -> None:
    """Look at the sources in the browser and vote; --export and --import move votes as CSV."""
    from kedro.framework.session import KedroSession

    check_environment(env, Path(conf_source or "conf"))
    wishes = _Wishes(**options)
    _check_names(wishes)
    try:
        with cast(Any, KedroSession.create(env=env, conf_source=conf_source)) as session:
            _review(_open_project(session.load_context()), wishes)
    except MISTAKES as error:
        raise one_line(error, str(error)) from error


def _check_names(wishes: _Wishes) -> None:
    if not (wishes.experts or wishes.export_to or wishes.import_from):
        raise click.UsageError("say who votes: --expert NAME")
    for name in wishes.experts:
        if not _NAME.fullmatch(name):
            raise click.UsageError(
                f"--expert {name!r} is no name: use letters, digits, blanks, . ' and - (at most 60)"
            )
        if name == AUTOMATIC:
            raise click.UsageError(f"--expert {name!r} is the checks' own name: take another")
    if len(set(wishes.experts)) < len(wishes.experts):
        raise click.UsageError("--expert: every expert needs a name of their own")


def _open_project(context: Any) -> _Project:
    from bentjets.parameters import read_parameters

    loader = context.config_loader
    env = context.env or "base"
    beside = Path(loader["globals"]["votes"]).with_suffix("")
    return _Project(
        read_parameters(loader["parameters"]), context.catalog, env, context.project_path / beside
    )


def _review(project: _Project, wishes: _Wishes) -> None:
    from bentjets.review.votes import export_votes, import_votes

    moves_votes = wishes.import_from or wishes.export_to
    # A mistake here shall leave no empty database behind.
    sources = None if moves_votes else _read_sources(project)
    store = cast(Any, project.catalog["reviews"]).open_store()
    try:
        if wishes.import_from:
            count = import_votes(store, wishes.import_from)
            click.echo(f"{count} votes taken over from {wishes.import_from}")
        if wishes.export_to:
            count = export_votes(store, wishes.export_to)
            click.echo(f"{count} votes written to {wishes.export_to}")
        if sources is not None:
            _serve(project, wishes, sources, store)
            exported = project.beside_votes.with_name(project.beside_votes.name + ".csv")
            click.echo(f"{export_votes(store, exported)} votes written to {exported}")
    finally:
        store.close()


def _serve(project: _Project, wishes: _Wishes, sources: Sources, store: VoteStore) -> None:
    from bentjets.review.server import Sessions, listen, make_app, make_token, names_of, serve

    room = _make_room(project, wishes, sources, store)
    host = wishes.host or _LOOPBACK
    listening = listen(host, wishes.port)
    port = listening.getsockname()[1]
    key = _server_key(project.beside_votes) if wishes.need_tokens else b""
    tokens = {name: make_token(key, name) for name in wishes.experts} if wishes.need_tokens else {}
    app = make_app(
        room,
        sessions=Sessions(wishes.experts, tokens),
        hosts=names_of(host),
        cookie=f"bentjets_session_{port}",
    )
    shown = f"[{host}]" if ":" in host else host
    page = f"http://{shown}:{port}/"

    def announce() -> None:
        for name in wishes.experts:
            token = f"#token={tokens[name]}" if tokens else ""
            click.echo(f"Review page of {name}: {page}{token}")
        click.echo("Ctrl-C ends it; every vote is kept when it is cast.")
        # What a browser is called with, others on this machine can see: no tokens there.
        if not (wishes.no_browser or tokens):
            webbrowser.open(page)

    serve(app, listening, when_ready=announce)


def _server_key(beside_votes: Path) -> bytes:
    """Read the key that tokens are made with, or make it; the same tokens serve every start."""
    path = beside_votes.with_name(beside_votes.name + ".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(_KEY_BYTES), encoding="ascii")
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 2 * _KEY_BYTES:
        raise InputError(f"{path} is damaged: delete it, and give the experts their new addresses")
    return key.encode()


def _make_room(project: _Project, wishes: _Wishes, sources: Sources, store: VoteStore) -> Room:
    from bentjets.review.server import Files, Pictures, Room, Showing, make_queue

    only = _chosen(wishes, sources, store)
    parameters = project.parameters
    queues = {
        expert: make_queue(
            sources,
            expert=expert,
            seed=parameters.seed,
            by=wishes.by,
            repeat_share=0.0 if wishes.adjudicate else parameters.curation.review.repeat_share,
            only=only,
        )
        for expert in wishes.experts
    }
    catalog = project.catalog
    files = Files(
        cutout=_reader(catalog, "cutouts"),
        mask=_reader(catalog, "masks"),
        masked_image=_reader(catalog, "masked_images"),
    )
    acquisition = parameters.acquisition
    title = f"{acquisition.survey} survey, catalogue {acquisition.catalogue} ({project.env})"
    showing = Showing(title, 2 if wishes.adjudicate else 1, wishes.show)
    return Room(sources, Pictures(files), store, queues, showing)


def _chosen(wishes: _Wishes, sources: Sources, store: VoteStore) -> set[str] | None:
    """Choose the sources to look at: all, those with remarks, those in conflict."""
    from bentjets.review.server import find_conflicts

    only: set[str] | None = None
    if wishes.flagged:
        is_flagged = sources.is_flagged(shows=wishes.show)
        only = {one for one, flag in zip(sources.source_ids, is_flagged, strict=True) if flag}
        if not only:
            raise InputError("no quality check remarks on any source: leave --flagged out")
    if wishes.adjudicate:
        conflicts = find_conflicts(store.latest(round=1)) & set(sources.source_ids)
        if not conflicts:
            raise InputError("the experts agree on every source: there is nothing to adjudicate")
        only = conflicts if only is None else only & conflicts
        if not only:
            raise InputError("no source with a remark is in conflict: leave --flagged out")
    return only


def _read_sources(project: _Project) -> Sources:
    from bentjets.review.server import Sources, Tables

    catalog, parameters = project.catalog, project.parameters
    if not (catalog.exists("catalogue") and catalog.exists("processing_log")):
        raise InputError(_NOTHING_MADE)
    return Sources(
        Tables(
            catalogue=catalog.load("catalogue"),
            processing_log=catalog.load("processing_log"),
            quality=_load(catalog, "quality"),
            gaussians=_load(catalog, "gaussians"),
            predictions=lambda: _load(catalog, "predictions"),
            doubts=lambda: _load(catalog, "label_doubts"),
            limits=parameters.curation.quality.model_dump(),
            classes=tuple(parameters.classes),
        )
    )


def _load(catalog: DataCatalog, name: str) -> Any:
    """Load a table, if it has been made."""
    return catalog.load(name) if catalog.exists(name) else None


def _reader(catalog: DataCatalog, name: str) -> Callable[[str], bytes]:
    """Read files of single sources, without listing the folder of a whole survey."""
    from bentjets.datasets.source_files import SourceFile

    dataset = cast(Any, catalog[name])

    def read(source_id: str) -> bytes:
        try:
            return SourceFile(dataset, source_id).read()
        except DatasetError as error:
            raise InputError(f"{source_id}: {error}") from error

    return read
