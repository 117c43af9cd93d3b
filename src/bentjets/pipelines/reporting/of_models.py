"""Names of what each model leaves behind: `<model>.<result>`, as models are namespaces."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def of_models(models: Sequence[str], *results: str) -> dict[str, str]:
    """Name results of each model; the arguments are called as the datasets are."""
    return {f"{model}.{result}": f"{model}.{result}" for result in results for model in models}


@contextmanager
def dots_allowed() -> Iterator[None]:
    """Hush Kedro's warning of dots: the names of results have one as models are namespaces."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        yield
