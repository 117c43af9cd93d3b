"""The columns of a release: what each of them means, its unit, and its UCD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of the table: its meaning, its unit (VOUnits), its UCD 1+."""

    meaning: str
    unit: str = ""
    ucd: str = ""


PICTURES: Mapping[str, Column] = {
    "image": Column("8-bit image (Eq. 4), north up, east left, of the whole cutout"),
    "masked_image": Column("the same, black outside the mask (Eq. 5): what networks see"),
    "mask": Column("island mask, 255 inside and 0 outside, aligned with the image"),
    "cutout": Column(
        "values of the survey, row 0 is the north: aligned with the image; NaN where it saw none",
        "Jy/beam",
        "phot.flux.density;em.radio",
    ),
}
"""What a release adds to the facts of a source, pixel by pixel."""

OF_THE_FILE: Mapping[str, Column] = {
    "stretch_min_jy_beam": Column("value that is black in the image", "Jy/beam", "stat.min"),
    "stretch_max_jy_beam": Column("value that is white in the image", "Jy/beam", "stat.max"),
    "beam_major_arcsec": Column("full width at half maximum", "arcsec", "phys.angSize.smajAxis"),
    "beam_minor_arcsec": Column("full width at half maximum", "arcsec", "phys.angSize.sminAxis"),
    "beam_angle_deg": Column("of the major axis, north through east", "deg", "pos.posAng"),
    "frequency_hz": Column("of the observation", "Hz", "em.freq"),
    "pixel_scale_arcsec": Column("mean side of a pixel", "arcsec", "pos.angResolution"),
    "wcs": Column("header cards of the sky coordinates of cutout, image and mask", "", "meta"),
    "fits_sha256": Column("checksum of the FITS file of the cutout", "", "meta.checksum"),
}
"""What the FITS file of a source says."""

