"""Image sets to test with: the same images in every layout."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import pyarrow
from PIL import Image
from pyarrow import parquet


@dataclass(frozen=True)
class Picture:
    """An image with its class and its part of a split."""

    name: str
    label: str
    part: str
    pixels: np.ndarray


def draw_pictures(n: int = 40, *, parts: bool = True, side: int = 24) -> list[Picture]:
    """Draw bars on black, one kind upright and one lying; every fifth is for the test."""
    random = np.random.default_rng(3)
    pictures = []
    for number in range(n):
        label = ("FRI", "FRII")[number % 2]
        pixels = np.zeros((side, side), np.uint8)
        start, length = random.integers(4, side - 10), random.integers(4, 7)
        pixels[start : start + length, 3:-3] = random.integers(60, 256, (length, side - 6))
        part = ("train", "train", "train", "valid", "test")[number // 2 % 5] if parts else ""
        name = f"J{100 + number}.{number:03d}+10.5{number:02d}"
        pictures.append(Picture(name, label, part, pixels if number % 2 else pixels.T))
    return pictures


def png(pixels: np.ndarray, mode: str | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "PNG", **options)
    return buffer.getvalue()


def write_folders(root: Path, pictures: Iterable[Picture]) -> Path:
    for one in pictures:
        path = root / one.part / one.label / f"{one.name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(one.pixels))
    return root


def write_pickles(root: Path, pictures: list[Picture]) -> Path:
    """Write batches as MiraBest's: three-digit labels, and two batches to learn from."""
    folder = root / "batches"
    folder.mkdir(parents=True)
    learnt = [one for one in pictures if one.part != "test"]
    tested = [one for one in pictures if one.part == "test"]
    batches = {"data_batch_1": learnt[::2], "data_batch_2": learnt[1::2], "test_batch": tested}
    for name, some in batches.items():
        content = {
            "batch_label": name,
            "data": np.stack([one.pixels.reshape(-1) for one in some]),
            "labels": [100 if one.label == "FRI" else 200 for one in some],
            "filenames": [f"{one.name}.png".encode() for one in some],
        }
        (folder / name).write_bytes(pickle.dumps(content))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["FRI", "FRII"]}))
    return root


def write_hdf5(path: Path, pictures: list[Picture]) -> Path:
    with h5py.File(path, "w") as file:
        for part in sorted({one.part for one in pictures}):
            some = [one for one in pictures if one.part == part]
            group = file.create_group(part) if part else file
            group["images"] = np.stack([one.pixels for one in some])
            group["labels"] = [int(one.label == "FRII") for one in some]
            group["labels"].attrs["class_names"] = ["FRI", "FRII"]
            group["names"] = [one.name for one in some]
    return path


def write_parquet(root: Path, pictures: list[Picture]) -> Path:
    """Write the columns of a release that an image set has."""
    (root / "data").mkdir(parents=True)
    for part in sorted({one.part for one in pictures}):
        some = [one for one in pictures if one.part == part]
        images = [{"bytes": png(one.pixels), "path": f"{one.name}.png"} for one in some]
        table = pyarrow.table(
            {
                "source_id": [one.name for one in some],
                "name": [one.name for one in some],
                "morphology": [one.label for one in some],
                "masked_image": images,
            }
        )
        name = f"{part or 'all'}-00000-of-00001.parquet".replace("valid-", "validation-")
        parquet.write_table(table, root / "data" / name, row_group_size=7)
    return root
