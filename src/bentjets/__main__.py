"""The packaged project: ``python -m bentjets`` and ``bentjets`` do what ``kedro run`` does."""

from __future__ import annotations

from kedro.framework.project import configure_project


def main() -> None:
    """Run the pipelines in the current folder; ``--conf-source`` names the packed configuration."""
    configure_project("bentjets")

    from bentjets.cli import cli

    cli.commands["run"](prog_name="bentjets")


if __name__ == "__main__":
    main()