_DEG, _ARCSEC = "deg", "arcsec"
_OF_THE_SOURCE: Mapping[str, Column] = {
    "source_id": Column("name of the source, unique", "", "meta.id;meta.main"),
    "name": Column("name of the source in its catalogue", "", "meta.id"),
    "ra_deg": Column("right ascension, J2000", _DEG, "pos.eq.ra;meta.main"),
    "dec_deg": Column("declination, J2000", _DEG, "pos.eq.dec;meta.main"),
    "morphology": Column("class of the source", "", "src.morph.type"),
    "label": Column("number of the class, from 0, in the order of the classes", "", "src.class"),
    "label_code": Column("label of the class in the pickled batches", "", "meta.code.class"),
    "batch": Column("number of the batch, from 0; the last is the test batch", "", "meta.id.part"),
    "split": Column("what the source serves for: train, validation, test", "", "meta.code"),
    "group": Column(
        "sources of one number are not independent, and stay in one batch", "", "meta.id.assoc"
    ),
    "reviewers": Column("who looked: automatic checks, or experts", "", "meta.curation"),
    "blank_fraction": Column("share of pixels without data", "", "stat.fit.param"),
    "offset_arcsec": Column(
        "from the catalogue position to the nearest island", _ARCSEC, "pos.angDistance"
    ),
    "largest_angular_size_arcsec": Column("of that island", _ARCSEC, "phys.angSize"),
    "size_arcsec": Column("length along the major axis", _ARCSEC, "phys.angSize"),
    "flags": Column("quality checks that fail, joined by semicolons", "", "meta.code.qual"),
    "mask_pixels": Column("pixels of the mask", "pix", "meta.number"),
    "size_beams": Column("largest angular size over the beam", "", "phys.angSize;arith.ratio"),
    "touches_edge": Column("share of its pixels beside which the data end", "", "stat.fit.param"),
    "neighbour_flux_ratio": Column(
        "flux of the strongest other island of the mask over the source's", "", "arith.ratio"
    ),
    "contrast_taken": Column(
        "level of the source's peak in the 8-bit image, 0 to 255: low where a neighbour takes it"
    ),
    "angle_against_class": Column(
        "how far the opening angle is out of what the class allows, in its errors",
        "",
        "arith.ratio",
    ),
    "nearest_source_arcsec": Column("to the nearest other source", _ARCSEC, "pos.angDistance"),
    "duplicate_of": Column("the first source at the same position", "", "meta.id.assoc"),
    "overlaps": Column("sources whose cutouts share sky with this one's", "", "meta.number"),
    "peak_jy_beam": Column("brightest pixel", "Jy/beam", "phot.flux.density;stat.max;em.radio"),
    "snr": Column("peak over the noise of the background", "", "stat.snr"),
    "opening_angle_deg": Column("between the two tails", _DEG, "pos.posAng"),
    "opening_angle_error_deg": Column("its one-sigma error", _DEG, "stat.error;pos.posAng"),
    "image_sha256": Column("checksum of the masked image that was looked at", "", "meta.checksum"),
    "threshold_island": Column("islands end here (Eq. 1)", "", "stat.param"),
    "threshold_pixel": Column("islands have a pixel above this (Eq. 1)", "", "stat.param"),
    "dilation": Column("growth of the mask (Eq. 3)", "pix", "stat.param"),
    "islands": Column("islands in the mask", "", "meta.number"),
    "islands_dropped": Column("islands left out as neighbours", "", "meta.number"),
    "gaussians": Column("fitted Gaussian components (Eq. 2)", "", "meta.number"),
    "mean_jy_beam": Column("mean of the background", "Jy/beam", "stat.mean"),
    "rms_jy_beam": Column("noise of the background", "Jy/beam", "stat.stdev"),
    "rotation_deg": Column("how far north is to the left of up", _DEG, "pos.posAng"),
    "angle_reason": Column("why the opening angle cannot be told; empty where it can"),
    "apex_ra_deg": Column("right ascension where the tails part, J2000", _DEG, "pos.eq.ra"),
    "apex_dec_deg": Column("declination where the tails part, J2000", _DEG, "pos.eq.dec"),
    "tail_1_arcsec": Column("from there to the longer tail's end", _ARCSEC, "phys.angSize"),
    "tail_2_arcsec": Column("to the shorter tail's end", _ARCSEC, "phys.angSize"),
    "tail_ratio": Column("shorter over longer tail", "", "phys.angSize;arith.ratio"),
    "tail_1_position_angle_deg": Column("of the longer tail", _DEG, "pos.posAng"),
    "tail_2_position_angle_deg": Column("of the shorter tail", _DEG, "pos.posAng"),
    "swept_position_angle_deg": Column(
        "of the line that halves the opening angle", _DEG, "pos.posAng"
    ),
    "width_arcsec": Column("length across the major axis", _ARCSEC, "phys.angSize"),
    "axis_ratio": Column("minor over major axis of its light", "", "phys.angSize;arith.ratio"),
    "total_flux_mjy": Column("total flux density", "mJy", "phot.flux.density;em.radio"),
}
_UNITS = {"_deg": _DEG, "_arcsec": _ARCSEC, "_jy_beam": "Jy/beam", "_mjy": "mJy", "_hz": "Hz"}
_UNITS_IN_WORDS = {"threshold_island": "rms", "threshold_pixel": "rms"}
_COLUMNS = {**_OF_THE_SOURCE, **OF_THE_FILE, **PICTURES}


def describe_column(name: str) -> Column:
    """Say what a column means; one that others named is told by its name, unit included."""
    if name in _COLUMNS:
        return _COLUMNS[name]
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")
    theirs = name.removeprefix("catalogue_")
    if theirs != name:
        return Column(f"{theirs.replace('_', ' ')}, as the source catalogue gives it", unit)
    return Column(f"{name.replace('_', ' ')}, of the catalogue or of the measurements", unit)


def describe_in_words(name: str) -> str:
    """Say what a column means, with its unit in brackets."""
    column = describe_column(name)
    unit = column.unit or _UNITS_IN_WORDS.get(name, "")
    return f"{column.meaning} [{unit}]" if unit else column.meaning
