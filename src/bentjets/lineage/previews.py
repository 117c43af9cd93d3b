"""What kedro-viz shows of a step: its sentence, its equation, and what it makes of what."""

from __future__ import annotations

import functools
import inspect
import warnings

from kedro.pipeline import Node, Pipeline
from kedro.pipeline.preview_contract import TextPreview

_EQUATIONS = {
    "fit_sources": "B = \N{GREEK SMALL LETTER MU} + k \N{GREEK SMALL LETTER SIGMA}   (Eq. 1)\n"
    "S(x, y) = \N{N-ARY SUMMATION} A exp(\N{MINUS SIGN}r\N{SUPERSCRIPT TWO} / 2"
    "\N{GREEK SMALL LETTER SIGMA}\N{SUPERSCRIPT TWO})   (Eq. 2)",
    "make_masks": "M(x, y) = 1 inside the islands, grown by d pixels; 0 outside   (Eq. 3)",
    "draw_images": "P = 255 (F \N{MINUS SIGN} min F) / (max F \N{MINUS SIGN} min F)   (Eq. 4)",
    "mask_images": "P' = P \N{MULTIPLICATION SIGN} M   (Eq. 5)",
}
"""Those of Hossain et al. 2025, by the step that computes them."""


def with_previews(pipeline: Pipeline) -> Pipeline:
    """Give every step of a pipeline a preview for kedro-viz.

    Parameters
    ----------
    pipeline
        Before its steps are named after it.
    """
    with warnings.catch_warnings():
        # Once per process: that previews of steps are new in Kedro.
        warnings.filterwarnings("ignore", message="The 'preview_fn' feature is experimental")
        return Pipeline(
            [one._copy(preview_fn=functools.partial(_describe, one)) for one in pipeline.nodes]
        )


def _describe(node: Node) -> TextPreview:
    parts = [
        inspect.getdoc(node.func) or "",
        _EQUATIONS.get(node.name.rpartition(".")[2], ""),
        _list("Reads", node.inputs),
        _list("Makes", node.outputs),
    ]
    return TextPreview("\n\n".join(part for part in parts if part))


def _list(title: str, names: list[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {name}" for name in dict.fromkeys(names))])
