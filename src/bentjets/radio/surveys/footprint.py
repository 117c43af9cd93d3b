"""Which part of the sky a survey covers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bentjets.errors import InputError
from bentjets.radio.simulation import DEC_RANGE_DEG, RA_RANGE_DEG

if TYPE_CHECKING:
    from mocpy import MOC

_FORMATS = {".fits": "fits", ".json": "json", ".txt": "ascii"}
# Cells of half a degree.
_ORDER = 7


def find_footprint(survey: Any) -> MOC | None:
    """Give the coverage map (MOC; IVOA recommendation 2.0) of a survey, if there is one.

    Parameters
    ----------
    survey
        The survey's entry in the parameters: ``service``, and unless that is ``simulated``
        ``footprint``, the path of a MOC in FITS (``.fits``), JSON (``.json``) or ASCII (``.txt``).

    Returns
    -------
    mocpy.MOC or None
        That of a simulated survey is where its sources are drawn.

    Raises
    ------
    InputError
        If there is no such file, or it holds no MOC.
    """
    if survey.service == "simulated":
        return _simulated()
    return None if survey.footprint is None else _read(survey.footprint)


def _simulated() -> MOC:
    from astropy.coordinates import SkyCoord
    from mocpy import MOC as NewMOC

    corners = SkyCoord(list(RA_RANGE_DEG), list(DEC_RANGE_DEG), unit="deg")
    return NewMOC.from_zone(corners, max_depth=_ORDER)


def _read(path: str) -> MOC:
    from mocpy import MOC as NewMOC

    file = Path(path)
    if not file.is_file():
        raise InputError(f"the footprint {path} does not exist: correct its path, or leave it out")
    kind = _FORMATS.get(file.suffix.lower())
    if kind is None:
        raise InputError(f"the footprint {path} is no MOC: give {', '.join(_FORMATS)}")
    try:
        return NewMOC.load(file, format=kind)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"the footprint {path} cannot be read as a MOC ({reason}): fetch it again"
        ) from error
