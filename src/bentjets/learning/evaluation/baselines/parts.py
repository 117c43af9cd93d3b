"""The rows of the manifest that a baseline learns from, and those that test it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data.splitting.protocols import RunPlan


def first_plans(plans: Sequence[RunPlan]) -> list[RunPlan]:
    """Give the plans of the first seed of each protocol; a baseline has no use for a second."""
    seeds: dict[str, int] = {}
    for plan in plans:
        seeds.setdefault(plan.protocol, plan.seed)
    return [plan for plan in plans if plan.seed == seeds[plan.protocol]]


def training_and_test(
    manifest: pd.DataFrame, plans: Sequence[RunPlan], classes: Sequence[str]
) -> Iterator[tuple[RunPlan, pd.DataFrame, pd.DataFrame]]:
    """Give the rows of each plan: training and validation together, less the test; and the test.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``source_id``, ``morphology``, and measurements.
    plans : sequence of RunPlan
        The runs.
    classes : sequence of str
        Names of the classes.

    Yields
    ------
    plan : RunPlan
        The run.
    training, test : DataFrame
        Rows of the manifest.

    Raises
    ------
    InputError
        If a source is not in the manifest or of no known class, or there is none to learn from.
    """
    known = manifest.set_index("source_id", drop=False)
    for plan in first_plans(plans):
        tested = set(plan.test)
        learnt = [one for one in (*plan.training, *plan.validation) if one not in tested]
        lost = [one for one in (*learnt, *plan.test) if one not in known.index]
        if lost:
            raise InputError(f"{lost[0]} is in the splits and not in the manifest: curate again")
        if not learnt:
            raise InputError(f"no training sources in {plan.name}: accept more sources")
        training, test = known.loc[learnt], known.loc[list(plan.test)]
        strange = set(training["morphology"]) | set(test["morphology"])
        strange -= set(classes)
        if strange:
            raise InputError(
                f"the manifest has sources of the class {min(strange)}, which is none of "
                f"{', '.join(classes)}: curate again"
            )
        yield plan, training, test
