"""A whole catalogue from a service that fails now and then, in runs that are killed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from services import Flaky, Services

N_SOURCES = 703  # what the paper processed
IN_FLIGHT = 4
THREADS = 3 * IN_FLIGHT  # RemoteSurvey.waiting
PASSING = ("refuse", "truncate", "half_file", "html", "server_error", "unavailable", "empty_list")
LASTING = ("all_nan", "server_error")
SOUTHERN_EDGE_DEG = -9.0  # the sky begins at -10 deg, and the survey here
FLAKY = Flaky(transient=0.10, permanent=0.03, passing=PASSING, lasting=LASTING)
PARAMETERS = """
acquisition:
  survey: first
  max_failed_fraction: 0.05
  requests: {{per_second: 400, in_flight: {in_flight}, backoff_s: 0.05, attempts: 4}}
  services: {{skyview: ["{address}"]}}
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "name": [f"S{number:04d}" for number in range(N_SOURCES)],
            "ra_deg": rng.uniform(110, 260, N_SOURCES),
            "dec_deg": rng.uniform(-10, 60, N_SOURCES),
            "morphology": np.where(np.arange(N_SOURCES) % 5 < 3, "WAT", "NAT"),
        }
    )
    table.to_csv(tmp_path / "catalogue.csv", index=False)
    return table


@pytest.fixture
def start(
    project: Path, services: Services, catalogue: pd.DataFrame, tmp_path: Path
) -> Callable[[], subprocess.Popen]:
    """Start the acquisition of FIRST from the stand-in, as a user would."""
    services.name_sources(catalogue["name"], catalogue["ra_deg"], catalogue["dec_deg"])
    conf = tmp_path / "conf"
    shutil.copytree(project / "conf", conf, ignore=shutil.ignore_patterns("local"))
    parameters = PARAMETERS.format(in_flight=IN_FLIGHT, address=services.skyview_url)
    (conf / "folder" / "parameters_services.yml").write_text(parameters)
    (conf / "folder" / "parameters.yml").write_text(
        "acquisition: {catalogue: folder, catalogues: {folder: {path: "
        f"{tmp_path / 'catalogue.csv'}"
        "}}}"
    )
    words = ["run", "--env", "folder", "--conf-source", str(conf), "--pipelines", "acquisition"]
    return lambda: subprocess.Popen(
        [sys.executable, "-m", "kedro", *words],
        cwd=project,
        env=os.environ | {"BENTJETS_DATA": str(tmp_path / "data"), "COLUMNS": "300"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_after(process: subprocess.Popen, services: Services, n_images: int) -> None:
    """Kill the run when it has asked for so many images."""
    deadline = time.monotonic() + 60
    while len(services.asked(step="image")) < n_images and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None
    process.kill()
    process.communicate()


def expected_status(name: str, dec_deg: float) -> str:
    kind, times = FLAKY.fate(name)
    if kind == "server_error" and np.isinf(times):
        return "failed"
    lost = dec_deg < SOUTHERN_EDGE_DEG or np.isinf(times)
    return "outside footprint" if lost else "had"


def test_all_that_can_be_had_is_had(start, services, catalogue, tmp_path) -> None:
    services.plan = FLAKY
    services.footprint = lambda ra, dec, survey: dec > SOUTHERN_EDGE_DEG
    for n_images in (200, 450):
        kill_after(start(), services, n_images)
    said, _ = start().communicate(timeout=120)
    log = pd.read_csv(tmp_path / "data/01_raw/acquisition_log.csv", keep_default_na=False)

    status = log["status"].replace({"fetched": "had", "cached": "had"})
    assert dict(zip(log["source_id"], status, strict=True)) == {
        row.name: expected_status(row.name, row.dec_deg)
        for row in catalogue.itertuples(index=False)
    }
    assert set(status) == {"had", "failed", "outside footprint"}
    lost = int((log["sha256"] == "").sum())
    assert f"but {lost} of {N_SOURCES} cutouts could not be had" in said.splitlines()[-1]
    assert "01_raw/acquisition_log.csv has the reasons" in said.splitlines()[-1]

    files = {path.stem: path for path in (tmp_path / "data/01_raw/cutouts").iterdir()}
    sha256 = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    had = log[status == "had"].set_index("source_id")
    assert sha256 == had["sha256"].to_dict()

    cached = log["status"] == "cached"
    assert cached.sum() > 350
    assert (log.loc[cached, "attempts"] == 0).all()
    assert (log.loc[log["status"] == "failed", "attempts"] == 4).all()
    retried = log["attempts"].between(2, 3)
    assert {FLAKY.fate(name)[0] for name in log.loc[retried, "source_id"]} <= set(PASSING)

    # When a run was killed, each of its threads may have held an answer that had arrived, but was
    # not kept yet (more threads wait than requests are in flight); and a place that is known to be
    # good is asked for again where 20 attempts in a row have failed.
    again = [request.source for request in services.asked_again()]
    assert len(again) <= 2 * THREADS + 3
    assert services.most_in_flight() <= IN_FLIGHT


def test_too_many_failures_end_the_run_which_can_be_resumed(
    start, services, catalogue, tmp_path
) -> None:
    catalogue[:150].to_csv(tmp_path / "catalogue.csv", index=False)
    lost = set(catalogue["name"][:150:10])
    services.plan = lambda request: "unavailable" if request.source in lost else None
    run = start()
    said, _ = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "15 of 150 sources failed, more than acquisition.max_failed_fraction allows" in said
    assert "Traceback" not in said
    services.plan = lambda request: None
    asked = services.asked(step="image")
    run = start()
    run.communicate(timeout=120)
    assert run.returncode == 0
    assert {request.source for request in services.asked(step="image")[len(asked) :]} == lost
    assert not services.asked_again()
