"""Measure the speed of processing, as ratios within one run (`make bench`).

Takes about half an hour on two cores; a quiet machine gives ratios that can be compared. Each
loop runs in a fresh process on the same cutouts: those of the FIRST survey in ../shared/first
where they are at hand, else simulated ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import fetch_cutout, open_survey

HERE = Path(__file__).resolve().parent
REAL = HERE.parents[1] / "shared" / "first"
SURVEY = {"size_px": 150, "beam_arcsec": [5.4, 5.4, 0.0], "frequency_hz": 1.4e9}
SEED = 2025
N_SIMULATED = 54
GROWTH = (500, 5000)
# What a script imports that reads a table and draws its images, besides PyBDSF.
SCRIPT = "pandas,matplotlib.pyplot"
Figures = dict[str, Any]


def main() -> None:
    """Run every measurement and print its table as it comes."""
    with tempfile.TemporaryDirectory() as folder:
        sample, catalogue = _write_cutouts(Path(folder))
        print(f"{len(catalogue)} {sample} cutouts, {os.cpu_count()} cores", flush=True)
        table = Path(folder) / "catalogue.csv"
        catalogue.to_csv(table, index=False)
        compare_with_plain_loop(folder)
        compare_dask_workers(folder)
        compare_runs(folder, str(table))
    compare_surveys()


def compare_with_plain_loop(cutouts: str) -> None:
    """Measure source finding against PyBDSF in a loop, and what the time goes into."""
    bare, script = _measure("loop_plainly", cutouts), _measure("loop_plainly", cutouts, SCRIPT)
    one = _measure("loop_in_one_process", cutouts)
    all_cores = _measure("map_on_processes", cutouts)
    masks = _measure("map_on_processes", cutouts, "masks_only")
    cached = {"seconds": all_cores["seconds_cached"], "masks": all_cores["masks"]}
    _title("Source finding")
    _table(
        ["loop", "seconds", "faster than bare", "faster than script", "masks"],
        [
            (name, row["seconds"], *_ratios(row, bare, script), row["masks"])
            for name, row in [
                ("PyBDSF in a loop, bare interpreter", bare),
                (f"PyBDSF in a loop, script with {SCRIPT}", script),
                ("one process", one),
                ("map_sources, all cores", all_cores),
                ("map_sources, all cores, masks_only", masks),
                ("map_sources, everything cached", cached),
            ]
        ],
    )
    _report_steps(all_cores)


def compare_dask_workers(cutouts: str) -> None:
    """Measure two Dask workers against one, the driver on the same cores."""
    seconds = {}
    for count in (1, 2):
        with _dask_cluster(count) as scheduler:
            seconds[count] = _measure("map_on_dask", cutouts, scheduler)["seconds"]
    _title("Dask workers")
    rows = [(count, spent, seconds[1] / spent) for count, spent in seconds.items()]
    _table(["workers", "seconds", "faster than one"], rows)


def compare_runs(cutouts: str, catalogue: str) -> None:
    """Measure a second run of the processing pipeline, with nothing changed."""
    twice = _measure("run_twice", cutouts, catalogue)
    _title("The processing pipeline again")
    rows = [(run, twice[run], twice[run] / twice["first"]) for run in ("first", "second")]
    _table(["run", "seconds", "of the first"], rows)


def compare_surveys() -> None:
    """Measure how time and memory grow with the survey, acquisition and processing together."""
    surveys = [_measure("run_pipelines", str(n_sources)) for n_sources in GROWTH]
    first = surveys[0]
    _title("Larger surveys (simulated)")
    _table(
        ["sources", "seconds", "of the first", "driver's peak, MiB", "of the first"],
        [
            (
                survey["sources"],
                survey["seconds"],
                survey["seconds"] / first["seconds"],
                survey["driver_mib"],
                survey["driver_mib"] / first["driver_mib"],
            )
            for survey in surveys
        ],
    )


def _report_steps(measured: Figures) -> None:
    """Say what the cores did while `map_sources` ran."""
    available = measured["seconds"] * (os.cpu_count() or 1)
    steps = measured["steps"]
    fit = steps.pop("gausfit")
    everything = steps.pop("all")
    others = {f"PyBDSF: {name}": spent for name, spent in steps.items()}
    others["reading and writing files in the workers"] = everything - fit - sum(steps.values())
    others["engine, cache, waiting for the last"] = available - everything
    _title("What the cores' time went into")
    rows = [("PyBDSF: gausfit (the fit)", fit), *sorted(others.items(), key=lambda row: -row[1])]
    shown = [(name, 100 * spent / available) for name, spent in rows if spent > 0.001 * available]
    _table(["step", "% of the cores' time"], shown)
    print(f"\nNot the fit: {100 * (1 - fit / available):.1f} %", flush=True)


def _write_cutouts(folder: Path) -> tuple[str, pd.DataFrame]:
    if REAL.is_dir():
        sample, catalogue = "FIRST", pd.read_csv(REAL / "catalogue.csv").query("has_cutout == 1")
        settings = {"service": "folder", "path": str(REAL / "cutouts")}
    else:
        sample = "simulated"
        catalogue = simulate_catalogue(N_SIMULATED, wat_fraction=0.6, seed=SEED)
        settings = {"service": "simulated", "pixel_scale_arcsec": 1.8}
    survey = open_survey(sample, {**settings, **SURVEY}, seed=SEED)
    for row in catalogue.to_dict("records"):
        (folder / f"{row['name']}.fits").write_bytes(fetch_cutout(row, survey).file)
    return sample, catalogue


def _measure(loop: str, *arguments: str) -> Figures:
    command = [sys.executable, str(HERE / "loops.py"), loop, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextlib.contextmanager
def _dask_cluster(n_workers: int) -> Iterator[str]:
    """Start a scheduler and workers as processes of their own, on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, dask = f"tcp://127.0.0.1:{port}", str(Path(sys.executable).with_name("dask"))
    # Workers import the measured function from this folder.
    environment = os.environ | {"PYTHONPATH": str(HERE)}
    scheduler = [dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = [dask, "worker", address, "--nthreads", "1", "--no-dashboard"]
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        for command in [scheduler, *[worker] * n_workers]:
            process = subprocess.Popen(
                command, cwd=scratch, env=environment, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield address


def _ratios(row: Figures, *slower: Figures) -> list[float]:
    return [other["seconds"] / row["seconds"] for other in slower]


def _title(text: str) -> None:
    print(f"\n## {text}\n")


def _table(columns: list[str], rows: list[Any]) -> None:
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        cells = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
