"""Pretraining as a step of a model: simulated sources as a network sees them, and kept networks."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from kedro.config import OmegaConfigLoader

from bentjets.errors import InputError
from bentjets.learning.settings import ImageSettings
from bentjets.parameters import read_parameters
from bentjets.pipelines.modelling import create_pipeline
from bentjets.pipelines.modelling.pretraining import (
    draw_sources,
    find_geometry,
    pretrain,
    pretraining_seed,
)
from bentjets.pipelines.modelling.simulating import SimulatedSky, draw_source
from bentjets.pipelines.modelling.stacking import ImageJob, make_image
from bentjets.radio.cutouts import fits_bytes
from bentjets.radio.finding import quick_islands
from bentjets.radio.simulation import (
    SkySettings,
    SurveyGeometry,
    simulate_catalogue,
    simulate_cutout,
)
from bentjets.settings import CONFIG_LOADER_ARGS
from learners import make_model

SKY = SimulatedSky(9, SkySettings(), SurveyGeometry())
CUTOUTS = ImageSettings(source="cutouts", mask="source", stretch=("sqrt", "linear"), crop_px=96)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def parameters(project):
    loader = OmegaConfigLoader(str(project / "conf"), env="test", **CONFIG_LOADER_ARGS)
    return read_parameters(loader["parameters"])


def test_a_simulated_image_is_made_as_that_of_a_real_source() -> None:
    row = simulate_catalogue(4, wat_fraction=0.5, seed=9).iloc[3].to_dict()
    hdu = simulate_cutout(row, geometry=SKY.geometry, seed=9)
    mask = fits_bytes(fits.PrimaryHDU(quick_islands(hdu.data)[0]))
    job = ImageJob(fits_bytes(hdu), mask, (row["ra_deg"], row["dec_deg"]), CUTOUTS)
    drawn = draw_source(3, simulated=SKY, images=CUTOUTS)
    np.testing.assert_array_equal(drawn["image"], make_image(job))
    assert drawn["image"].shape == (2, 96, 96)
    assert (drawn["morphology"], drawn["angle_deg"]) == (
        row["morphology"], pytest.approx(row["opening_angle_deg"]),
    )  # fmt: skip


def test_batches_are_8_bit_and_masked() -> None:
    image = draw_source(3, simulated=SKY, images=ImageSettings())["image"]
    assert (image.dtype, image.shape) == (np.uint8, (1, 150, 150))
    assert image.max() == 255
    assert (image == 0).mean() > 0.8


@pytest.mark.parametrize("crop_px", [64, 97])
def test_a_crop_leaves_the_ends_where_they_are_on_the_sky(crop_px) -> None:
    places = []
    for side in (150, crop_px):
        drawn = draw_source(2, simulated=SKY, images=ImageSettings(crop_px=side))
        first = (150 - side) // 2
        places.append((drawn["ends"] + 1) / 2 * side - 0.5 + first)
    np.testing.assert_allclose(*places)


def test_ends_are_where_light_is() -> None:
    """Within the mask, or at most a beam's width and a fading tail from it."""
    sky = SimulatedSky(9, SkySettings(flux_mjy=(500, 0.1, 400, 800), neighbours=0), SKY.geometry)
    settings = ImageSettings(source="cutouts", mask="source")
    lit = []
    for number in range(12):
        drawn = draw_source(number, simulated=sky, images=settings)
        rows, columns = np.nonzero(drawn["image"][0])
        light = np.stack([columns, rows], -1)
        ends = (drawn["ends"] + 1) / 2 * 150 - 0.5
        away = np.linalg.norm(light[None] - ends[:, None], axis=-1).min(1)
        lit.extend(away < 6)
    assert np.mean(lit) > 0.8


@given(st.integers(0, 10**9))
def test_no_source_of_a_catalogue_is_learnt_from(seed) -> None:
    # What is drawn depends on seed and number alone.
    assert pretraining_seed(seed) != seed
    assert pretraining_seed(seed) % 1000 not in {1, 2, 3, 11, 12, 13}  # those of the rulers


class TestKeeping:
    @pytest.fixture
    def train(self, parameters, tmp_path, one_process):
        def once(seed=0, pretraining=None, **changes):
            model = parameters.models["small_cnn"].model_copy(
                update={"weights": "simulated", "image_size": 32, **changes}
            )
            chosen = parameters.modelling.pretraining.model_copy(update=pretraining or {})
            modelling = parameters.modelling.model_copy(update={"pretraining": chosen})
            return pretrain(tmp_path, model, modelling, parameters.acquisition, seed, one_process)

        return once

    def test_the_same_is_trained_once(self, train) -> None:
        first = train()
        made_at = first.stat().st_mtime_ns
        # How it is trained afterwards, and what is pooled around it, is not what is pretrained.
        other = make_model().optimizer
        assert train(optimizer=other, symmetry="dihedral", views=1) == first
        assert train(pretraining={"lr_of_runs": 0.5}) == first
        assert first.stat().st_mtime_ns == made_at

    def test_other_settings_are_other_networks(self, train) -> None:
        found = [
            train(),
            train(seed=1),
            train(pretraining={"epochs": 2}),
            train(images=ImageSettings(source="cutouts", crop_px=96)),
        ]
        assert len({path.parent.name for path in found}) == len(found)


def test_the_sky_is_seen_as_by_the_chosen_survey(parameters) -> None:
    chosen = {
        name: find_geometry(parameters.acquisition.model_copy(update={"survey": name}))
        for name in parameters.acquisition.surveys
    }
    assert chosen["simulated"] == chosen["first"] == chosen["folder"] == SurveyGeometry()
    assert chosen["vlass"] == SurveyGeometry(150, 1.0, (2.5, 2.5, 0.0), 3e9)


def test_what_no_network_could_see_is_refused(parameters, one_process) -> None:
    model = make_model(images={"crop_px": 200})
    with pytest.raises(InputError, match=r"simulated source.* images\.crop_px is 200"):
        draw_sources(4, SKY, model, one_process)
    nothing = SimulatedSky(
        9, SkySettings(flux_mjy=(1e-4, 0.1, 1e-5, 1e-3), neighbours=0), SurveyGeometry()
    )
    with pytest.raises(InputError, match=r"of 4 simulated sources, 0 show light"):
        draw_sources(4, nothing, make_model(), one_process)


def test_only_models_that_ask_for_it_are_pretrained() -> None:
    models = {name: make_model(weights=name) for name in ("none", "simulated")}
    pipeline = create_pipeline(models, of_image_set=True)
    assert [node.name for node in pipeline.nodes if node.name.endswith("pretrain")] == [
        "simulated.pretrain"
    ]
    assert "simulated.start" in pipeline.all_outputs()
    assert {"pretrained_folder", "params:acquisition", "params:seed"} <= pipeline.inputs()
