"""Measure source finding against a plain PyBDSF loop, as ratios within one run (`make bench`).

Each loop runs in a fresh process, on the same cutouts, and counts what it found, so that a loop
that is fast because it does less shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pandas as pd

from bentjets.radio.cutouts import Cutout
from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import open_survey

REAL = Path(__file__).resolve().parents[2] / "shared" / "first"
N_SOURCES = 16
SEED = 2025
SURVEY = {
    "size_px": 150,
    "beam_arcsec": [5.4, 5.4, 0.0],
    "frequency_hz": 1.4e9,
}
Measurement = dict[str, Any]


def main() -> None:
    """Run every loop on every sample and print one table per sample."""
    for sample, rows, survey in _samples():
        with tempfile.TemporaryDirectory() as folder:
            for row in rows:
                survey.fetch(row).to_hdu().writeto(Path(folder) / f"{row['name']}.fits")
            print(f"\n{len(rows)} {sample} cutouts, {os.cpu_count()} cores\n", flush=True)
            _report({loop: _measure(loop, folder) for loop in LOOPS})


def run_plain(files: list[Path], work: Path) -> Measurement:
    """Loop over PyBDSF as its documentation has it, with its files read back."""
    import bdsf
    from astropy.io import fits
    from astropy.table import Table

    start = perf_counter()
    for file in files:
        cutout = _read(file)
        image = bdsf.process_image(
            str(file),
            outdir=str(work),
            quiet=True,
            beam=cutout.beam_deg,
            frequency=cutout.frequency_hz,
            thresh_isl=3.0,
            thresh_pix=5.0,
        )
        mask, table = work / f"{file.stem}.mask.fits", work / f"{file.stem}.gaul.fits"
        image.export_image(outfile=str(mask), img_type="island_mask", clobber=True)
        image.write_catalog(outfile=str(table), format="fits", catalog_type="gaul", clobber=True)
    seconds = perf_counter() - start
    masks = sum(int(fits.getdata(path).sum()) for path in work.glob("*.mask.fits"))
    gaussians = sum(len(Table.read(path)) for path in work.glob("*.gaul.fits"))
    return {"seconds": seconds, "mask_px": masks, "gaussians": gaussians}


def run_serial(files: list[Path], work: Path) -> Measurement:
    """Loop over `find_sources` in one process."""
    import bdsf  # noqa: F401  the plain loop is not charged for this import either

    from bentjets.radio.source_finding import FindingSettings, find_sources

    start = perf_counter()
    findings = [find_sources(_read(file), FindingSettings()) for file in files]
    return {"seconds": perf_counter() - start, **_count(findings)}


def run_spread(files: list[Path], work: Path) -> Measurement:
    """Run `map_sources` on all cores twice: nothing cached, then everything cached."""
    from bentjets import engine
    from bentjets.radio.source_finding import FindingSettings, find_sources

    engine.configure(engine.EngineSettings(n_jobs=-1, cache=work / "cache"))
    # Start the worker processes and let them import: no loop is charged for imports.
    warming = [(file.stem, _read(file)) for file in files[: 2 * (os.cpu_count() or 1)]]
    list(engine.map_sources(find_sources, warming, cached=False, settings=FindingSettings()))
    seconds = []
    for _ in range(2):
        start = perf_counter()
        sources = ((file.stem, _read(file)) for file in files)
        results = engine.map_sources(find_sources, sources, settings=FindingSettings())
        findings = [finding for _, finding in results]
        seconds.append(perf_counter() - start)
    return {"seconds": seconds[0], "seconds_cached": seconds[1], **_count(findings)}


LOOPS: dict[str, Callable[[list[Path], Path], Measurement]] = {
    "plain": run_plain,
    "serial": run_serial,
    "spread": run_spread,
}


def _samples() -> Iterator[tuple[str, list[dict[Any, Any]], Any]]:
    simulated = simulate_catalogue(N_SOURCES, wat_fraction=0.6, seed=SEED)
    survey = open_survey(
        "simulated", {"service": "simulated", "pixel_scale_arcsec": 1.8, **SURVEY}, seed=SEED
    )
    yield "simulated", simulated.to_dict("records"), survey
    if REAL.is_dir():
        catalogue = pd.read_csv(REAL / "catalogue.csv").query("has_cutout == 1")
        survey = open_survey(
            "first", {"service": "folder", "path": str(REAL / "cutouts"), **SURVEY}, seed=SEED
        )
        yield "real FIRST", catalogue.head(N_SOURCES).to_dict("records"), survey


def _measure(loop: str, folder: str) -> Measurement:
    command = [sys.executable, __file__, loop, folder]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    # PyBDSF prints too; the measurement is the last line.
    measurement: Measurement = json.loads(done.stdout.splitlines()[-1])
    return measurement


def _report(measured: dict[str, Measurement]) -> None:
    plain, serial, spread = (measured[loop] for loop in LOOPS)
    rows = [
        ("plain PyBDSF loop", plain["seconds"], plain),
        ("find_sources, one process", serial["seconds"], serial),
        ("map_sources, all cores, nothing cached", spread["seconds"], spread),
        ("map_sources, all cores, everything cached", spread["seconds_cached"], spread),
    ]
    print("| loop | seconds | times faster than plain | mask pixels | Gaussians |")
    print("|---|---|---|---|---|")
    for name, seconds, found in rows:
        ratio = plain["seconds"] / seconds
        print(
            f"| {name} | {seconds:.2f} | {ratio:.1f} | {found['mask_px']} | {found['gaussians']} |"
        )
    cached = spread["seconds"] / spread["seconds_cached"]
    print(f"\nA second map_sources is {cached:.1f} times faster than the first.", flush=True)


def _read(file: Path) -> Cutout:
    from astropy.io import fits

    with fits.open(file, memmap=False) as hdus:
        return Cutout.from_hdu(hdus[0])


def _count(findings: list[Any]) -> dict[str, int]:
    return {
        "mask_px": sum(int(finding.mask.sum()) for finding in findings),
        "gaussians": sum(len(finding.gaussians) for finding in findings),
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        loop, folder = sys.argv[1:]
        with tempfile.TemporaryDirectory() as work:
            print(json.dumps(LOOPS[loop](sorted(Path(folder).glob("*.fits")), Path(work))))
    else:
        main()
