"""The tidy table of predictions: one row for each model, protocol, fold, seed and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.splitting.protocols import RunPlan

Kind = Literal["network", "ensemble", "baseline"]

RUN = ["model", "protocol", "fold", "seed"]
_COLUMNS = ["model", "kind", "protocol", "fold", "seed", "source_id", "label"]
_TOLERANCE = 1e-6


def probability_columns(classes: Sequence[str]) -> list[str]:
    """Name the column of each class."""
    return [f"probability_{name}" for name in classes]


def probabilities_of(predictions: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.float64]:
    """Give the probabilities, shape (n, classes)."""
    found: NDArray[np.float64] = predictions[probability_columns(classes)].to_numpy(np.float64)
    return found


def predicted_class(predictions: pd.DataFrame, classes: Sequence[str]) -> NDArray[np.object_]:
    """Name the class of the largest probability, the first of equals."""
    names = np.array(classes, dtype=object)
    return names[probabilities_of(predictions, classes).argmax(axis=1)]


def class_index(
    labels: Sequence[str] | pd.Series[str], classes: Sequence[str]
) -> NDArray[np.int64]:
    """Give the place of each label among the classes, -1 where it is none of them."""
    found = pd.Index(list(classes)).get_indexer(pd.Index(labels))
    return found.astype(np.int64)


def tabulate_run(
    model: str,
    kind: Kind,
    plan: RunPlan,
    probabilities: NDArray[np.float64],
    labels: Mapping[str, str],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Write what a run says of its test sources as rows of the tidy table.

    Parameters
    ----------
    model, kind : str
        Name and kind of the entry.
    plan : RunPlan
        The run.
    probabilities : ndarray, shape (n, classes)
        One row per source of ``plan.test``, in that order.
    labels : mapping of str to str
        The class of each source.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        Columns ``model``, ``kind``, ``protocol``, ``fold``, ``seed``, ``source_id``, ``label`` and
        ``probability_<class>``.
    """
    table = pd.DataFrame(
        {"source_id": list(plan.test), "label": [labels[source] for source in plan.test]}
    )
    run = {"model": model, "kind": kind, "protocol": plan.protocol}
    table = table.assign(**run, fold=plan.fold, seed=plan.seed)[_COLUMNS]
    values = np.asarray(probabilities, dtype=np.float64).reshape(len(table), len(classes))
    return pd.concat([table, pd.DataFrame(values, columns=probability_columns(classes))], axis=1)


def join_predictions(
    parts: Iterable[pd.DataFrame], classes: Sequence[str], order: Sequence[str]
) -> pd.DataFrame:
    """Join the predictions of all runs to one table, checked and sorted.

    Parameters
    ----------
    parts : iterable of DataFrame
        Rows as `tabulate_run` writes them.
    classes : sequence of str
        Names of the classes.
    order : sequence of str
        Every source, in the order of the splits.

    Returns
    -------
    DataFrame
        Sorted by model, protocol, fold, seed, then the order of the splits.

    Raises
    ------
    InputError
        If there are none; or a source is predicted twice by a run, is none of the splits or of
        no known class, or has probabilities that are none.
    """
    tables = [part for part in parts if len(part)]
    if not tables:
        raise InputError("there are no predictions: train a model, or add a baseline")
    columns = [*_COLUMNS, *probability_columns(classes)]
    for table in tables:
        missing = [name for name in columns if name not in table]
        if missing:
            model = table["model"].iloc[0] if "model" in table else "a model"
            raise InputError(
                f"the predictions of {model} have no {missing[0]}: train it on the classes "
                f"{', '.join(classes)} again"
            )
    joined = pd.concat([table[columns] for table in tables], ignore_index=True)
    place = {source: rank for rank, source in enumerate(order)}
    joined["_rank"] = joined["source_id"].map(place)
    _check(joined, classes)
    joined = joined.sort_values([*RUN, "_rank"], kind="stable", ignore_index=True)
    return joined.drop(columns="_rank")


def _check(table: pd.DataFrame, classes: Sequence[str]) -> None:
    probabilities = probabilities_of(table, classes)
    is_probability = (probabilities >= 0).all(axis=1) & (
        np.abs(probabilities.sum(axis=1) - 1) <= _TOLERANCE
    )
    faults = {
        "is none of the splits": table["_rank"].isna().to_numpy(),
        f"has a label that is none of {', '.join(classes)}": ~table["label"].isin(list(classes)),
        "has probabilities that do not sum to 1": ~is_probability,
        "is predicted twice by one run": table.duplicated([*RUN, "source_id"]).to_numpy(),
    }
    for fault, holds in faults.items():
        if np.any(holds):
            row = table.iloc[int(np.flatnonzero(holds)[0])]
            raise InputError(
                f"{row['source_id']} {fault} (predictions of {row['model']}, {row['protocol']} "
                f"fold {row['fold']}, seed {row['seed']}): run the modelling again"
            )


def ensemble_predictions(
    predictions: pd.DataFrame,
    ensembles: Mapping[str, Sequence[str]],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Average the probabilities of several runs: over the seeds of models, and over models.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    ensembles : mapping of str to sequence of str
        The models of each ensemble.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        Rows of the tidy table, kind ``ensemble``, with the first seed of the first model: for each
        protocol that all models of the ensemble have, if there is more than one run to average.

    Raises
    ------
    InputError
        If an ensemble is called like a model, names an unknown one, or its runs predicted
        different sources.
    """
    known = list(predictions["model"].unique())
    parts = []
    for name, models in ensembles.items():
        if name in known:
            raise InputError(f"modelling.ensembles.{name}: a model has this name; choose another")
        unknown = [model for model in models if model not in known]
        if unknown or not models:
            raise InputError(
                f"modelling.ensembles.{name} names {', '.join(unknown) or 'no model'}: choose of "
                f"{', '.join(known)}"
            )
        members = predictions[predictions["model"].isin(list(models))]
        for protocol, rows in members.groupby("protocol", sort=False):
            if set(rows["model"]) == set(models):
                parts.append(_average(name, str(protocol), list(models), rows, classes))
    columns = [*_COLUMNS, *probability_columns(classes)]
    return pd.concat([predictions.iloc[:0][columns], *parts], ignore_index=True)


def _average(
    name: str, protocol: str, models: Sequence[str], rows: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """Average the runs of one protocol; no rows where there is one run only."""
    runs = rows[["model", "seed"]].drop_duplicates()
    if len(runs) == 1:
        return rows.iloc[:0]
    counts = rows.groupby(["fold", "source_id"]).size()
    short = counts[counts != len(runs)]
    if len(short):
        fold, source = short.index[0]
        raise InputError(
            f"modelling.ensembles.{name}: {source} (fold {fold} of {protocol}) is not predicted by "
            f"each of its {len(runs)} runs: train {', '.join(models)} again"
        )
    first_seed = runs.loc[runs["model"] == models[0], "seed"].iloc[0]
    first = (rows["model"] == models[0]) & (rows["seed"] == first_seed)
    names = probability_columns(classes)
    means = rows.groupby(["fold", "source_id"])[names].mean()
    table = rows.loc[first, _COLUMNS].assign(model=name, kind="ensemble")
    places = pd.MultiIndex.from_frame(table[["fold", "source_id"]])
    table[names] = means.loc[places].to_numpy()
    return table
