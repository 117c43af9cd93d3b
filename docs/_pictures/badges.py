"""The badges at the top of the README: python docs/_pictures/badges.py.

They state what pyproject.toml, CITATION.cff and the package say, and are files of this repository,
so that the page asks no other host. After a new version they are made again; a test compares them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.sax.saxutils import quoteattr

import matplotlib
import yaml
from packaging.specifiers import SpecifierSet
from PIL import ImageFont

import bentjets

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "docs" / "_static"
SIZE_PX = 11
PAD_PX = 7
BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label={label}>
  <clipPath id="round"><rect width="{width}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{middle}" height="20" fill="#4a4a4f"/>
    <rect x="{middle}" width="{right}" height="20" fill="#005a91"/>
  </g>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{size_px}">
    <text x="{pad}" y="14" textLength="{name_px}">{name}</text>
    <text x="{value_x}" y="14" textLength="{value_px}">{value}</text>
  </g>
</svg>
"""


def main() -> None:
    """Write them."""
    for name, content in make_badges().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


def make_badges() -> dict[str, str]:
    """Give each badge, an SVG, by the name of its file."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    (least,) = SpecifierSet(project["requires-python"])
    paper = citation["preferred-citation"]["identifiers"][0]["value"]
    facts = {
        "version": bentjets.__version__,
        "Python": f"{least.version} or newer",
        "licence": project["license"],
        "arXiv": paper.removeprefix("arXiv:"),
    }
    return {f"badge_{name.lower()}.svg": draw_badge(name, value) for name, value in facts.items()}


def draw_badge(name: str, value: str) -> str:
    """Draw a name on grey beside its value on blue."""
    # The text is set to the length it has in one font, whatever font the reader has.
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    font = ImageFont.truetype(folder / "DejaVuSans.ttf", 100 * SIZE_PX)
    name_px, value_px = (round(font.getlength(text) / 100) for text in (name, value))
    middle, right = name_px + 2 * PAD_PX, value_px + 2 * PAD_PX
    return BADGE.format(
        label=quoteattr(f"{name}: {value}"),
        width=middle + right,
        middle=middle,
        right=right,
        pad=PAD_PX,
        value_x=middle + PAD_PX,
        size_px=SIZE_PX,
        **{"name": name, "value": value, "name_px": name_px, "value_px": value_px},
    )


if __name__ == "__main__":
    main()
