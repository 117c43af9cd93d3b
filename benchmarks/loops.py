"""What `run.py` measures: each loop in a process of its own, its figures as one line of JSON.

PyBDSF prints as it likes, so that the figures are the last line.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

Figures = dict[str, Any]

PROJECT = Path(__file__).resolve().parents[1]
BEAM_DEG = (0.0015, 0.0015, 0.0)
FREQUENCY_HZ = 1.4e9
# Images with which workers warm up: no loop is charged for imports.
WARM_UP = 4


def loop_plainly(cutouts: str, modules: str = "") -> Figures:
    """Do what a script does: one ``process_image`` and ``export_image`` after another."""
    import bdsf
    from astropy.io import fits

    for module in filter(None, modules.split(",")):
        importlib.import_module(module)
    files = sorted(Path(cutouts).glob("*.fits"))
    with tempfile.TemporaryDirectory() as work:
        start = perf_counter()
        for file in files:
            image = bdsf.process_image(
                str(file), outdir=work, quiet=True, beam=BEAM_DEG, frequency=FREQUENCY_HZ
            )
            out = f"{work}/{file.stem}.mask.fits"
            image.export_image(outfile=out, img_type="island_mask", clobber=True)
        seconds = perf_counter() - start
        masks = [fits.getdata(path).squeeze() for path in sorted(Path(work).glob("*.mask.fits"))]
    return {"seconds": seconds, "masks": _digest(masks)}


def loop_in_one_process(cutouts: str) -> Figures:
    """Loop over what a worker does."""
    from timed import find

    jobs = _jobs(cutouts)
    find(jobs[0][1])
    start = perf_counter()
    found = [find(job) for _, job in jobs]
    return {"seconds": perf_counter() - start, "masks": _masks(found)}


def map_on_processes(cutouts: str, masks_only: str = "") -> Figures:
    """Run `map_sources` on all cores twice: nothing cached, then everything cached."""
    return _map({"n_jobs": -1}, cutouts, masks_only=bool(masks_only))


def map_on_dask(cutouts: str, scheduler: str) -> Figures:
    """Run `map_sources` on the workers of a scheduler."""
    return _map({"backend": "dask", "scheduler": scheduler}, cutouts)


def run_pipelines(n_sources: str) -> Figures:
    """Run acquisition and processing of a simulated survey, then processing once more."""
    import os

    with tempfile.TemporaryDirectory() as root:
        os.environ["BENTJETS_DATA"] = root
        simulated = {"catalogues": {"simulated": {"n_sources": int(n_sources)}}}
        acquisition, processing, again = (
            _run(name, {"acquisition": simulated})
            for name in ("acquisition", "processing", "processing")
        )
        done = len(list(Path(root, "03_primary", "masked").glob("*.png")))
    # Linux counts in kilobytes.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": acquisition + processing,
        "again": again / processing,
        "driver_mib": memory,
        "sources": done,
    }


def make_dataset(n_sources: str) -> Figures:
    """Make a dataset of a simulated survey, masks only: from the catalogue to the release."""
    import os

    with tempfile.TemporaryDirectory() as root:
        os.environ["BENTJETS_DATA"] = root
        given = {
            "acquisition": {"catalogues": {"simulated": {"n_sources": int(n_sources)}}},
            "processing": {"masks_only": True},
        }
        steps = {}
        for name in ("acquisition", "processing", "curation"):
            before = _driver_s()
            seconds = _run(name, given)
            steps[name] = {"seconds": seconds, "driver_s": _driver_s() - before}
        again = sum(_run(name, given) for name in steps)
        files = [path.lstat() for path in Path(root).rglob("*")]
    return {
        "sources": int(n_sources),
        "steps": steps,
        "again": again,
        "driver_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "files": len(files),
        "bytes": sum(512 * file.st_blocks for file in files),
    }


def simulate_driver(n_sources: str) -> Figures:
    """Do what a driver does in one step for each source, with workers that take no time.

    A result of the size of a mask is kept in the cache and saved as a file; then the folder is
    listed and every file read once, as the next step does, and the step is run again.
    """
    from bentjets.datasets.fits_image import FITSImageDataset
    from bentjets.datasets.source_files import SourceFilesDataset
    from bentjets.engine import EngineSettings, in_chunks, map_sources
    from bentjets.files import FITS, EncodedFile

    count = int(n_sources)
    with tempfile.TemporaryDirectory() as root:
        engine = EngineSettings(n_jobs=1, cache=Path(root) / "cache")
        folder = SourceFilesDataset(
            path=f"{root}/files", dataset=FITSImageDataset, filename_suffix=".fits"
        )
        spent = {}

        def step() -> None:
            sources = ((f"S{number:07d}", number) for number in range(count))
            results = map_sources(_pretend, sources, engine=engine)
            for chunk in in_chunks(results, 64):
                folder.save({key: EncodedFile(FITS, result) for key, result in chunk})
            folder.prune()

        def read() -> None:
            for file in folder.load().values():
                file.read()

        for name, action in (("first", step), ("read", read), ("again", step)):
            before = _driver_s()
            action()
            spent[name] = 1000 * (_driver_s() - before) / count
        cache = sum(file.stat().st_size for file in Path(root, "cache").rglob("*.sqlite"))
    return {
        "sources": count,
        "ms": spent,
        "driver_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "cache_mb": cache / 1e6,
    }


def _pretend(number: int) -> bytes:
    """Make a FITS file of one block, another one for each source."""
    card = f"SIMPLE  =                    T / {number:07d}"
    return card.ljust(80).encode() + b" " * 2800


def _driver_s() -> float:
    """Return the time that the cores have spent on this process alone."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def acquire(n_sources: str, address: str, per_second: str, root: str) -> Figures:
    """Run acquisition of a catalogue from a stand-in for SkyView."""
    import os

    os.environ["BENTJETS_DATA"] = str(Path(root) / n_sources)
    given = {
        "survey": "first",
        "catalogue": "folder",
        "catalogues": {"folder": {"path": f"{root}/{n_sources}.csv"}},
        "services": {"skyview": [address]},
        "requests": {"per_second": float(per_second), "backoff_s": 0.5},
    }
    seconds = _run("acquisition", {"acquisition": given})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "driver_mib": memory}


