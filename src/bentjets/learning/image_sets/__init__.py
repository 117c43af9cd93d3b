"""Image sets as they are: class folders, CIFAR-like pickles, HDF5, Parquet."""

from bentjets.learning.image_sets.examining import examine_image, grey_levels
from bentjets.learning.image_sets.labels import list_classes, map_classes
from bentjets.learning.image_sets.layout import PARTS, WHOLE_FILE, FoundImage, Layout
from bentjets.learning.image_sets.limits import is_masked, state_limits
from bentjets.learning.image_sets.pictures import (
    RawImage,
    brightness,
    crop_square,
    decode_picture,
)
from bentjets.learning.image_sets.positions import compile_patterns, find_position
from bentjets.learning.image_sets.recognise import (
    LAYOUTS,
    is_of_set,
    recognise,
    reopen,
)
from bentjets.learning.image_sets.splitting import split_images

__all__ = [
    "LAYOUTS",
    "PARTS",
    "WHOLE_FILE",
    "FoundImage",
    "Layout",
    "RawImage",
    "brightness",
    "compile_patterns",
    "crop_square",
    "decode_picture",
    "examine_image",
    "find_position",
    "grey_levels",
    "is_masked",
    "is_of_set",
    "list_classes",
    "map_classes",
    "recognise",
    "reopen",
    "split_images",
    "state_limits",
]
