"""What the pages quote is what the code says and takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.config import OmegaConfigLoader

from bentjets.parameters import Parameters, read_parameters
from bentjets.settings import CONFIG_LOADER_ARGS

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [path for path in PROJECT.glob("docs/**/*.md") if "_build" not in path.parts]
MESSAGES = re.findall(
    r"^`(.*)`$", (PROJECT / "docs/guide/troubles.md").read_text(), flags=re.MULTILINE
)


def fenced(language: str) -> list[Any]:
    found = [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in sorted(PAGES)
        for number, block in enumerate(
            re.findall(rf"```{language}\n(.*?)```", page.read_text(), flags=re.DOTALL)
        )
    ]
    assert found
    return found


def spoken(tree: ast.AST) -> Iterator[str]:
    """Every text of the code, with … for what is put into it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.Constant) else "…" for one in node.values]
            yield "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.fixture(scope="module")
def sentences() -> str:
    files = sorted((PROJECT / "src").rglob("*.py"))
    return "\n".join(one for file in files for one in spoken(ast.parse(file.read_text())))


@pytest.mark.parametrize("message", MESSAGES)
def test_the_code_says_this(sentences: str, message: str) -> None:
    assert message in sentences


def test_many_messages_are_explained() -> None:
    assert len(MESSAGES) > 20


@pytest.fixture(scope="module")
def base() -> dict[str, Any]:
    return OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)["parameters"]


def merge(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: merge(below.get(key), value) for key, value in above.items()}
    return above


@pytest.mark.parametrize("block", fenced("yaml"))
def test_settings_can_be_given_so(base: dict[str, Any], block: str) -> None:
    given = yaml.safe_load(block)
    if given.keys() <= Parameters.model_fields.keys():
        # Declared classes mean others, not more.
        read_parameters(merge(base, given) | {"classes": given.get("classes", base["classes"])})
    else:
        assert given.keys() <= {"reviews", "votes", "hugging_face", "zenodo"}


@pytest.mark.parametrize("block", fenced("python"))
def test_what_is_imported_is_there(block: str) -> None:
    for node in ast.parse(block).body:
        if isinstance(node, ast.Import | ast.ImportFrom) and "bentjets" in ast.unparse(node):
            exec(ast.unparse(node), {})
