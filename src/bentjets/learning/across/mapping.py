"""Which class of a trained network each label of another set means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bentjets.errors import InputError
from bentjets.learning.image_sets import FoundImage


def map_onto(
    images: Sequence[FoundImage], mapping: Mapping[str, str], classes: Sequence[str], where: str
) -> list[str]:
    """Give the class of each image of another set, among those that were learnt.

    Parameters
    ----------
    images : sequence of FoundImage
        What was found in the set.
    mapping : mapping of str to str
        Class of each label of the set, or of each name that the set gives a label. A label that is
        not in it means the class of its own name.
    classes : sequence of str
        The classes that were learnt.
    where : str
        The set, for errors.

    Returns
    -------
    list of str
        Empty for images of no class that was learnt.

    Raises
    ------
    InputError
        If the mapping names a class that was not learnt, or no image is of one that was.
    """
    if unknown := [name for name in mapping.values() if name not in classes]:
        raise InputError(
            f"across.classes names the class {unknown[0]!r}, which was not learnt: choose from "
            f"{', '.join(classes)}"
        )
    meant = [
        mapping.get(image.label, mapping.get(image.class_name, image.class_name))
        for image in images
    ]
    found = [name if name in classes else "" for name in meant]
    if not any(found):
        labels = ", ".join(sorted({image.class_name for image in images}))
        raise InputError(
            f"{where} has no class in common with the trained ones ({', '.join(classes)}), its own "
            f"are {labels}: say which is which by across.classes"
        )
    return found
