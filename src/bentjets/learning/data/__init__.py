"""Images to learn from: classes, batches, splits (`transforms`, `data_module` load torch)."""

from bentjets.learning.data.batches import (
    TEST_BATCH,
    LabelledImages,
    is_batch_name,
    name_batch,
    name_splits,
    pack_batch,
    pack_meta,
    sort_batch_names,
    unpack_batches,
)
from bentjets.learning.data.classes import BENT_CLASSES, label_codes, name_sample
from bentjets.learning.data.soft_labels import shares_of, with_shares
from bentjets.learning.data.splitting.duplicates import (
    EQUAL_IMAGES,
    NEAR_BITS,
    NEAR_CORRELATION,
    NEAR_IMAGES,
    Fingerprint,
    confirm_near,
    correlate_content,
    describe_bits,
    find_duplicates,
    fingerprint_image,
)
from bentjets.learning.data.splitting.groups import (
    SAME_GROUP,
    SAME_NAME,
    find_groups,
    find_leaks,
    judge_leaks,
    link_equal,
)
from bentjets.learning.data.splitting.protocols import PROTOCOLS, RunPlan, fold_of_batch, plan_runs
from bentjets.learning.data.splitting.splits import (
    assign_batches,
    assign_shuffled,
    read_assignment,
)
from bentjets.learning.data.stack import (
    UNKNOWN,
    ImageStack,
    crop_middle,
    resize_image,
    stack_images,
)
from bentjets.learning.data.streaming import stream_batch

__all__ = [
    "BENT_CLASSES",
    "EQUAL_IMAGES",
    "NEAR_BITS",
    "NEAR_CORRELATION",
    "NEAR_IMAGES",
    "PROTOCOLS",
    "SAME_GROUP",
    "SAME_NAME",
    "TEST_BATCH",
    "UNKNOWN",
    "Fingerprint",
    "ImageStack",
    "LabelledImages",
    "RunPlan",
    "assign_batches",
    "assign_shuffled",
    "confirm_near",
    "correlate_content",
    "crop_middle",
    "describe_bits",
    "find_duplicates",
    "find_groups",
    "find_leaks",
    "fingerprint_image",
    "fold_of_batch",
    "is_batch_name",
    "judge_leaks",
    "label_codes",
    "link_equal",
    "name_batch",
    "name_sample",
    "name_splits",
    "pack_batch",
    "pack_meta",
    "plan_runs",
    "read_assignment",
    "resize_image",
    "shares_of",
    "sort_batch_names",
    "stack_images",
    "stream_batch",
    "unpack_batches",
    "with_shares",
]
