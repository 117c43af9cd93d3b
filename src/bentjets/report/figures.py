"""Figures of the report: which sources they show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

REDSHIFTS = ("redshift", "z", "z_spec", "zspec", "z_phot", "zphot")


def choose_examples(
    manifest: pd.DataFrame, classes: Mapping[str, str], per_class: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Choose sources of each class at evenly spaced quantiles of the largest angular size.

    Parameters
    ----------
    manifest : DataFrame
        ``source_id``, ``morphology`` and ``largest_angular_size_arcsec``, one row per source.
    classes : mapping of str to str
        The declared classes.
    per_class : int
        How many sources of each class, if there are as many.

    Yields
    ------
    tuple of str and DataFrame
        A class that has sources, and the chosen rows.
    """
    for morphology in classes:
        sources = manifest[manifest["morphology"] == morphology]
        sources = sources.sort_values(["largest_angular_size_arcsec", "source_id"])
        count = min(per_class, len(sources))
        places = (np.arange(count) + 0.5) / max(count, 1) * len(sources)
        if count:
            yield morphology, sources.iloc[places.astype(int)]


def name_sources(sources: pd.DataFrame) -> Iterator[tuple[str, str, float | None]]:
    """Give what figures say of sources: identifier, name, and redshift where it is known.

    Parameters
    ----------
    sources : DataFrame
        Rows of the manifest: ``source_id``, ``name``, and what the catalogue gave. The redshift is
        its first column called as one of `REDSHIFTS`, in capital letters or not.
    """
    columns = {str(column).lower(): column for column in sources.columns}
    found = next((columns[name] for name in REDSHIFTS if name in columns), None)
    values = pd.to_numeric(sources[found], errors="coerce") if found is not None else None
    for place, (source_id, name) in enumerate(
        zip(sources["source_id"], sources["name"], strict=True)
    ):
        redshift = float(values.iloc[place]) if values is not None else 0.0
        # Catalogues write 0 or a negative number where they know none.
        is_known = np.isfinite(redshift) and redshift > 0
        yield str(source_id), str(name), redshift if is_known else None
