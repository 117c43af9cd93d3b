"""From the labels of a set to classes: as found, or mapped, merged and left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bentjets.errors import InputError
from bentjets.learning.image_sets.layout import FoundImage

_MIN_CLASSES = 2


def map_classes(images: Sequence[FoundImage], mapping: Mapping[str, str]) -> list[str]:
    """Give the class of each image.

    Parameters
    ----------
    images : sequence of FoundImage
        What was found.
    mapping : mapping of str to str
        Class of each label of the set, or of each name that the set gives a label; several may
        have one class. Empty: classes are what the set names them.

    Returns
    -------
    list of str
        Empty for images whose label the mapping leaves out.

    Raises
    ------
    InputError
        If the mapping names a label that the set does not have.
    """
    if not mapping:
        return [image.class_name for image in images]
    found = {image.label for image in images} | {image.class_name for image in images}
    if unknown := [label for label in mapping if label not in found]:
        raise InputError(
            f"acquisition.image_set.classes names {unknown[0]!r}, which no image has: choose from "
            f"{', '.join(sort_naturally(found))}"
        )
    return [mapping.get(image.label, mapping.get(image.class_name, "")) for image in images]


def list_classes(
    images: Sequence[FoundImage], classes: Sequence[str], mapping: Mapping[str, str]
) -> dict[str, str]:
    """List the classes with the first label that stands for each.

    Parameters
    ----------
    images : sequence of FoundImage
        What was found.
    classes : sequence of str
        The class of each, empty where it is left out.
    mapping : mapping of str to str
        As for `map_classes`; its order is that of the classes.

    Returns
    -------
    dict of str to str
        Label of each class; in natural order where there is no mapping.

    Raises
    ------
    InputError
        If there are fewer than two classes.
    """
    labels: dict[str, set[str]] = {}
    for image, name in zip(images, classes, strict=True):
        if name:
            labels.setdefault(name, set()).add(image.label)
    order = [name for name in dict.fromkeys(mapping.values()) if name in labels]
    names = order or sort_naturally(labels)
    if len(names) < _MIN_CLASSES:
        raise InputError(
            f"the images are of {len(names)} class ({', '.join(names) or 'none'}): give at least "
            f"{_MIN_CLASSES}, in a folder or with a label each"
        )
    return {name: sort_naturally(labels[name])[0] for name in names}


def sort_naturally(words: Sequence[str] | set[str] | Mapping[str, object]) -> list[str]:
    """Sort words with the numbers in them as numbers: class 2 before class 10."""
    return sorted(
        words,
        key=lambda word: [
            (int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", word)
        ],
    )
