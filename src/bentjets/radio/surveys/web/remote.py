"""A survey that a public service gives, one image for each source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bentjets.errors import InputError
from bentjets.radio.cutouts import Provenance, fits_bytes, normalise_cutout, read_image
from bentjets.radio.surveys.beams import Beams, beam_at
from bentjets.radio.surveys.survey import Fetched, Source, list_assumed, position_of
from bentjets.radio.surveys.web.services import (
    ImageRequest,
    ImageService,
    OutsideFootprintError,
    is_blank,
)
from bentjets.transport import Download, DownloadStore, download

# Threads for each request in flight: some are between two attempts.
_THREADS_PER_REQUEST = 3
# Side of an image that is only to show that a service works.
_PROBE_PX = 10


@dataclass(frozen=True)
class RemoteSurvey:
    """A survey that a public service gives, one image for each source.

    Parameters
    ----------
    name
        Name of the entry.
    service, survey
        Names of the service, and of the survey there.
    size_px, pixel_scale_arcsec
        The images to ask for.
    licence
        Terms of the survey's images.
    asked
        The service.
    beam_arcsec, frequency_hz
        What the survey states, for files that do not.
    store
        Where its files are kept, and looked for before it is asked; None keeps none.
    """

    name: str
    service: str
    survey: str
    size_px: int
    pixel_scale_arcsec: float
    licence: str
    asked: ImageService
    beam_arcsec: Beams | None = None
    frequency_hz: float | None = None
    store: DownloadStore | None = None

    @property
    def waiting(self) -> int:
        """Some more than there may be requests in flight: between attempts, a source waits, too."""
        return _THREADS_PER_REQUEST * self.asked.session.politeness.in_flight

    def fetch(self, source: Source) -> Fetched:
        """Have the service make the image around the source's position, unless it has before."""
        ra_deg, dec_deg = position_of(source)
        request = ImageRequest(
            self.service, self.survey, ra_deg, dec_deg, self.size_px, self.pixel_scale_arcsec
        )
        answer = self._download(str(source["source_id"]), request)
        cost: dict[str, Any] = {
            "attempts": answer.attempts,
            "seconds": answer.seconds,
            "date": answer.date,
        }
        try:
            fetched = replace(self._normalise(answer, request), **cost)
        except InputError as error:
            error.record = cost
            raise
        small = replace(request, size_px=_PROBE_PX)
        self.asked.session.breaker.probe = lambda: self.asked.ask(small, lambda ask: ask())
        return fetched

    def close(self) -> None:
        """Leave the service alone."""
        self.asked.session.close()

    def _download(self, source_id: str, request: ImageRequest) -> Download:
        kept = self.store.find(source_id, request.in_full) if self.store else None
        if kept is not None:
            return kept
        answer = self._ask(request)
        if self.store:
            self.store.keep(source_id, request.in_full, answer)
        return answer

    def _ask(self, request: ImageRequest) -> Download:
        session = self.asked.session
        try:
            return download(partial(self.asked.ask, request), session=session)
        except OutsideFootprintError as error:
            # So a service says, too, that has lost all its images.
            if session.breaker.probe is not None:
                session.breaker.record_failure(str(error))
            raise

    def _normalise(self, answer: Download, request: ImageRequest) -> Fetched:
        image = read_image(answer.file)
        if is_blank(image.data):
            raise OutsideFootprintError(f"{self.survey} has no data there")
        provenance = Provenance(
            self.service, self.name, str(request), self.licence, date=answer.date[:19]
        )
        cutout = normalise_cutout(
            image,
            provenance=provenance,
            size_px=self.size_px,
            position_deg=(request.ra_deg, request.dec_deg),
            beam_arcsec=beam_at(self.beam_arcsec, request.dec_deg, self.name),
            frequency_hz=self.frequency_hz,
        )
        return Fetched(fits_bytes(cutout.to_hdu()), assumed=list_assumed(cutout, image.header))
