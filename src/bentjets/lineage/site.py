"""Let the static site of ``kedro viz build`` ask nothing of anybody.

python -m bentjets.lineage.site [FOLDER]
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

from bentjets.errors import InputError

_FOLDER = "build"
_LINK_ELSEWHERE = re.compile(r"\s*<link\b[^>]*https?://[^>]*>")
# Of whose versions the page asks the server of kedro-viz, which a site has not.
_PACKAGES = ("fsspec", "kedro-datasets")


def settle_site(folder: Path) -> None:
    """Take the links to fonts of others out of the pages, and write what the build forgets.

    Parameters
    ----------
    folder
        What ``kedro viz build`` made.

    Raises
    ------
    InputError
        If it made nothing there.
    """
    if not (folder / "index.html").is_file():
        raise InputError(f"{folder} holds no index.html: run kedro viz build first")
    for page in folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(_LINK_ELSEWHERE.sub("", text), encoding="utf-8")
    packages = [
        {"package_name": name, "package_version": version(name), "is_compatible": True}
        for name in _PACKAGES
    ]
    metadata = {"has_missing_dependencies": False, "package_compatibilities": packages}
    (folder / "api" / "metadata").write_text(json.dumps(metadata), encoding="utf-8")


if __name__ == "__main__":
    try:
        settle_site(Path(sys.argv[1] if len(sys.argv) > 1 else _FOLDER))
    except InputError as error:
        sys.exit(f"Error: {error}")
