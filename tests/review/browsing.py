"""What tests of the page do in the browser, as an expert's hands and eyes."""

from __future__ import annotations

import sqlite3

COLUMNS = "source_id, expert, verdict, reason, morphology, clicks, opening_angle_deg, seconds"
# As the page does after the last vote: nothing is on its way to the server.
ALL_KEPT = "() => !Object.keys(localStorage).some(k => k.includes('outbox'))"
COLOURS_SEEN = """() => {
  const canvas = document.getElementById('image');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 2147483647;
  return sum;
}"""


def votes_in(server):
    with sqlite3.connect(server.votes) as database:
        return database.execute(f"SELECT {COLUMNS} FROM votes ORDER BY sequence").fetchall()


def place_of(page):
    return int(page.get_attribute("#stage", "data-place"))


def press(page, *keys):
    """Press keys that vote or move, each when the next source is there."""
    for key in keys:
        before = place_of(page)
        page.keyboard.press(key)
        page.wait_for_function(
            "before => document.getElementById('stage').dataset.place !== before", arg=str(before)
        )


def wait_until_kept(page):
    page.wait_for_function(ALL_KEPT)
