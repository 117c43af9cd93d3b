"""Labels that were flipped on purpose, and how many of them the list of doubtful labels has on top.

python benchmarks/doubtful_labels.py CATALOGUE CUTOUTS DATA_ROOT [--classes A B] [--params ...]

CATALOGUE is a table (name, ra_deg, dec_deg, morphology) of two classes, CUTOUTS the folder of its
images; a tenth of each class gets the other one's name. DATA_ROOT is an empty folder for the run,
``kedro run --env folder`` as far as label_doubts.parquet: flipped labels should come first in it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FLIPPED, SEED = 0.1, 0
LISTED = (0.05, 0.1, 0.15, 0.2, 0.3)


def flip_labels(catalogue: pd.DataFrame, classes: tuple[str, str]) -> pd.Series:
    """Choose a tenth of each class, give it the other name, and tell which they are."""
    rng = np.random.default_rng(SEED)
    flipped = pd.Series(False, index=catalogue.index)
    for name in classes:
        rows = catalogue.index[catalogue["morphology"] == name].to_numpy()
        flipped[rng.choice(rows, round(FLIPPED * len(rows)), replace=False)] = True
    other = dict(zip(classes, classes[::-1], strict=True))
    catalogue.loc[flipped, "morphology"] = catalogue.loc[flipped, "morphology"].map(other)
    return flipped


def run(given: argparse.Namespace, catalogue: Path, root: Path) -> None:
    """Go as far as the list of doubtful labels; with masks only, for no network needs more."""
    codes = zip(given.classes, ("100", "200"), strict=True)
    parameters = [
        f"cutouts={given.cutouts.resolve()}",
        f"catalogue={catalogue}",
        "processing.masks_only=true",
        *(f"classes.{name}={code}" for name, code in codes),
        *given.params,
    ]
    command = ["run", "--env", "folder", "--to-nodes", "modelling.rank_doubts"]
    subprocess.run(
        [sys.executable, "-m", "kedro", *command, "--params", ",".join(parameters)],
        env=os.environ | {"BENTJETS_DATA": str(root)},
        cwd=Path(__file__).resolve().parents[1],
        check=True,
    )


def main() -> None:
    """Flip, run, and print a line for each length of the list."""
    parser = argparse.ArgumentParser()
    for name in ("catalogue", "cutouts", "root"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--classes", nargs=2, default=("WAT", "NAT"))
    parser.add_argument("--params", nargs="*", default=[])
    given = parser.parse_args()
    root = given.root.resolve()
    root.mkdir(parents=True, exist_ok=True)
    catalogue = pd.read_csv(given.catalogue, dtype={"name": str})
    catalogue = catalogue[["name", "ra_deg", "dec_deg", "morphology"]]
    flipped = flip_labels(catalogue, tuple(given.classes))
    catalogue.to_csv(root / "flipped.csv", index=False)
    run(given, root / "flipped.csv", root)
    doubts = pd.read_parquet(root / "07_model_output" / "label_doubts.parquet")
    doubts = doubts.sort_values("suspicion")
    found = doubts["source_id"].isin(catalogue.loc[flipped, "name"]).to_numpy()
    print(f"{len(doubts)} sources, {found.sum()} labels flipped")
    for share in LISTED:
        first = found[: round(share * len(doubts))]
        print(f"first {share:4.0%}: {first.sum() / found.sum():.1%} of the flipped labels")
    called = doubts["is_error"].to_numpy()
    print(
        f"called errors: {called.sum()}, {found[called].mean():.1%} of them flipped, "
        f"{found[called].sum() / found.sum():.1%} of the flipped"
    )


if __name__ == "__main__":
    main()
