"""``SourceFilesDataset`` is a folder with one file per source, shown as a contact sheet."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from kedro.io.core import VERSION_KEY, DatasetError
from kedro_datasets._typing import ImagePreview
from kedro_datasets.partitions import PartitionedDataset
from PIL import Image, ImageDraw

from bentjets.datasets._files import is_temporary, list_files, read_bytes, unreadable
from bentjets.datasets._fits import gunzip
from bentjets.datasets._preview import decode_preview, encode_preview, fit_preview
from bentjets.datasets._written import WrittenFiles
from bentjets.files import EncodedFile

_SHEET_TILES = 12
_SHEET_COLUMNS = 4
_TILE_PX = 150
_CAPTION_PX = 16
_MARGIN_PX = 4
_CAPTION_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file of one source: called, it loads what is in it; read, it gives the bytes.

    Folders of a survey hold very many, so that one is hardly larger than its name.
    """

    folder: SourceFilesDataset
    source_id: str

    def __call__(self) -> Any:
        """Load the file as its dataset class does."""
        return self.folder.open_file(self.folder.path_of(self.source_id)).load()

    def read(self) -> bytes:
        """Return the bytes of the file, gunzipped if need be, for work that decodes elsewhere.

        Raises
        ------
        DatasetError
            If there is no such file.
        """
        path = self.folder.path_of(self.source_id)
        with unreadable(path, "make it again"):
            return gunzip(read_bytes(self.folder.filesystem, path))


