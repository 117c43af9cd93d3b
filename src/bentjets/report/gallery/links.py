"""Where a position can be seen elsewhere: addresses that a reader may follow."""

from __future__ import annotations

from urllib.parse import quote

_ALADIN = "https://aladin.cds.unistra.fr/AladinLite/?target={ra}%20{dec}&fov=0.1"
_SKYVIEW = (
    "https://skyview.gsfc.nasa.gov/current/cgi/runquery.pl?Position={ra},{dec}&Pixels=300&Survey="
)


def list_links(service: str, survey: str) -> list[dict[str, str]]:
    """List the viewers that show the sky at a position.

    Parameters
    ----------
    service : str
        Who makes the cutouts: ``skyview``, ``hips2fits``, ``folder`` or ``simulated``.
    survey : str
        Name of the survey at that service; a folder has none.

    Returns
    -------
    list of dict
        ``name`` and ``address``, in which ``{ra}`` and ``{dec}`` stand for degrees. A simulated sky
        can be seen nowhere else.
    """
    if service == "simulated":
        return []
    shown = f"&survey={quote(survey, safe='/.')}" if service == "hips2fits" else ""
    links = [{"name": "Aladin Lite", "address": _ALADIN + shown}]
    if service == "skyview":
        links.append({"name": "SkyView", "address": _SKYVIEW + quote(survey, safe="")})
    return links
