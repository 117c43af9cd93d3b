"""A FIRST-like sky made on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field

from bentjets.radio.cutouts import Provenance, fits_bytes, normalise_cutout
from bentjets.radio.simulation import Background, SkySettings, SurveyGeometry, simulate_cutout
from bentjets.radio.surveys.backgrounds import BackgroundFolder
from bentjets.radio.surveys.survey import Fetched, Source, position_of


@dataclass(frozen=True)
class SimulatedSurvey:
    """A FIRST-like sky made on the spot (see `bentjets.radio.simulation.sky`).

    Parameters
    ----------
    name
        Name of the entry.
    geometry
        What its images are like.
    sky
        What its sources are drawn from.
    seed
        Seed of the sky.
    licence
        Terms of its images.
    backgrounds
        Real pieces of sky to lay the sources into; None: noise and neighbours are drawn, too.
    """

    name: str
    geometry: SurveyGeometry
    sky: SkySettings
    seed: int
    licence: str
    backgrounds: BackgroundFolder | None = None
    waiting: int = field(default=0, init=False)

    def fetch(self, source: Source) -> Fetched:
        """Draw the source; the same seed gives the same pixels."""
        background, geometry = (
            self.backgrounds.lay(source) if self.backgrounds else (None, self.geometry)
        )
        hdu = simulate_cutout(
            source, geometry=geometry, seed=self.seed, settings=self.sky, background=background
        )
        cutout = normalise_cutout(
            hdu,
            provenance=Provenance(
                "simulation", self.name, self._request(source, background), self.licence
            ),
            size_px=self.geometry.size_px,
            position_deg=position_of(source),
        )
        return Fetched(fits_bytes(cutout.to_hdu()))

    def _request(self, source: Source, background: Background | None) -> str:
        on = f", on {background.name}" if background else ""
        return f"seed {self.seed}, {source['name']}{on}"

    def close(self) -> None:
        """Do nothing."""
