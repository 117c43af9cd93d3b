"""Images to learn from: classes, batches, splits (`transforms`, `data_module` load torch)."""

from bentjets.learning.data.batches import (
    LabelledImages,
    assign_batches,
    pack_batch,
    pack_meta,
    unpack_batches,
)
from bentjets.learning.data.classes import BENT_CLASSES, label_codes, name_sample
from bentjets.learning.data.splits import (
    TEST_BATCH,
    is_batch_name,
    list_batch_contents,
    name_batch,
    split_batches,
)
from bentjets.learning.data.streaming import stream_batch

__all__ = [
    "BENT_CLASSES",
    "TEST_BATCH",
    "LabelledImages",
    "assign_batches",
    "is_batch_name",
    "label_codes",
    "list_batch_contents",
    "name_batch",
    "name_sample",
    "pack_batch",
    "pack_meta",
    "split_batches",
    "stream_batch",
    "unpack_batches",
]
