"""Steps that open the image sets on which networks are tested besides, and keep the ledger."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.engine import EngineSettings, Failure, attempt, map_sources
from bentjets.errors import InputError
from bentjets.learning.across import examine_views, map_onto, relate_sets
from bentjets.learning.image_sets import RawImage, grey_levels, is_of_set, recognise, reopen
from bentjets.parameters import AcquisitionSettings, AcrossSettings
from bentjets.pipelines.acquisition.image_sets.tabulating import describe_set, tabulate_images
from bentjets.transport import is_archive, unpack_archive

logger = logging.getLogger(__name__)

_TOGETHER = 64
_KEPT = 64
_NO_CLASS = "its label is none of the trained classes, nor of across.classes"


def open_test_sets(
    across: AcrossSettings,
    found_classes: Mapping[str, str],
    acquisition: AcquisitionSettings,
    unpacked: Path,
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Recognise the sets to test on, and list their images by the classes that were learnt.

    Raises
    ------
    InputError
        If a set is none that is known, two are called alike, none of them has a label of the
        mapping, or one has no class in common with those that were learnt.
    """
    sets, tables, labels = [], [], set()
    taken = {acquisition.image_set.name}
    for given in across.test_on:
        path = Path(given).expanduser()
        name = path.name
        if name in taken:
            raise InputError(
                f"two image sets are called {name}, which no table could tell apart: rename the "
                f"one of across.test_on, {given}"
            )
        taken.add(name)
        folder = unpack_archive(path, unpacked, is_wanted=is_of_set) if is_archive(path) else path
        layout = recognise(folder)
        found = list(layout.list_images())
        classes = map_onto(found, across.classes, list(found_classes), given)
        labels |= {label for image in found for label in (image.label, image.class_name)}
        table = tabulate_images(found, classes, acquisition.image_set.positions)
        # All of a set tests, whatever its own split.
        table["reason"] = np.where(table["morphology"] == "", _NO_CLASS, "")
        described = describe_set(layout, table.assign(part=""), list(found_classes))
        sets.append({"name": name, **described})
        tables.append(table.assign(tested_on=name))
        logger.info("to test on, %s: %s", given, described["words"])
    if unknown := [label for label in across.classes if label not in labels]:
        raise InputError(
            f"across.classes names {unknown[0]!r}, which no image to test on has: choose from "
            f"{', '.join(sorted(labels))}"
        )
    return sets, pd.concat(tables, ignore_index=True)


def examine_test_images(
    test_sets: list[dict[str, Any]], test_index: pd.DataFrame, engine: EngineSettings
) -> pd.DataFrame:
    """Look at each image to test on, in all orientations; or say why it is left out.

    Raises
    ------
    InputError
        If none of a set can be used.
    """
    parts = []
    for one in test_sets:
        index: pd.DataFrame = test_index[test_index["tested_on"] == one["name"]]
        index = index.reset_index(drop=True)
        wanted = index["reason"] == ""
        found = pd.DataFrame(_examine(one, index[wanted], engine), index=index.index[wanted])
        for name in found.columns.difference(["reason"]):
            index[name] = found[name]
        if "reason" in found:
            index["reason"] = found["reason"].combine_first(index["reason"])
            lost = found["reason"].dropna()
            if len(lost) == len(found):
                raise InputError(
                    f"{one['name']}: none of its {len(lost)} images can be used ({lost.iloc[0]}): "
                    "take it out of across.test_on"
                )
            logger.warning(
                "%d images of %s are left out (%s): test_images.parquet has the reasons",
                *(len(lost), one["name"], lost.iloc[0]),
            )
        parts.append(index)
    return pd.concat(parts, ignore_index=True)


def keep_ledger(
    image_facts: pd.DataFrame,
    image_set: Mapping[str, Any],
    test_sets: list[dict[str, Any]],
    test_images: pd.DataFrame,
    across: AcrossSettings,
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """List the sources that the sets share with that of the run; keep the other images to test.

    Raises
    ------
    InputError
        If a set has no other; the ledger is out by then.
    """
    ours = image_facts[image_facts["reason"] == ""]
    ledgers = []
    for one in test_sets:
        theirs = _of(one, test_images)
        shared = relate_sets(
            ours.reset_index(drop=True),
            theirs,
            match_arcsec=across.match_arcsec,
            read_ours=_reader(image_set, ours),
            read_theirs=_reader(one, theirs),
        )
        shared.insert(0, "tested_on", one["name"])
        ledgers.append(shared)
        logger.info(
            "%d of %d images of %s show sources of the set that is learnt from, and are left out",
            *(shared["source_id"].nunique(), len(theirs), one["name"]),
        )
    ledger = pd.concat(ledgers, ignore_index=True)
    used = test_images[test_images["reason"] == ""]
    pairs = pd.MultiIndex.from_frame(used[["tested_on", "source_id"]])
    is_shared = pairs.isin(pd.MultiIndex.from_frame(ledger[["tested_on", "source_id"]]))
    tested = used[~is_shared].reset_index(drop=True)
    yield ledger, tested.astype({"height_px": int, "width_px": int, "colours": bool})
    for one in test_sets:
        if _of(one, tested).empty:
            n = len(_of(one, test_images))
            raise InputError(
                f"{one['name']}: all of its {n} images are shared with the set that is learnt from"
                ": see contamination.csv, and take it out of across.test_on"
            )


def _examine(
    one: Mapping[str, Any], wanted: pd.DataFrame, engine: EngineSettings
) -> Iterator[dict[str, Any]]:
    layout = reopen(one["kind"], Path(one["root"]))

    def read(_: str, file: str, row: int) -> RawImage:
        return RawImage.pack(layout.read(file, row))

    places = zip(wanted["source_id"], wanted["file"], wanted["row"], strict=True)
    results = map_sources(
        examine_views,
        ((key, attempt(read, key, file, row)) for key, file, row in places),
        engine=engine,
        total=len(wanted),
        together=_TOGETHER,
    )
    for _, result in results:
        yield {"reason": result.message} if isinstance(result, Failure) else result


def _of(one: Mapping[str, Any], images: pd.DataFrame) -> pd.DataFrame:
    """Give the images of a set that count."""
    mine: pd.DataFrame = images[(images["tested_on"] == one["name"]) & (images["reason"] == "")]
    return mine.reset_index(drop=True)


def _reader(one: Mapping[str, Any], images: pd.DataFrame) -> Any:
    layout = reopen(one["kind"], Path(one["root"]))
    places = images.set_index("source_id")[["file", "row"]]

    @functools.lru_cache(maxsize=_KEPT)
    def read(source_id: str) -> NDArray[np.uint8]:
        return grey_levels(RawImage.pack(layout.read(*places.loc[source_id])))

    return read
