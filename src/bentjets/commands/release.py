"""``kedro release``: check the release that a run made, and upload it to an archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from bentjets.commands.mistakes import MISTAKES, check_environment, one_line
from bentjets.errors import InputError

if TYPE_CHECKING:
    from bentjets.learning.release import ReleaseFacts
    from bentjets.publishing import ReleaseFolder

_CREDENTIALS = {"hf": "hugging_face", "zenodo": "zenodo"}


@click.command("release")
@click.option("--env", "-e", help="Environment whose release is meant; without it, base.")
@click.option("--conf-source", help="Folder or archive of the configuration; without it, conf.")
@click.option(
    "--upload",
    type=click.Choice(list(_CREDENTIALS)),
    help="Archive to upload it to: Hugging Face or Zenodo.",
)
@click.option("--name", help="Repository of Hugging Face, OWNER/NAME.")
@click.option(
    "--public",
    is_flag=True,
    help="A public repository, not a private one; a draft on Zenodo itself, not in its sandbox.",
)
def release(
    env: str | None, conf_source: str | None, upload: str | None, name: str | None, public: bool
) -> None:
    """Check every file of the release; --upload sends it to an archive."""
    from kedro.framework.session import KedroSession

    check_environment(env, Path(conf_source or "conf"))
    if upload == "hf" and not name:
        raise click.UsageError("say which repository: --name OWNER/NAME")
    try:
        with cast(Any, KedroSession.create(env=env, conf_source=conf_source)) as session:
            context = session.load_context()
            made, facts = _find_release(context)
            made.check()
            click.echo(f"{made.path}: all {len(made.names())} files are as they were made")
            if upload:
                access = _read_access(context.config_loader.conf_source, upload)
                click.echo(f"Uploaded to {_send(made, facts, access, upload, name, public)}")
    except MISTAKES as error:
        raise one_line(error, str(error)) from error


def _find_release(context: Any) -> tuple[ReleaseFolder, ReleaseFacts]:
    from bentjets.learning.release import ReleaseFacts
    from bentjets.publishing import ReleaseFolder

    entry = context.config_loader["catalog"]["release"]
    made = ReleaseFolder(context.project_path / entry["path"])
    made.names()
    stated = context.catalog.load("release_facts")
    return made, ReleaseFacts(**{**stated, "creators": tuple(stated["creators"])})


def _read_access(conf_source: str, upload: str) -> dict[str, str]:
    """Read token (and address, where it is another than the archive's) from the credentials.

    Whatever the environment, they stand in ``local``: git ignores no other.
    """
    from kedro.config import MissingConfigException
    from kedro.framework.project import settings

    entry = _CREDENTIALS[upload]
    try:
        loader_class: Any = settings.CONFIG_LOADER_CLASS
        local = loader_class(conf_source, env="local", **settings.CONFIG_LOADER_ARGS)
        access = local["credentials"].get(entry)
    except MissingConfigException:
        access = None
    if not isinstance(access, dict) or not access.get("token") or {*access} - {"token", "url"}:
        raise InputError(
            f'--upload {upload} needs a token: write {entry}: {{token: "..."}} into '
            "conf/local/credentials.yml, which git ignores"
        )
    return access


def _send(
    made: ReleaseFolder,
    facts: ReleaseFacts,
    access: dict[str, str],
    upload: str,
    name: str | None,
    public: bool,
) -> str:
    from bentjets import publishing

    publishing.check_permission(facts)
    if upload == "hf":
        return publishing.send_to_hugging_face(made, name=str(name), public=public, **access)
    url = access.get("url", publishing.ZENODO if public else publishing.SANDBOX)
    draft = publishing.send_to_zenodo(made, facts, token=access["token"], url=url)
    return f"the draft {draft}: look at it, and publish it there"
