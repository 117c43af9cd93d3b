"""What the simulated sky is drawn from: the parameters ``acquisition.sky``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

Range = tuple[float, float]


class SkySettings(BaseModel):
    """Distributions of the sources, the same for every class.

    Only geometry tells classes apart: the label of a source is a noisy reading of its true angles,
    as published labels are. Lengths are in units of the longer tail unless a unit is named.
    """

    # Ranges come from YAML as lists.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    bend_radius: Range = Field(
        default=(0.08, 1.6),
        description="radius of curvature of a jet across the wind, log-uniform "
        "(Begelman, Rees & Blandford 1979; O'Dea & Owen 1985)",
    )
    radius_change: float = Field(
        default=0.8,
        ge=0,
        description="standard deviation of the natural logarithm by which that radius changes "
        "from the host to the end of a tail",
    )
    misalignment_deg: float = Field(
        default=8.0, ge=0, description="standard deviation of the two jets from one line (deg)"
    )
    meander_deg: float = Field(
        default=55.0,
        ge=0,
        description="standard deviation of the direction of a plume at its end, by turbulence "
        "(deg); a third of it in the jet",
    )
    tail_ratio: Range = Field(default=(0.35, 1.0), description="shorter tail to the longer")
    class_angle_deg: float = Field(
        default=104.0,
        description="read as narrower than this, a source is called NAT (deg): published labels "
        "overlap around 130 (Sasmal et al. 2022, Proctor 2011)",
    )
    max_angle_deg: float = Field(
        default=158.0,
        description="what looks straighter than this, with half of the error of reading, is not "
        "in a catalogue of bent sources (deg)",
    )
    outer_weight: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="weight in that reading of the angle between the outer halves of the tails",
    )
    reading_error_deg: float = Field(
        default=18.0, ge=0, description="standard deviation of that reading (deg)"
    )
    size_arcsec: tuple[float, float, float, float] = Field(
        default=(53.0, 0.36, 30.0, 200.0),
        description="largest extent on the sky: median, standard deviation of its natural "
        "logarithm, smallest, largest (arcsec); FIRST's bent sources",
    )
    flux_mjy: tuple[float, float, float, float] = Field(
        default=(84.0, 0.72, 32.0, 800.0),
        description="total flux density: median, standard deviation of its natural logarithm, "
        "smallest, largest (mJy)",
    )
    spectral_index: float = Field(
        default=-0.75,
        description="of flux density with frequency, of all sources: those of the settings are at "
        "1.4 GHz, and so are the catalogue's; what a survey sees is at its own",
    )
    core_share: Range = Field(
        default=(0.003, 0.2), description="of the core in the total flux density, log-uniform"
    )
    flux_asymmetry: float = Field(
        default=0.6, ge=0, description="standard deviation of ln(flux of one tail over the other)"
    )
    flare_place: Range = Field(
        default=(0.05, 0.9), description="where on a tail the jet ends and the plume begins"
    )
    flare_share: Range = Field(default=(0.0, 0.5), description="of the flare in a tail's flux")
    jet_dimming: Range = Field(
        default=(0.25, 1.0), description="brightness of the jet to that of the plume's begin"
    )
    fading_length: Range = Field(
        default=(0.3, 1.5), description="over which a plume fades to 1/e, log-uniform"
    )
    knots: float = Field(
        default=0.9, ge=0, description="standard deviation of the logarithm of the brightness"
    )
    clumps: float = Field(
        default=0.7,
        ge=0,
        lt=1,
        description="how much of a tail's width is made of clumps beside its ridge: their scatter "
        "over its standard deviation",
    )
    base_width_arcsec: Range = Field(
        default=(1.0, 3.0), description="full width of a tail at the host (arcsec)"
    )
    opening: Range = Field(
        default=(0.08, 0.36), description="growth of the full width with the length of the tail"
    )
    plume_opening: Range = Field(default=(0.0, 0.5), description="growth beyond the flare, besides")
    pull: Range = Field(
        default=(0.0, 0.5),
        description="share of the way from the host to the centre of its light, at which the "
        "catalogue puts the source: positions of radio catalogues lie between the two",
    )
    host_offset_arcsec: tuple[float, float, float] = Field(
        default=(2.0, 6.0, 0.1),
        description="standard deviation of the catalogue position from there in each direction; "
        "the same for some sources; their share (arcsec, arcsec)",
    )
    neighbours: float = Field(
        default=1.2, ge=0, description="mean number of other sources in a cutout of FIRST's size"
    )
    double_share: float = Field(
        default=0.25, ge=0, le=1, description="of these that are straight doubles"
    )
    rms_mjy: tuple[float, float, float] = Field(
        default=(0.132, 0.023, 0.59),
        description="of the noise: what none is below, median of what is above that, standard "
        "deviation of its natural logarithm (mJy/beam, mJy/beam); FIRST's",
    )
    residual_sidelobes: Range = Field(
        default=(0.0, 0.02),
        description="share of the dirty beam's sidelobes that CLEAN leaves around a source",
    )
    clean_bias_mjy: float = Field(
        default=0.25,
        ge=0,
        description="what CLEAN takes from the peak of a source (Becker et al. 1995, FIRST: 0.25)",
    )
