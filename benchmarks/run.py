"""Measure the speed of what the pipelines do, as ratios within one run (`make bench`).

All of it takes half an hour to an hour on two cores; `make bench ARGS=catalogues` runs one part
(see `PARTS`). A quiet machine gives ratios that can be compared. Each loop runs in a fresh process
on the same cutouts: those of the FIRST survey in ../shared/first where they are at hand, else
simulated ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import fetch_cutout, open_survey

HERE = Path(__file__).resolve().parent
# The stand-in for public services is kept with the tests.
sys.path.append(str(HERE.parent / "tests"))
REAL = HERE.parents[1] / "shared" / "first"
SURVEY = {"size_px": 150, "beam_arcsec": [5.4, 5.4, 0.0], "frequency_hz": 1.4e9}
SEED = 2025
N_SIMULATED = 54
GROWTH = (500, 5000)
SCALE = (2000, 20_000)
DRIVEN = (10_000, 100_000, 1_000_000)
CATALOGUES = (700, 7000)
PER_SECOND = 100.0
N_DRAWN = 10_000
NETWORKS = {"convnext_atto": "224", "resnet18": "96"}
# What a script imports that reads a table and draws its images, besides PyBDSF.
SCRIPT = "pandas,matplotlib.pyplot"
Figures = dict[str, Any]


def main() -> None:
    """Run the measurements that are named, or all, and print each table as it comes."""
    with tempfile.TemporaryDirectory() as folder:
        sample, catalogue = _write_cutouts(Path(folder))
        print(f"{len(catalogue)} {sample} cutouts, {os.cpu_count()} cores", flush=True)
        catalogue.to_csv(Path(folder) / "catalogue.csv", index=False)
        for part in sys.argv[1:] or PARTS:
            PARTS[part](folder)


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


def compare_runs(cutouts: str) -> None:
    """Measure a second run of the processing pipeline, with nothing changed."""
    twice = _measure("run_twice", cutouts, f"{cutouts}/catalogue.csv")
    _title("The processing pipeline again")
    rows = [(run, twice[run], twice[run] / twice["first"]) for run in ("first", "second")]
    _table(["run", "seconds", "of the first"], rows)


def compare_surveys(_: str) -> None:
    """Measure how time and memory grow with the survey, acquisition and processing together."""
    surveys = [_measure("run_pipelines", str(n_sources)) for n_sources in GROWTH]
    first = surveys[0]
    _title("Larger surveys (simulated)")
    _table(
        [
            *("sources", "seconds", "of the first", "driver's peak, MiB", "of the first"),
            "processing again, of the first time",
        ],
        [
            (
                survey["sources"],
                survey["seconds"],
                survey["seconds"] / first["seconds"],
                survey["driver_mib"],
                survey["driver_mib"] / first["driver_mib"],
                survey["again"],
            )
            for survey in surveys
        ],
    )


def compare_scale(_: str) -> None:
    """Measure how a dataset of masks grows with the survey, from the catalogue to the release."""
    small, large = (_measure("make_dataset", str(n_sources)) for n_sources in SCALE)
    _title("A dataset, ten times larger (simulated, masks only, to the release)")
    seconds, driver = (
        [sum(step[what] for step in run["steps"].values()) for run in (small, large)]
        for what in ("seconds", "driver_s")
    )
    rows = [
        (
            *(run["sources"], spent, spent / seconds[0], 1000 * cores / run["sources"]),
            *(run["driver_mib"], run["driver_mib"] / small["driver_mib"]),
            *(run["files"] / run["sources"], run["bytes"] / run["sources"] / 1000),
            run["again"] / spent,
        )
        for run, spent, cores in zip((small, large), seconds, driver, strict=True)
    ]
    _table(
        [
            *("sources", "seconds", "of the first", "driver, ms a source"),
            *("driver's peak, MiB", "of the first", "files a source", "kB a source"),
            "again, of the first time",
        ],
        rows,
    )
    _table(
        ["step", "seconds", "driver, ms a source"],
        [
            (name, step["seconds"], 1000 * step["driver_s"] / large["sources"])
            for name, step in large["steps"].items()
        ],
    )


def compare_drivers(_: str) -> None:
    """Measure what one step costs the driver for each source, up to a million sources."""
    _title("One step of the driver, with workers that take no time")
    _table(
        [
            *("sources", "first, ms a source", "reading, ms a source", "again, ms a source"),
            *("driver's peak, MiB", "cache, MB"),
        ],
        [
            (row["sources"], *row["ms"].values(), row["driver_mib"], row["cache_mb"])
            for row in (_measure("simulate_driver", str(n_sources)) for n_sources in DRIVEN)
        ],
    )


def compare_catalogues(_: str) -> None:
    """Measure acquisition from a stand-in for SkyView that fails as true services do."""
    from services import Flaky, Services

    rows = []
    for n_sources in CATALOGUES:
        with tempfile.TemporaryDirectory() as root, Services() as services:
            catalogue = simulate_catalogue(n_sources, wat_fraction=0.6, seed=SEED)
            catalogue.to_csv(Path(root) / f"{n_sources}.csv", index=False)
            services.name_sources(catalogue["name"], catalogue["ra_deg"], catalogue["dec_deg"])
            services.plan = Flaky(transient=0.10, permanent=0.03)
            address, pace = services.skyview_url, str(PER_SECOND)
            measured = _measure("acquire", str(n_sources), address, pace, root)
            asked = services.asked()
            waited = asked[-1].started - asked[0].started
            rows.append(
                (
                    n_sources,
                    len(asked),
                    len(asked) / (2 * n_sources + 1),
                    len(services.asked_again()),
                    waited,
                    waited * PER_SECOND / len(asked),
                    services.most_in_flight(),
                    measured["driver_mib"],
                )
            )
    _title("Acquisition, 10 % of the sources failing for a time and 3 % for good")
    _table(
        [
            *("sources", "requests", "of those without faults", "again for a whole file"),
            *("seconds", "of the limit", "most in flight", "driver's peak, MiB"),
        ],
        rows,
    )


def compare_simulations(_: str) -> None:
    """Measure how fast the simulated sky is drawn, and whether it is the same again."""
    twice = [_measure("simulate", str(N_DRAWN)) for _ in range(2)]
    _title("The simulated survey")
    _table(
        ["cutouts", "seconds", "per second", "files"],
        [(N_DRAWN, run["seconds"], N_DRAWN / run["seconds"], run["files"]) for run in twice],
    )


def compare_training(_: str) -> None:
    """Measure training against a plain loop of Lightning: whole epochs, with their validation."""
    rows: list[Any] = []
    for timm_model, size_px in NETWORKS.items():

        def measure(loop: str, *arguments: str, given: Any = (timm_model, size_px)) -> Figures:
            return _measure(loop, *given, *arguments, script="training.py")

        loops = {
            "plain Lightning, PIL in workers": measure("train_plainly"),
            "train_run, 32-true": measure("train_as_we_do", "32-true"),
            "train_run, bf16-mixed": measure("train_as_we_do", "bf16-mixed"),
        }
        plain = loops["plain Lightning, PIL in workers"]["images_per_s"]
        chosen = measure("train_as_we_do")
        loops[f"train_run, auto ({chosen['precision']})"] = chosen
        for name, row in loops.items():
            fast = row["images_per_s"]
            rows.append((timm_model, size_px, name, fast, fast / plain))
    _title("Training")
    _table(["network", "px", "loop", "images a second", "faster than plain"], rows)


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


def _measure(loop: str, *arguments: str, script: str = "loops.py") -> Figures:
    command = [sys.executable, str(HERE / script), loop, *arguments]
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


PARTS: dict[str, Callable[[str], None]] = {
    "loop": compare_with_plain_loop,
    "dask": compare_dask_workers,
    "runs": compare_runs,
    "surveys": compare_surveys,
    "scale": compare_scale,
    "driver": compare_drivers,
    "catalogues": compare_catalogues,
    "simulations": compare_simulations,
    "training": compare_training,
}


if __name__ == "__main__":
    main()
