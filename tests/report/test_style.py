"""How the page looks where it is narrow, in a real browser."""

from __future__ import annotations

import pytest
from jinja2 import Environment, PackageLoader

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Settings</title>
<style>{% include "templates/style.css.j2" %}</style></head><body><main>
{% from "templates/macros.html.j2" import pairs %}
<div class="columns">{{ pairs(rows, "Acquisition") }}{{ pairs(rows[:1], "Short") }}</div>
</main></body></html>"""
ROWS = [
    ("seed", "0"),
    ("surveys.simulated.sky.misalignment_deg", "8.0"),
    ("services.hips2fits", "https://alasky.example/hips-image-services/hips2fits"),
]


@pytest.mark.parametrize("width", [390, 1366])
def test_values_of_settings_have_room_and_nothing_is_wider_than_the_page(browser, width):
    environment = Environment(loader=PackageLoader("bentjets.report", "."), autoescape=True)
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.set_content(environment.from_string(PAGE).render(rows=ROWS))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    widths = page.locator("td").evaluate_all("all => all.map(one => one.clientWidth)")
    page.close()
    assert len(widths) == 4
    assert all(one > 90 for one in widths[:3])
