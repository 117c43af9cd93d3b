"""A FIRST-like sky made on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field

from bentjets.radio.cutouts import Provenance, fits_bytes, normalise_cutout
from bentjets.radio.simulation import SkySettings, SurveyGeometry, simulate_cutout
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
    """

    name: str
    geometry: SurveyGeometry
    sky: SkySettings
    seed: int
    licence: str
    waiting: int = field(default=0, init=False)

    def fetch(self, source: Source) -> Fetched:
        """Draw the source; the same seed gives the same pixels."""
        hdu = simulate_cutout(source, geometry=self.geometry, seed=self.seed, settings=self.sky)
        cutout = normalise_cutout(
            hdu,
            provenance=Provenance(
                "simulation", self.name, f"seed {self.seed}, {source['name']}", self.licence
            ),
            size_px=self.geometry.size_px,
            position_deg=position_of(source),
        )
        return Fetched(fits_bytes(cutout.to_hdu()))

    def close(self) -> None:
        """Do nothing."""