def simulate(n_sources: str) -> Figures:
    """Draw a survey on all cores, as the acquisition does."""
    import yaml

    from bentjets.engine import EngineSettings, map_sources
    from bentjets.radio.simulation import simulate_catalogue
    from bentjets.radio.surveys import fetch_cutout, open_survey

    conf = (PROJECT / "conf/base/parameters_acquisition.yml").read_text()
    settings = yaml.safe_load(conf)["acquisition"]["surveys"]["simulated"]
    survey = open_survey("simulated", settings | {"frequency_hz": 1.4e9}, seed=1)
    rows = simulate_catalogue(int(n_sources), wat_fraction=0.6, seed=1).to_dict("records")
    sources = [(row["name"], row) for row in rows]
    options = {"engine": EngineSettings(), "cached": False, "survey": survey}
    list(map_sources(fetch_cutout, sources[:WARM_UP], **options))
    digest, start = hashlib.sha256(), perf_counter()
    for _, fetched in map_sources(fetch_cutout, sources, **options):
        digest.update(fetched.file)
    return {"seconds": perf_counter() - start, "files": digest.hexdigest()[:8]}


def run_twice(cutouts: str, catalogue: str) -> Figures:
    """Run the processing pipeline on a folder of cutouts, and once more with nothing changed."""
    import os

    with tempfile.TemporaryDirectory() as root:
        os.environ["BENTJETS_DATA"] = root
        given = {"cutouts": cutouts, "catalogue": catalogue}
        _run("acquisition", given, env="folder")
        first, second = (_run("processing", given, env="folder") for _ in range(2))
    return {"first": first, "second": second}


LOOPS: dict[str, Callable[..., Figures]] = {
    function.__name__: function
    for function in (
        loop_plainly,
        loop_in_one_process,
        map_on_processes,
        map_on_dask,
        run_pipelines,
        run_twice,
        make_dataset,
        simulate_driver,
        acquire,
        simulate,
    )
}


def _map(engine_settings: dict[str, Any], cutouts: str, *, masks_only: bool = False) -> Figures:
    from timed import find_and_time

    from bentjets.engine import EngineSettings, map_sources

    jobs = _jobs(cutouts, masks_only=masks_only)
    with tempfile.TemporaryDirectory() as cache:
        engine = EngineSettings(cache=Path(cache), **engine_settings)
        list(map_sources(find_and_time, jobs[:WARM_UP], engine=engine, cached=False))
        seconds = []
        for _ in range(2):
            start = perf_counter()
            found = [one for _, one in map_sources(find_and_time, iter(jobs), engine=engine)]
            seconds.append(perf_counter() - start)
    return {
        "seconds": seconds[0],
        "seconds_cached": seconds[1],
        "steps": {step: sum(one["seconds"][step] for one in found) for step in found[0]["seconds"]},
        "masks": _masks(found),
    }


def _jobs(cutouts: str, *, masks_only: bool = False) -> list[tuple[str, Any]]:
    from bentjets.pipelines.processing.fitting import FittingJob
    from bentjets.radio.finding import FindingSettings

    settings = FindingSettings(masks_only=masks_only)
    return [
        (file.stem, FittingJob(file.read_bytes(), settings))
        for file in sorted(Path(cutouts).glob("*.fits"))
    ]


def _run(pipeline: str, given: dict[str, Any], env: str | None = None) -> float:
    import logging

    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(PROJECT)
    logging.disable(logging.INFO)
    with KedroSession.create(PROJECT, env=env, runtime_params=given) as session:
        start = perf_counter()
        session.run(pipeline_names=[pipeline])
        return perf_counter() - start


def _masks(found: Iterable[Any]) -> str:
    from bentjets.radio.cutouts import read_image

    return _digest(read_image(one["mask"]).data for one in found)


def _digest(masks: Iterable[Any]) -> str:
    """Tell masks apart by a few letters: equal ones, equal letters."""
    digest = hashlib.sha256()
    for mask in masks:
        digest.update((mask > 0).tobytes())
    return digest.hexdigest()[:8]


if __name__ == "__main__":
    print(json.dumps(LOOPS[sys.argv[1]](*sys.argv[2:])), flush=True)
