"""Steps that take an image set as it is: what it is, what is in it, and which batch it goes in."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.engine import EngineSettings, Failure, attempt, map_sources
from bentjets.errors import InputError
from bentjets.learning.data import find_groups, find_leaks, judge_leaks
from bentjets.learning.image_sets import (
    RawImage,
    is_of_set,
    list_classes,
    map_classes,
    recognise,
    reopen,
    split_images,
    state_limits,
)
from bentjets.parameters import AcquisitionSettings, CurationSettings
from bentjets.pipelines.acquisition.image_sets.examining import describe_content, examine
from bentjets.pipelines.acquisition.image_sets.relating import find_contradictions, relate_images
from bentjets.pipelines.acquisition.image_sets.tabulating import (
    describe_set,
    differs_from_declared,
    tabulate_images,
)
from bentjets.transport import PoliteSession, fetch_file, is_archive, unpack_archive

logger = logging.getLogger(__name__)

_TOGETHER = 64
_MANIFEST = [
    *("source_id", "name", "morphology", "label", "file", "row", "ra_deg", "dec_deg"),
    *("height_px", "width_px", "pixels", "colours", "dark_fraction"),
]


def open_image_set(
    acquisition: AcquisitionSettings, unpacked: Path, benchmarks: Path
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, str]]:
    """Recognise what lies at the path, or is downloaded, and list its images and classes.

    Raises
    ------
    InputError
        If there is nothing that is known, or the classes are not there.
    """
    if not acquisition.image_set.path:
        raise InputError(
            "no image set given: add --params images=PATH, the path of class folders, pickles, "
            "HDF5, Parquet or an archive of them, or --params benchmark=NAME"
        )
    path = Path(acquisition.image_set.path).expanduser()
    if (chosen := acquisition.image_set.benchmark) is not None:
        session = PoliteSession("the benchmark's server", acquisition.requests)
        path = fetch_file(chosen.address, benchmarks / chosen.file, md5=chosen.md5, session=session)
    if is_archive(path):
        path = unpack_archive(path, unpacked, is_wanted=is_of_set)
    return list_image_set(acquisition, path)


def list_image_set(
    acquisition: AcquisitionSettings, folder: Path
) -> tuple[dict[str, Any], pd.DataFrame, dict[str, str]]:
    """List the images and classes of the set in a folder; say in one line what it is.

    Raises
    ------
    InputError
        If there is no set that is known, or the classes are not there.
    """
    settings = acquisition.image_set
    layout = recognise(folder)
    found = list(layout.list_images())
    if not found:
        raise InputError(f"{folder} holds {layout.kind}, and no image in them")
    classes = map_classes(found, settings.classes)
    codes = list_classes(found, classes, settings.classes)
    index = tabulate_images(found, classes, settings.positions)
    described = describe_set(layout, index, list(codes))
    logger.info("%s: %s", folder, described["words"])
    if settings.benchmark is not None:
        for line in differs_from_declared(described, settings.benchmark):
            logger.warning(line)
    return described, index, codes


def examine_images(
    image_set: Mapping[str, Any],
    image_index: pd.DataFrame,
    acquisition: AcquisitionSettings,
    engine: EngineSettings,
) -> pd.DataFrame:
    """Look at each image: its size, pixels, fingerprint and shape; or why it is left out."""
    layout = reopen(image_set["kind"], Path(image_set["root"]))
    wanted = image_index[image_index["reason"] == ""]

    def read(_: str, file: str, row: int) -> RawImage:
        return RawImage.pack(layout.read(file, row))

    places = zip(wanted["source_id"], wanted["file"], wanted["row"], strict=True)
    results = map_sources(
        examine,
        ((key, attempt(read, key, file, row)) for key, file, row in places),
        engine=engine,
        total=len(wanted),
        together=_TOGETHER,
        pixel_scale_arcsec=acquisition.image_set.pixel_scale_arcsec,
    )
    facts = pd.DataFrame(
        {"reason": result.message} if isinstance(result, Failure) else describe_content(result)
        for _, result in results
    )
    facts.insert(0, "source_id", wanted["source_id"].to_numpy())
    table = image_index.merge(facts, on="source_id", how="left", suffixes=("", "_seen"))
    if "reason_seen" in table:
        table["reason"] = table["reason"].where(table["reason"] != "", table.pop("reason_seen"))
        table["reason"] = table["reason"].fillna("")
    return find_contradictions(table)


def log_images(image_facts: pd.DataFrame) -> pd.DataFrame:
    """List the images that were left out, and why."""
    lost = image_facts[image_facts["reason"] != ""]
    return lost[["source_id", "file", "row", "label", "reason"]].reset_index(drop=True)


def adopt_images(
    image_facts: pd.DataFrame,
    image_log: pd.DataFrame,
    image_set: Mapping[str, Any],
    found_classes: Mapping[str, str],
    acquisition: AcquisitionSettings,
    curation: CurationSettings,
    seed: int,
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
    """Take the images for a sample: group them, split them as published or anew, find leaks.

    Raises
    ------
    InputError
        If a class has too few images; or ``curation.splits.fail_on_leak`` is set and images in
        training and test are not independent; all tables are out by then.
    """
    scale = acquisition.image_set.pixel_scale_arcsec
    images = image_facts[image_facts["reason"] == ""].reset_index(drop=True)
    if len(image_log):
        logger.warning(
            "%d of %d images are left out (%s): image_log.csv has the reasons",
            *(len(image_log), len(image_facts), image_log["reason"].iloc[0]),
        )
    if images.empty:
        raise InputError(f"no image can be used: {image_log['reason'].iloc[0]}")
    images = images.astype({"height_px": int, "width_px": int, "colours": bool})
    # The same images are the same sample, whichever layout they came in.
    images = images.sort_values("source_id", ignore_index=True)
    layout = reopen(image_set["kind"], Path(image_set["root"]))
    related = relate_images(images, scale, layout)
    images["group"] = find_groups(images["source_id"].to_list(), related)
    splits = split_images(images, curation.n_batches, classes=list(found_classes), seed=seed)
    for line in state_limits(images, scale):
        logger.info("%s", line)
    shapes = [name for name in images if str(name).startswith("shape_")]
    manifest = images[[*_MANIFEST, *shapes]].dropna(axis="columns", how="all")
    manifest = manifest.rename(columns=lambda name: str(name).removeprefix("shape_"))
    manifest = manifest.merge(splits[["source_id", "group", "batch", "split"]], on="source_id")
    leaks = find_leaks(splits, related)
    yield manifest, splits, leaks
    n_batches = int(splits["batch"].max()) + 1
    judge_leaks(leaks, n_batches, fail_on_leak=curation.splits.fail_on_leak)
