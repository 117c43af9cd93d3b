"""Whom a dataset names, and whom it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader

from bentjets.parameters import list_citations, read_parameters
from bentjets.settings import CONFIG_LOADER_ARGS

CONF = Path(__file__).resolve().parents[2] / "conf"
SASMAL = "Catalogue of the sources: Sasmal et al. 2022, ApJS 259, 31."
FIRST = "Survey of the images: FIRST, Becker, White & Helfand 1995, ApJ 450, 559."
NVSS = "Survey of the images: NVSS, Condon et al. 1998, AJ 115, 1693."
PROCTOR = "Second opinion on the classes: Proctor 2011, ApJS 194, 31."
PYBDSF = "Source finding: PyBDSF, Mohan & Rafferty 2015, ASCL 1502.007."
UNNAMED = "Name the survey and the catalogue that your files come from."
MINE = "Doe 2024, A&A 1, 2"


def cite(env: str, **acquisition: Any) -> list[str]:
    loader = OmegaConfigLoader(
        str(CONF), env=env, runtime_params={"acquisition": acquisition}, **CONFIG_LOADER_ARGS
    )
    return list_citations(read_parameters(loader["parameters"]).acquisition)


@pytest.mark.parametrize(
    ("env", "given", "cited"),
    [
        ("test", {}, [PYBDSF]),
        ("first", {}, [SASMAL, FIRST, PROCTOR, PYBDSF]),
        ("first", {"survey": "nvss"}, [SASMAL, NVSS, PROCTOR, PYBDSF]),
        ("folder", {}, [UNNAMED, PYBDSF]),
        (
            "folder",
            {"surveys": {"folder": {"citation": MINE}}},
            [
                f"Survey of the images: {MINE}.",
                "Name the catalogue that your files come from.",
                PYBDSF,
            ],
        ),
        (
            "folder",
            {
                "surveys": {"folder": {"citation": MINE}},
                "catalogues": {"folder": {"citation": f"{MINE}."}},
            },
            [f"Catalogue of the sources: {MINE}.", f"Survey of the images: {MINE}.", PYBDSF],
        ),
        # Made of these by others, whose source finding is not ours.
        ("published", {}, [SASMAL, FIRST]),
    ],
)
def test_what_was_used_is_cited_and_nothing_else(
    env: str, given: dict[str, Any], cited: list[str]
) -> None:
    assert cite(env, **given) == cited


def test_every_public_survey_and_catalogue_states_whom_to_cite() -> None:
    loader = OmegaConfigLoader(str(CONF), env="test", **CONFIG_LOADER_ARGS)
    acquisition = read_parameters(loader["parameters"]).acquisition
    for entries in (acquisition.surveys, acquisition.catalogues):
        for name, entry in entries.items():
            is_public = entry.service not in ("simulated", "table", "folder")
            assert bool(entry.citation) is is_public, name
