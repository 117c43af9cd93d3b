"""The pipelines: thin, and meeting in the catalog only."""

CACHED_STEPS = (
    "fit_cutout",
    "mask_islands",
    "draw_image",
    "mask_image",
    "assess_image",
    "frame_cutout",
)
"""Names of the functions whose finished results the engine keeps."""
