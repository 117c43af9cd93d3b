from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["J1+1", "J2+2", "J1+1"],
            "ra_deg": [15.0, 30.0, 15.0],
            "dec_deg": [1.0, 2.0, 1.0],
            "morphology": ["WAT", "NAT", "NAT"],
            "redshift": [0.1, 0.2, 0.1],
        }
    )
