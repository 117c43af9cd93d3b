"""What is looked at, and by whom: the sources, the experts' desks, and what a vote does."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.radio.cutouts import celestial_wcs
from bentjets.radio.measuring import HandMeasurement, measure_clicks
from bentjets.review.server.desk import FILTERS, Desk
from bentjets.review.server.incoming import NewVote, VoteRefusedError
from bentjets.review.server.pictures import Pictures, describe_frame
from bentjets.review.server.queue import Queue
from bentjets.review.server.sources import Sources
from bentjets.review.votes import Vote, VoteExistsError, VoteStore

REASONS = ("bad", "small", "confused")
_HALF_PX = 0.5


@dataclass(frozen=True)
class Showing:
    """What the page is told of the whole.

    Parameters
    ----------
    title
        What is looked at.
    round_number
        1 independent, 2 adjudication.
    shows
        Whether labels and opinions are shown before the vote.
    """

    title: str = ""
    round_number: int = 1
    shows: bool = False


class Room:
    """The sources and the desks of the experts.

    Parameters
    ----------
    sources
        What is looked at.
    pictures
        Their images.
    store
        Where the votes are.
    queues
        The order of each expert.
    showing
        What the page is told of the whole.
    """

    def __init__(
        self,
        sources: Sources,
        pictures: Pictures,
        store: VoteStore,
        queues: dict[str, Queue],
        showing: Showing = Showing(),
    ) -> None:
        self.sources, self.pictures, self._store = sources, pictures, store
        self._showing = showing
        self._desks = {
            expert: Desk(
                expert,
                round_number=showing.round_number,
                queue=queue,
                sources=sources,
                store=store,
                shows=showing.shows,
            )
            for expert, queue in queues.items()
        }

    def desk(self, expert: str) -> Desk:
        """Give the desk of an expert."""
        return self._desks[expert]

    def source_id(self, expert: str, place: int) -> str:
        """Name the source at a place of an expert's queue."""
        return self.sources.source_ids[self.desk(expert).source_at(place)]

    def state(self, expert: str) -> dict[str, Any]:
        """Tell an expert's page where they are, and what there is to choose from."""
        return {
            "expert": expert,
            "round": self._showing.round_number,
            "shows": self._showing.shows,
            "title": self._showing.title,
            "classes": list(self.sources.classes),
            "reasons": list(REASONS),
            "filters": list(FILTERS),
            **self.desk(expert).progress(),
        }

    def show(self, expert: str, place: int) -> dict[str, Any]:
        """Tell all that an expert may know of the source at a place now."""
        desk = self.desk(expert)
        number = desk.source_at(place)
        source_id = self.sources.source_ids[number]
        cutout = self.pictures.cutout(source_id)
        frame = describe_frame(cutout, celestial_wcs(cutout.header))
        image_sha256 = self.pictures.image_sha256(source_id)
        standing = desk.standing(place)
        own = desk.own(place, standing)
        shows = self._showing.shows or not own.empty
        return {
            "place": place,
            **self.sources.describe(number, shows=shows),
            **frame,
            "gaussians": self.sources.gaussians(number, frame["pixel_scale_arcsec"]),
            **self.sources.surroundings(number, frame["wcs"], cutout.data.shape),
            "image_sha256": image_sha256,
            "vote": None if own.empty else _as_vote(own.iloc[0], image_sha256),
            "revealed": self._revealed(number, expert, standing) if shows else None,
            "conflict": self._conflict(source_id),
        }

    def vote(self, expert: str, given: NewVote) -> dict[str, Any]:
        """Write a vote, and tell what may be known now that it is cast.

        Raises
        ------
        VoteRefusedError
            If it is in the store already, or the image has changed since it was shown.
        InputError
            If there is no such place, or the clicks measure nothing.
        """
        desk = self.desk(expert)
        source_id = self.source_id(expert, given.place)
        with desk.lock:
            self._check_new(desk, given.vote_id)
            now_sha256 = self.pictures.image_sha256(source_id)
            if given.image_sha256 != now_sha256:
                raise VoteRefusedError(
                    "the image has changed since it was shown: look at it again", kept=False
                )
            vote = self._make_vote(desk, given, source_id)
            try:
                self._store.append([vote])
            except VoteExistsError:
                self._check_new(desk, given.vote_id)
                raise
            desk.put(given.place, vote)
            standing = desk.standing(given.place)
            progress = desk.progress()
        own = desk.own(given.place, standing)
        shows = self._showing.shows or not own.empty
        number = desk.source_at(given.place)
        return {
            "vote": None if own.empty else _as_vote(own.iloc[0], now_sha256),
            "revealed": self._revealed(number, expert, standing) if shows else None,
            "done": progress["done"],
            "seconds_looked": progress["seconds_looked"],
        }

    def _check_new(self, desk: Desk, vote_id: str) -> None:
        """Refuse a vote that is written already: its answer was lost, or somebody replays it."""
        kept = self._store.find(vote_id)
        if kept is not None:
            is_own = (kept.expert, kept.round) == (desk.expert, desk.round)
            detail = "this vote is kept already" if is_own else "that vote is another expert's"
            raise VoteRefusedError(detail, kept=is_own)

    def _make_vote(self, desk: Desk, given: NewVote, source_id: str) -> Vote:
        measured = self._measure(source_id, given.clicks) if given.clicks else None
        tails = measured.tails_arcsec if measured else (None, None)
        return Vote(
            vote_id=given.vote_id,
            source_id=source_id,
            expert=desk.expert,
            round=desk.round,
            showing=desk.showing_at(given.place),
            verdict=given.verdict,
            reason=given.reason,
            morphology=given.morphology,
            clicks=tuple((x, y) for x, y in given.clicks),
            opening_angle_deg=measured.opening_angle_deg if measured else None,
            tail_1_arcsec=tails[0],
            tail_2_arcsec=tails[1],
            seconds=given.seconds,
            image_sha256=given.image_sha256,
            voted_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        )

    def _measure(self, source_id: str, clicks: list[list[float]]) -> HandMeasurement:
        cutout = self.pictures.cutout(source_id)
        rows, columns = cutout.data.shape
        if not all(
            -_HALF_PX <= x <= columns - _HALF_PX and -_HALF_PX <= y <= rows - _HALF_PX
            for x, y in clicks
        ):
            raise InputError("a click lies outside the image: click inside it")
        return measure_clicks([(x, y) for x, y in clicks], celestial_wcs(cutout.header))

    def _revealed(self, number: int, expert: str, standing: pd.DataFrame) -> dict[str, Any]:
        others = standing[(standing["expert"] != expert) & (standing["showing"] == 1)]
        return {
            "morphology": self.sources.labels[number],
            "votes": [_as_vote(row) for _, row in others.iterrows()],
            "networks": self.sources.opinions.of(number),
            **self.sources.measured_angle(number),
        }

    def _conflict(self, source_id: str) -> list[dict[str, Any]] | None:
        """Give the votes of the first round, in the second."""
        if self._showing.round_number == 1:
            return None
        votes = self._store.latest(round=1, source_ids=[source_id])
        return [_as_vote(row) for _, row in votes[votes["showing"] == 1].iterrows()]


def _as_vote(row: pd.Series[Any], image_sha256: str = "") -> dict[str, Any]:
    seen = row["image_sha256"]
    clicks = row["clicks"]
    return {
        "expert": row["expert"],
        "verdict": row["verdict"],
        "reason": row["reason"],
        "morphology": row["morphology"],
        "clicks": json.loads(clicks) if isinstance(clicks, str) and clicks else list(clicks or []),
        "opening_angle_deg": _or_none(row["opening_angle_deg"]),
        "tail_1_arcsec": _or_none(row["tail_1_arcsec"]),
        "tail_2_arcsec": _or_none(row["tail_2_arcsec"]),
        "seconds": float(row["seconds"]),
        "voted_at": row["voted_at"],
        "stale": bool(seen and image_sha256 and seen != image_sha256),
    }


def _or_none(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
