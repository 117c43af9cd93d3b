"""The lineage as kedro-viz shows it."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bentjets.errors import InputError
from bentjets.lineage.site import settle_site

PROJECT = Path(__file__).resolve().parents[2]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serve files without telling of it."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(finished_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The static site of the test environment, served."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("src", "conf"):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(PROJECT / name, folder)
    subprocess.run(
        [sys.executable, "-m", "kedro", "viz", "build", "--include-hooks", "--include-previews"],
        cwd=folder,
        env=os.environ | {"BENTJETS_DATA": str(finished_run), "KEDRO_ENV": "test"},
        check=True,
        capture_output=True,
    )
    settle_site(folder / "build")
    handler = functools.partial(Quiet, directory=str(folder / "build"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_the_site_opens_on_five_boxes_and_asks_nothing_of_others(site: str, browser) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 800})
    wrong: list[str] = []
    page.on("console", lambda one: one.type == "error" and wrong.append(one.text))
    page.on("requestfailed", lambda one: wrong.append(one.url))
    page.on("response", lambda one: one.status >= 400 and wrong.append(one.url))
    page.on("request", lambda one: one.url.startswith(site) or wrong.append(one.url))
    page.goto(site)
    boxes = page.locator(".pipeline-node--modularPipeline")
    boxes.first.wait_for(timeout=20_000)
    assert sorted(boxes.all_text_contents()) == [
        *("acquisition", "curation", "modelling", "processing", "reporting"),
    ]
    page.goto(f"{site}?pid=processing&expandAllPipelines=true")
    page.locator(".pipeline-node--task").first.wait_for(timeout=20_000)
    page.locator(".pipeline-node--task", has_text="make_masks").click()
    panel = page.locator(".pipeline-metadata")
    panel.get_by_text("(Eq. 3)").first.wait_for(timeout=10_000)
    page.close()
    assert [one for one in wrong if not one.startswith(("data:", "blob:"))] == []


def test_a_folder_without_a_site_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no index.html: run kedro viz build first"):
        settle_site(tmp_path)
