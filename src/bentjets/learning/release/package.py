"""The dataset in a form to share, made file by file in little memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from importlib import resources

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data import label_codes
from bentjets.learning.release.card import write_card
from bentjets.learning.release.columns import OF_THE_FILE, PICTURES
from bentjets.learning.release.croissant import describe_release
from bentjets.learning.release.facts import ReleaseFacts
from bentjets.learning.release.parquet import (
    SHARD,
    SPLITS,
    Notes,
    ReadPictures,
    make_schema,
    name_shards,
    stream_shard,
    to_arrow,
)
from bentjets.learning.release.sky import write_footprint, write_votable
from bentjets.learning.release.terms import write_citation, write_licence

Content = bytes | Iterable[bytes]


def package_release(
    manifest: pd.DataFrame,
    read: ReadPictures,
    *,
    batches: Iterable[tuple[str, Content]],
    rejected: pd.DataFrame,
    facts: ReleaseFacts,
) -> Iterator[tuple[str, Content]]:
    """Make the files of a release, a few sources in memory at a time.

    Parameters
    ----------
    manifest : DataFrame
        One row per source; ``source_id`` is unique; ``morphology``, ``label`` (its code in the
        batches), ``split`` (train, validation, test), ``ra_deg``, ``dec_deg`` and whatever else
        is known of a source.
    read : callable
        Reads the files of a source, when its turn comes.
    batches : iterable of tuple
        Name and content of each pickled batch.
    rejected : DataFrame
        One row per source that is not in the release, with its ``reason``.
    facts : ReleaseFacts
        What is known of the release besides.

    Yields
    ------
    str, bytes or iterable of bytes
        File name and content; pieces are to be read before the next file is asked for. The same
        input gives the same bytes.

    Raises
    ------
    InputError
        If a source is listed twice, is of no class or no split, or a cutout has another shape
        than the first.
    """
    sources = _state_sources(manifest, facts)
    first = read(sources["source_id"].iloc[0]).cutout
    shape_px = (first.shape[0], first.shape[1])
    notes, digests = Notes(shape_px), _Digests()
    table = to_arrow(sources)
    schema = make_schema(table, list(facts.classes), shape_px)
    for split in SPLITS:
        rows = to_arrow(sources[sources["split"] == split]).cast(table.schema)
        for number, name in enumerate(name_shards(split, len(rows))):
            shard = rows.slice(number * SHARD, SHARD)
            yield digests.watch(name, stream_shard(shard, schema, read, notes))
    for name, content in batches:
        yield digests.watch(f"batches/{name}", content)
    told = sources.merge(notes.table(), left_on="source_id", right_index=True)
    for name, made in _write_facts(told, rejected, facts, shape_px).items():
        yield digests.watch(name, made)
    croissant = describe_release(sources, schema, digests.known(), facts, shape_px)
    text = json.dumps(croissant, indent=2, ensure_ascii=False) + "\n"
    yield digests.watch("croissant.json", text.encode())
    known = digests.known()
    yield "SHA256SUMS", "".join(f"{known[name]}  {name}\n" for name in sorted(known)).encode()


def _write_facts(
    sources: pd.DataFrame, rejected: pd.DataFrame, facts: ReleaseFacts, shape_px: tuple[int, int]
) -> dict[str, bytes]:
    """Write the files without pictures."""
    script = resources.files(__package__).joinpath("verify.py").read_bytes()
    return {
        "README.md": write_card(sources, rejected, facts).encode(),
        "LICENSE": write_licence(facts).encode(),
        "CITATION.cff": write_citation(facts).encode(),
        "rejected.csv": rejected.to_csv(index=False, lineterminator="\n").encode(),
        "sources.vot": write_votable(sources, facts.title),
        "footprint.moc.fits": write_footprint(sources, shape_px),
        "verify.py": script,
    }


def _state_sources(manifest: pd.DataFrame, facts: ReleaseFacts) -> pd.DataFrame:
    """Lay out the facts of the sources as they are given out."""
    codes = label_codes(facts.classes)
    twice = manifest["source_id"].duplicated().to_numpy()
    for wrong, what in (
        (twice, "is listed twice in the manifest: list every source once"),
        (~manifest["morphology"].isin(codes).to_numpy(), "is of no declared class: curate again"),
        (~manifest["split"].isin(SPLITS).to_numpy(), "is in no known split: curate again"),
    ):
        if wrong.any():
            raise InputError(f"release: {manifest['source_id'][wrong].iloc[0]} {what}")
    # What the catalogue calls an image is not what was made here.
    ours = {"label_code", *PICTURES, *OF_THE_FILE}
    given = manifest.rename(columns={name: f"catalogue_{name}" for name in ours & {*manifest}})
    place = given.columns.get_loc("label")
    sources = given.rename(columns={"label": "label_code"})
    numbers = sources["morphology"].map({name: place for place, name in enumerate(codes)})
    sources.insert(int(str(place)), "label", numbers.astype("int64"))
    if "reviewers" in sources:
        sources["reviewers"] = facts.hide_names(sources["reviewers"])
    return sources


class _Digests:
    """The digests of the files that went by."""

    def __init__(self) -> None:
        self._found: dict[str, hashlib._Hash] = {}
        self._under_way: set[str] = set()

    def watch(self, name: str, content: Content) -> tuple[str, Content]:
        """Hand a file on, and take its digest as it is read."""
        self._found[name] = hashlib.sha256()
        if isinstance(content, bytes):
            self._found[name].update(content)
            return name, content
        self._under_way.add(name)
        return name, self._pass_on(name, content)

    def _pass_on(self, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
        for piece in content:
            self._found[name].update(piece)
            yield piece
        self._under_way.discard(name)

    def known(self) -> dict[str, str]:
        """Give the digests in hexadecimal digits."""
        if self._under_way:
            name = min(self._under_way)
            raise RuntimeError(f"{name} is to be read to its end before the next file is made")
        return {name: digest.hexdigest() for name, digest in self._found.items()}
