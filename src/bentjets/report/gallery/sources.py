"""One row for every source of the catalogue: what was found, said and predicted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from bentjets.learning.evaluation.baselines import MAJORITY

ACCEPTED, REJECTED, UNPROCESSED, WITHOUT_CUTOUT = (
    "accepted",
    "rejected",
    "not processed",
    "no cutout",
)
STATES = (ACCEPTED, REJECTED, UNPROCESSED, WITHOUT_CUTOUT)
"""How far a source came on its way from the catalogue into the dataset, the farthest first."""

LOST = (WITHOUT_CUTOUT, UNPROCESSED, REJECTED)
"""The states of sources that were lost, in the order of the steps that lose them."""

# From here on, in errors of the angle, an angle speaks against the class.
_ANGLE_ERRORS = 2.0
# Experts speak against it where more than this share of their votes names another class.
_MOST = 0.5
_FROM_CATALOGUE = ["source_id", "name", "ra_deg", "dec_deg", "morphology"]
_FACTS = {
    "splits": ("batch", "split"),
    "quality": (
        *("flags", "largest_angular_size_arcsec", "peak_jy_beam", "snr"),
        *("opening_angle_deg", "opening_angle_error_deg", "angle_against_class"),
    ),
    "label_doubts": ("suspicion", "suggested"),
    "morphology": (
        *("tail_1_arcsec", "tail_2_arcsec", "swept_position_angle_deg", "axis_ratio", "curvature"),
        "angle_reason",
    ),
}
_NO_OPINIONS = pd.DataFrame(
    columns=["source_id", "catalogue", "their_morphology", "doubtful", "agrees"]
)
_PROBABILITY = "probability_"
_KINDS = ("network", "ensemble", "baseline")


def tabulate_sources(
    tables: Mapping[str, pd.DataFrame], votes: pd.DataFrame, predictions: pd.DataFrame
) -> pd.DataFrame:
    """Gather what is known of each source.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The tables of the dataset, by their name in the catalog: ``catalogue``, ``acquisition_log``,
        ``processing_log``, ``quality``, ``morphology``, ``decisions``, ``splits``,
        ``label_doubts`` and, where other catalogues were asked, ``second_opinions``; those after
        the catalogue may lack sources.
    votes : DataFrame
        The votes that stand: ``source_id``, ``verdict``, ``morphology``.
    predictions : DataFrame
        ``model``, ``kind``, ``protocol``, ``source_id`` and a probability of each class.

    Returns
    -------
    DataFrame
        A row for each row of the catalogue, in its order. ``state`` is one of `STATES`; ``reason``
        says why it is not accepted. Of every model ``<model>: class`` is the class that it
        predicts, and ``<model>: probability`` what it gives that class; runs of several seeds are
        averaged. ``disagrees`` names, joined by semicolons, who speaks against the class of the
        catalogue: networks and rules by their name, ``experts``, if most of their votes on it name
        another, ``angle``, if it lies two of its errors outside of what the class allows, and
        ``second opinion``, if another catalogue names another class.
    """
    states = _states(tables["acquisition_log"], tables["processing_log"], tables["decisions"])
    table = tables["catalogue"][_FROM_CATALOGUE].merge(states, how="left", on="source_id")
    for facts, columns in _FACTS.items():
        table = table.merge(tables[facts][["source_id", *columns]], how="left", on="source_id")
    table["peak_mjy_beam"] = 1e3 * table.pop("peak_jy_beam")
    table = table.astype({"batch": "Int64", "suspicion": "Int64"})
    opinions = tables.get("second_opinions", _NO_OPINIONS)
    table = table.merge(_write_opinions(opinions), how="left", on="source_id")
    table = table.merge(_tally(votes), how="left", on="source_id")
    predicted = _predicted(predictions)
    table = table.merge(predicted, how="left", left_on="source_id", right_index=True)
    models = [str(name) for name in predicted if str(name).endswith(": class")]
    table["disagrees"] = _disagreements(table, models, votes, opinions)
    words = ["reason", "split", "flags", "angle_reason", "votes", "seen_as"]
    words += ["suggested", "second_opinion", *models]
    return table.fillna(dict.fromkeys(words, ""))


def _states(
    acquisition_log: pd.DataFrame, processing_log: pd.DataFrame, decisions: pd.DataFrame
) -> pd.DataFrame:
    """Say how far each source came, and why no farther; what a later stage says counts."""
    fetched = acquisition_log["sha256"].fillna("") != ""
    stages = [
        acquisition_log.assign(
            state=fetched.map({True: UNPROCESSED, False: WITHOUT_CUTOUT}),
            reason=acquisition_log["reason"].where(~fetched, ""),
        ),
        processing_log[processing_log["status"] != "ok"].assign(state=UNPROCESSED),
        decisions.assign(
            state=decisions["accepted"].astype(bool).map({True: ACCEPTED, False: REJECTED})
        ),
    ]
    told = pd.concat([stage[["source_id", "state", "reason"]] for stage in stages])
    return told.drop_duplicates("source_id", keep="last")


def _tally(votes: pd.DataFrame) -> pd.DataFrame:
    """Count verdicts and classes of each source, in words: ``2 accept, 1 reject``."""
    counted = {
        "votes": votes.groupby("source_id")["verdict"].agg(_count_words),
        "seen_as": _classed(votes).groupby("source_id")["morphology"].agg(_count_words),
    }
    return pd.DataFrame(counted, dtype=object).rename_axis("source_id").reset_index()


def _write_opinions(opinions: pd.DataFrame) -> pd.DataFrame:
    """Write what other catalogues say of each source: ``proctor2011: NAT?``."""
    read = opinions[opinions["their_morphology"] != ""]
    marks = read["doubtful"].astype(bool).map({True: "?", False: ""})
    said = read["catalogue"] + ": " + read["their_morphology"] + marks
    joined = said.groupby(read["source_id"]).agg(", ".join)
    return (
        pd.DataFrame({"second_opinion": joined}, dtype=object)
        .rename_axis("source_id")
        .reset_index()
    )


def _classed(votes: pd.DataFrame) -> pd.DataFrame:
    return votes[votes["morphology"].fillna("") != ""]


def _count_words(words: pd.Series) -> str:
    counts = words.value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _predicted(predictions: pd.DataFrame) -> pd.DataFrame:
    """Give class and probability by each model, indexed by source; runs are averaged."""
    columns = [str(name) for name in predictions if str(name).startswith(_PROBABILITY)]
    classes = [name.removeprefix(_PROBABILITY) for name in columns]
    found: dict[str, pd.Series] = {}
    protocols = predictions.groupby("model")["protocol"].nunique().to_dict()
    order = predictions["kind"].map({kind: place for place, kind in enumerate(_KINDS)})
    known = predictions[predictions["model"] != MAJORITY].assign(order=order)
    for (_, model, protocol), rows in known.groupby(["order", "model", "protocol"]):
        name = f"{model} ({protocol})" if protocols[model] > 1 else str(model)
        mean = rows.groupby("source_id")[columns].mean()
        found[f"{name}: class"] = mean.set_axis(classes, axis=1).idxmax(axis=1)
        found[f"{name}: probability"] = mean.max(axis=1)
    return pd.DataFrame(found)


def _disagreements(
    table: pd.DataFrame, models: Sequence[str], votes: pd.DataFrame, opinions: pd.DataFrame
) -> pd.Series:
    """Name who speaks against the class of the catalogue."""
    label = table["morphology"]
    against = {
        name.removesuffix(": class"): table[name].notna() & (table[name] != label)
        for name in models
    }
    classed = _classed(votes).merge(table[["source_id", "morphology"]], on="source_id")
    other = classed["morphology_x"] != classed["morphology_y"]
    shares = other.astype(float).groupby(classed["source_id"]).mean()
    against["experts"] = table["source_id"].map(shares).fillna(0.0) > _MOST
    against["angle"] = table["angle_against_class"].fillna(0.0) >= _ANGLE_ERRORS
    others = opinions[(opinions["their_morphology"] != "") & ~opinions["agrees"].astype(bool)]
    against["second opinion"] = table["source_id"].isin(others["source_id"])
    said = pd.DataFrame(against)
    return said.apply(lambda row: ";".join(name for name, speaks in row.items() if speaks), axis=1)
