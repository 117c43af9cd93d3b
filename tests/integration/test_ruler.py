"""The ruler pipeline as a user runs it, and both rulers on real cutouts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.ruler.frames import Frames
from bentjets.learning.ruler.network import RulerNetwork
from bentjets.learning.ruler.reading import read_frames
from bentjets.radio.cutouts import read_image
from bentjets.radio.finding import quick_islands
from bentjets.radio.measuring import frame_source, measure_bending

BEAM_PX = 3.0


@pytest.fixture(scope="module")
def measured(kedro, tmp_path_factory):
    root = tmp_path_factory.mktemp("ruler")
    kedro(root, "run", "--env", "test", "--pipelines", "acquisition,processing,ruler")
    return root


def test_every_source_gets_its_angles_or_a_reason(measured) -> None:
    angles = pd.read_parquet(measured / "07_model_output/angles.parquet")
    assert len(angles) == 12
    assert (angles["learnt_deg"].notna() == (angles["reason"] == "")).all()
    assert angles["learnt_deg"].dropna().between(0, 180).all()
    assert (angles["learnt_error_deg"].dropna() <= 45).all()
    coverage = pd.read_csv(measured / "08_reporting/ruler_coverage.csv")
    assert coverage.groupby("ruler").size().to_dict() == {"geometric": 6, "learnt": 6}
    judged = pd.read_parquet(measured / "07_model_output/ruler_judged.parquet")
    assert len(judged) <= 40
    assert (measured / "08_reporting/figures/figure_ruler.png").stat().st_size > 10_000


def both(network, image, mask, position, rms):
    frame = frame_source(image, mask, position, beam_px=BEAM_PX)
    frames = Frames(
        np.rint(255 * frame.image).astype(np.uint8)[None],
        frame.place(np.array(position)).astype(np.float32)[None],
        np.array([frame.half_side_px], np.float32),
    )
    bending = measure_bending(image, mask, position, rms=rms, beam_px=BEAM_PX)
    return read_frames(network, frames).angles_deg[0], bending.opening_angle_deg


def test_shifted_real_cutouts_have_the_same_angles_within_their_errors(real_first) -> None:
    network = RulerNetwork().eval()
    for path in sorted((real_first / "cutouts").glob("*.fits"))[:12]:
        image = read_image(path).data.astype(float).squeeze()[:150, :150]
        mask, rms = quick_islands(image)
        plain = both(network, image, mask, (74.5, 74.5), rms)
        error_deg = measure_bending(
            image, mask, (74.5, 74.5), rms=rms, beam_px=BEAM_PX
        ).uncertainty_deg
        rows, columns = 3, -2
        moved = (np.roll(one, (rows, columns), (0, 1)) for one in (image, mask))
        shifted = both(network, *moved, (74.5 + columns, 74.5 + rows), rms)
        np.testing.assert_allclose(shifted[0], plain[0], atol=1.0)
        assert np.isnan(plain[1]) or abs(shifted[1] - plain[1]) <= error_deg, path.name


def test_turned_and_mirrored_real_cutouts_have_the_same_angles(real_first) -> None:
    network, centre = RulerNetwork().eval(), (74.5, 74.5)
    for path in sorted((real_first / "cutouts").glob("*.fits"))[:12]:
        image = read_image(path).data.astype(float).squeeze()[:150, :150]
        mask, rms = quick_islands(image)
        plain = both(network, image, mask, centre, rms)
        for move in (np.rot90, np.fliplr):
            moved = both(network, move(image), move(mask), centre, rms)
            np.testing.assert_allclose(moved, plain, atol=1.0)
