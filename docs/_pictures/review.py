"""The moving picture of the review page, docs/review.webp: python docs/_pictures/review.py.

The page is the real one, of `kedro review` on the simulated sources of a finished `kedro run`, used
with its keys in chromium. Votes go into a database that is thrown away.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROJECT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("BENTJETS_DATA", PROJECT / "data"))
TO = PROJECT / "docs" / "review.webp"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

SOURCE = "SIM-00027"
"""A bright narrow-angle tail; the source after it is too small for the sample."""
VIEWPORT = {"width": 1366, "height": 768}
PIXEL_ARCSEC = 1.8
WIDTH_PX = 900
BAR_PX = 40
FRAME_MS = 1500
SETTLE_MS = 400
QUALITY = 80


def main() -> None:
    """Use the page, and write what was seen."""
    from playwright.sync_api import sync_playwright

    with serve() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=VIEWPORT, color_scheme="dark")
        page.goto(url)
        page.wait_for_selector("#stage[data-place]")
        frames = [draw_frame(*one) for one in use(page)]
        browser.close()
    frames[0].save(
        TO,
        save_all=True,
        append_images=frames[1:],
        duration=FRAME_MS,
        loop=0,
        quality=QUALITY,
        method=6,
    )
    print(f"{TO}: {len(frames)} frames, {TO.stat().st_size / 1024:.0f} KiB")


@contextmanager
def serve() -> Iterator[str]:
    """Start `kedro review` with a database of its own, and give the page's address."""
    kedro = Path(sys.executable).parent / "kedro"
    with tempfile.TemporaryDirectory() as votes:
        settings = {"BENTJETS_DATA": str(DATA), "BENTJETS_VOTES": f"{votes}/reviews.db"}
        command = [kedro, "review", "--expert", "Ada L.", "--by", "catalogue", "--no-browser"]
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
        )
        try:
            found = (
                re.search(r"Review page of .*: (http\S+)", line) for line in process.stdout or ()
            )
            address = next((match[1] for match in found if match), None)
            if address is None:
                sys.exit(f"kedro review did not start: is there a finished kedro run in {DATA}?")
            yield address
        finally:
            process.terminate()
            process.wait()


def use(page: Page) -> Iterator[tuple[bytes, str, str]]:
    """Look, measure, vote and go on; give each screen, the key pressed before it, and its words."""

    def see(key: str, words: str) -> tuple[bytes, str, str]:
        page.wait_for_timeout(SETTLE_MS)
        return page.screenshot(), key, words

    page.keyboard.press("j")
    page.keyboard.type(str(place_of(SOURCE)))
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#panel:has-text('{SOURCE}')")
    yield see("", "One source at a time, drawn from its FITS values; its label is not shown")
    for _ in range(3):
        page.keyboard.press("+")
    yield see("+", "Zoom in; colours, stretch and cuts have keys, too")
    page.keyboard.press("o")
    yield see("o", "The island mask and the fitted Gaussians")
    page.keyboard.press("o")
    page.keyboard.press("k")
    here = np.zeros(2, dtype=int)
    for there in clicks(SOURCE):
        steer(page, there - here)
        here = there
    yield see("k", "Three clicks, end, core and end, measure opening angle and tails")
    page.keyboard.press("2")
    yield see("2", "Name the morphology that you see")
    page.keyboard.press("a")
    page.wait_for_selector(f"#panel:not(:has-text('{SOURCE}'))")
    yield see(
        "a", "Accept: the vote is kept, its answer tells the label, and the next source is there"
    )
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"#panel:has-text('{SOURCE}')")
    yield see("←", "Back at the source: label, measured angle and networks, after the vote only")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"#panel:not(:has-text('{SOURCE}'))")
    page.keyboard.press("s")
    yield see("s", "Reject as too small; z takes a vote back, ? shows all keys")


def place_of(source_id: str) -> int:
    """Find the place of a source in the catalogue's order, counted from 1."""
    catalogue = pd.read_csv(DATA / "01_raw" / "catalogue.csv")
    return int(catalogue.index[catalogue["source_id"] == source_id][0]) + 1


def clicks(source_id: str) -> list[np.ndarray]:
    """Find where the measured tails end and meet, in pixels right of the centre and down."""
    catalogue = pd.read_csv(DATA / "01_raw" / "catalogue.csv").set_index("source_id")
    tails = pd.read_parquet(DATA / "02_intermediate" / "morphology.parquet").set_index("source_id")
    source, measured = catalogue.loc[source_id], tails.loc[source_id]
    east = (measured["apex_ra_deg"] - source["ra_deg"]) * np.cos(np.radians(source["dec_deg"]))
    north = measured["apex_dec_deg"] - source["dec_deg"]
    apex = np.array([-east, -north]) * 3600
    ends = [apex + tail_arcsec(measured, number) for number in (1, 2)]
    return [np.rint(at / PIXEL_ARCSEC).astype(int) for at in (ends[0], apex, ends[1])]


def tail_arcsec(measured: Any, number: int) -> np.ndarray:
    """From the apex to the end of a tail, right and down."""
    turn = np.radians(measured[f"tail_{number}_position_angle_deg"])
    return measured[f"tail_{number}_arcsec"] * np.array([-np.sin(turn), -np.cos(turn)])


def steer(page: Page, by: np.ndarray) -> None:
    """Move the cross by some pixels, right and down, and click."""
    for pixels, keys in zip(
        by, (("ArrowLeft", "ArrowRight"), ("ArrowUp", "ArrowDown")), strict=True
    ):
        for _ in range(abs(pixels)):
            page.keyboard.press(keys[int(pixels > 0)])
    page.keyboard.press("Enter")


def draw_frame(screen: bytes, key: str, words: str) -> Image.Image:
    """Put a bar with the key and its words below a screen."""
    shot = Image.open(io.BytesIO(screen)).convert("RGB")
    height = round(shot.height * WIDTH_PX / shot.width)
    frame = Image.new("RGB", (WIDTH_PX, height + BAR_PX), "#f6f5f2")
    frame.paste(shot.resize((WIDTH_PX, height), Image.Resampling.LANCZOS))
    pen = ImageDraw.Draw(frame)
    middle, left = height + BAR_PX / 2, 16.0
    if key:
        pen.rounded_rectangle(
            (12, height + 6, 44, height + BAR_PX - 6), 5, fill="#ffffff", outline="#56565c"
        )
        pen.text((28, middle), key, fill="#1d1d1f", font=font("DejaVuSans-Bold.ttf"), anchor="mm")
        left = 56.0
    pen.text((left, middle), words, fill="#1d1d1f", font=font("DejaVuSans.ttf"), anchor="lm")
    return frame


def font(name: str) -> ImageFont.FreeTypeFont:
    """Load a font that comes with matplotlib."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, 17)


if __name__ == "__main__":
    main()