class SourceFilesDataset(PartitionedDataset):
    """``SourceFilesDataset`` is Kedro's ``PartitionedDataset`` for one file per source.

    It differs in five ways: an absent or empty folder loads as an empty dict, because every source
    may have failed and the next node says so; files that a crash left half saved do not show; an
    `EncodedFile` is saved as it is; `prune` removes what an earlier run wrote of sources that are
    no longer made (a hidden file beside the folder lists what runs have written); and Kedro-Viz
    shows a contact sheet of up to twelve sources, made of the files' own previews.

    Its constructor is that of ``PartitionedDataset``; the partitions' names are the source ids.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        images:
          type: bentjets.datasets.source_files.SourceFilesDataset
          path: data/03_primary/images
          dataset: bentjets.datasets.png_image.PNGImageDataset
          filename_suffix: .png

    Using the Python API:

    >>> import numpy as np
    >>> from bentjets.datasets.png_image import PNGImageDataset
    >>> dataset = SourceFilesDataset(
    ...     path=str(tmp_path / "images"), dataset=PNGImageDataset, filename_suffix=".png"
    ... )
    >>> dataset.load()
    {}
    >>> dataset.save({"J0020+0004": np.zeros((150, 150), dtype=np.uint8)})
    >>> {source_id: load().shape for source_id, load in dataset.load().items()}
    {'J0020+0004': (150, 150)}
    """

    _saved: set[str] | None = None
    _cached_partitions: list[str] | None

    def load(self) -> dict[str, SourceFile]:
        """Give one loading function per source, sorted by source id; none if there are no files."""
        self._invalidate_caches()
        source_ids = sorted(map(self._path_to_partition, self._list_partitions()))
        self._invalidate_caches()
        return {source_id: SourceFile(self, source_id) for source_id in source_ids}

    @functools.cached_property
    def _template(self) -> Any:
        return self.open_file(self._normalized_path)

    @functools.cached_property
    def _filesystem(self) -> Any:
        # Kedro's looks it up anew each time, which is longer than to read a file.
        return super()._filesystem

    @property
    def filesystem(self) -> Any:
        """The fsspec filesystem that holds the files."""
        return self._filesystem

    def path_of(self, source_id: str) -> str:
        """Name the file of a source."""
        return str(self._partition_to_path(source_id))

    def open_file(self, path: str) -> Any:
        """Make the dataset of one file."""
        config = {**self._dataset_config, self._filepath_arg: self._join_protocol(path)}
        return self._dataset_type(**config)

    def save(self, data: dict[str, Any]) -> None:
        """Write the files of some sources; those of others stay, until `prune`."""
        self._written().add(self._name(source_id) for source_id in sorted(data))
        for source_id, content in sorted(data.items()):
            path = self.path_of(source_id)
            if isinstance(content, EncodedFile):
                # A dataset object for each file would take longer than the file.
                self._template.save_at(self._filesystem, path, content)
            else:
                self.open_file(path).save(content)
        self._saved = self._saved or set()
        self._saved.update(data)
        self._invalidate_caches()

    def prune(self) -> int:
        """Remove what earlier runs wrote and this one did not; nothing, if nothing was saved.

        A node that streams saves a few sources at a time: only who knows that it has finished
        (the project's hook) knows which files are left over from an earlier run. Files that no run
        wrote, and whatever lies in subfolders, stay.

        Returns
        -------
        int
            How many files were removed.
        """
        if self._saved is None:
            return 0
        kept = {self._name(source_id) for source_id in self._saved}
        stale = self._written().names() - kept
        removed = 0
        folder = self._normalized_path
        there = self._filesystem.isdir(folder)
        for path in self._filesystem.ls(folder, detail=False) if there else ():
            name = path.rpartition("/")[2]
            if name in stale or is_temporary(path):
                self._filesystem.rm_file(path)
                removed += name in stale
        self._written().replace(kept)
        self._saved = None
        self._invalidate_caches()
        return removed

    def _written(self) -> WrittenFiles:
        return WrittenFiles(self._filesystem, self._normalized_path)

    def _name(self, source_id: str) -> str:
        """Name the file of a source, without its folder."""
        return f"{source_id}{self._filename_suffix}"

    def preview(self) -> ImagePreview:
        """Give the contact sheet for Kedro-Viz.

        Raises
        ------
        DatasetError
            If there are no files yet, or the files' dataset class has no image preview.
        """
        if not hasattr(self._dataset_type, "preview"):
            raise DatasetError(
                f"{self._dataset_type.__name__} has no preview; "
                f"set `preview: false` for {self._path}"
            )
        self._invalidate_caches()
        paths = _choose_evenly(sorted(self._list_partitions()), _SHEET_TILES)
        if not paths:
            raise DatasetError(f"{self._path} holds no files to preview; run the pipeline first")
        tiles = [(self._path_to_partition(path), self._preview_file(path)) for path in paths]
        return encode_preview(_draw_sheet(tiles))

    def _preview_file(self, path: str) -> Image.Image | None:
        try:
            return decode_preview(self.open_file(path).preview())
        except DatasetError:
            # One damaged file must not hide the others; its tile stays empty.
            return None

    def _list_partitions(self) -> list[str]:
        plain = not self._load_args and VERSION_KEY not in self._dataset_config
        if plain and self._cached_partitions is None:
            paths = list_files(self._filesystem, self._normalized_path)
            self._cached_partitions = [one for one in paths if one.endswith(self._filename_suffix)]
        return [path for path in super()._list_partitions() if not is_temporary(path)]


def _choose_evenly(items: list[str], count: int) -> list[str]:
    if len(items) <= count:
        return items
    return [items[number * (len(items) - 1) // (count - 1)] for number in range(count)]


def _draw_sheet(tiles: list[tuple[str, Image.Image | None]]) -> Image.Image:
    """Lay the tiles out in rows, each with its source id beneath."""
    columns = min(_SHEET_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    width, height = _TILE_PX + _MARGIN_PX, _TILE_PX + _CAPTION_PX + _MARGIN_PX
    sheet = Image.new("RGB", (columns * width + _MARGIN_PX, rows * height + _MARGIN_PX), "white")
    draw = ImageDraw.Draw(sheet)
    for number, (source_id, image) in enumerate(tiles):
        left = _MARGIN_PX + (number % columns) * width
        top = _MARGIN_PX + (number // columns) * height
        draw.rectangle((left, top, left + _TILE_PX - 1, top + _TILE_PX - 1), fill="lightgrey")
        if image is not None:
            sheet.paste(fit_preview(image, _TILE_PX), (left, top))
        caption = source_id if image is not None else f"{source_id} (unreadable)"
        draw.text((left, top + _TILE_PX + 2), caption[:_CAPTION_CHARACTERS], fill="black")
    return sheet
