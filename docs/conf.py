"""How Sphinx builds the documentation: ``make docs``, without the internet."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import bentjets

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
# Libraries that the reference imports warn of things that are no matter of the documents.
warnings.filterwarnings("ignore", category=DeprecationWarning)

project = "bentjets"
author = "The bentjets developers"
copyright = author
version = release = bentjets.__version__
language = "en"
smartquotes = False  # texts of the code are shown as they are
highlight_language = "none"  # what names no language is a command or a message

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "configuration",
    "offline_mathml",
]
exclude_patterns = ["_build", "_ext", "_pictures", "notebooks/.ipynb_checkpoints"]

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # they would come from another host

autodoc_default_options = {"members": True, "exclude-members": "model_config, model_post_init"}
autodoc_typehints = "none"  # the docstrings have them
numpydoc_show_class_members = False

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_title = f"bentjets {release}"
html_logo = html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["bentjets.css"]
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "show_prev_next": False,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
}

# Names of Python and numpy lead to their own documentation where that can be reached.
if os.environ.get("BENTJETS_INTERSPHINX") == "1":
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "astropy": ("https://docs.astropy.org/en/stable", None),
    }
