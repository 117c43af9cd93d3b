"""From key press to the next image on the screen, in a browser: python benchmarks/review_page.py.

Synthetic sources, voted on one after the other at a quick expert's pace.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

N_SOURCES = 700
PAUSE_MS = 150
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VOTE = """async ([count, pause]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = () => performance.getEntriesByName("drawn").length;
  const took = [];
  for (let i = 0; i < count; i++) {
    const before = drawn();
    const started = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }));
    while (drawn() === before) await frame();
    await frame();
    took.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return took;
}"""


def main() -> None:
    """Measure, and print one line."""
    from playwright.sync_api import sync_playwright

    from review.serving import Options, ServerProcess, make_folder

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        made = make_folder(Path(folder), N_SOURCES)
        with ServerProcess(made, Options(repeat_share=0.0)) as server:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.set_default_timeout(0)
            page.goto(server.page_url("ann"))
            page.wait_for_selector("#stage[data-place]")
            took = page.evaluate(VOTE, [N_SOURCES - 1, PAUSE_MS])
            browser.close()
    median, slow = np.percentile(took, [50, 99])
    print(f"{len(took)} votes: median {median:.0f} ms, 99th percentile {slow:.0f} ms")


if __name__ == "__main__":
    main()
