"""The packaged project: ``python -m bentjets`` and ``bentjets`` do what ``kedro`` does in it."""

from __future__ import annotations

import sys

from kedro.framework.project import configure_project


def main() -> None:
    """Do what the first word names (``run``, ``cache``) in the current folder; without one, run.

    ``run --conf-source`` names the packed configuration.
    """
    configure_project("bentjets")

    from bentjets.cli import cli

    words = sys.argv[1:]
    if not words or words[0].startswith("-"):
        words = ["run", *words]
    cli(words, prog_name="bentjets")


if __name__ == "__main__":
    main()
