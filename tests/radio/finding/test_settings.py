"""How islands are found: which settings make sense."""

from __future__ import annotations

import pytest

from bentjets.errors import InputError
from bentjets.radio.finding import FindingSettings
from bentjets.validation import validate


def test_a_box_may_be_a_list_as_yaml_has_it() -> None:
    listed = validate(FindingSettings, {"rms_box": [30, 10]})
    assert listed == FindingSettings(rms_box=(30, 10))
    assert hash(listed) == hash(FindingSettings(rms_box=(30, 10)))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"threshold_island": 6.0}, "threshold_island 6 and threshold_pixel 5: give 0 < threshold"),
        ({"threshold_island": 0.0}, "threshold_island 0 and threshold_pixel 5: give 0 < threshold"),
        ({"threshold_island": True}, "threshold_island is True: give a number"),
        ({"threshold_island": "3"}, "threshold_island is '3': give a number"),
        ({"dilation": -1}, "dilation is -1: give a number of at least 0"),
        ({"dilation": 1.5}, "dilation is 1.5: give a whole number"),
        ({"dilation": 1.0}, "dilation is 1.0: give a whole number"),
        ({"dilation": True}, "dilation is True: give a whole number"),
        ({"rms_map": 1}, "rms_map is 1: give true or false"),
        ({"masks_only": "no"}, "masks_only is 'no': give true or false"),
        ({"k": 0.0}, "k is 0.0: give a number above 0"),
        ({"k": float("nan")}, "k is nan: give a finite number"),
        ({"k": float("inf")}, "k is inf: give a finite number"),
        ({"link_arcsec": -30.0}, "link_arcsec is -30.0: give a number above 0"),
        ({"link_arcsec": float("inf")}, "link_arcsec is inf: give a finite number"),
        ({"link_arcsec": 30.0, "masks_only": True}, "link_arcsec needs the Gaussians that masks_"),
        ({"treshold_pixel": 5.0}, "treshold_pixel is unknown: did you mean threshold_pixel?"),
    ],
)
def test_senseless_settings_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(FindingSettings, settings)
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    "box", [30, "30", [30], [30, 10, 10], [30.5, 10], [30, 0], [10, 30], [True, True], [30, True]]
)
def test_a_box_that_is_none_is_refused(box: object) -> None:
    with pytest.raises(InputError, match=r"rms_box is .*: give \[side, step\] in whole pixels"):
        validate(FindingSettings, {"rms_box": box})
