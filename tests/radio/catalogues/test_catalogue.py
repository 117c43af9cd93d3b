from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError, ServiceError
from bentjets.radio.catalogues import query_vizier, read_catalogue
from bentjets.transport import Politeness, PoliteSession, ServiceDownError

CLASSES = {"WAT": "100", "NAT": "200"}


def test_unknown_service() -> None:
    with pytest.raises(InputError, match="service 'ned' is unknown"):
        read_catalogue({"service": "ned"}, classes=CLASSES, seed=0)


def test_simulated_catalogue_is_a_catalogue() -> None:
    settings = {"service": "simulated", "n_sources": 10, "wat_fraction": 0.6}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=1)
    assert catalogue["source_id"].is_unique
    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 6, "NAT": 4}


def test_real_catalogue_is_a_catalogue(real_first: Path) -> None:
    settings = {"service": "table", "path": str(real_first / "catalogue.csv")}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=0)
    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 430, "NAT": 287}
    assert {"J0953+2924", "J0953+2924_2"} <= set(catalogue["source_id"])


NAMES = {"name": "Name", "ra_deg": "RAJ2000", "dec_deg": "DEJ2000", "morphology": "Type"}


class TestVizier:
    @pytest.fixture
    def session(self, services):
        quick = Politeness(per_second=1000, attempts=3, backoff_s=0.001)
        with PoliteSession("VizieR", quick) as session:
            services.carry_https(session)
            yield session

    @pytest.fixture
    def many(self) -> pd.DataFrame:
        """More rows than VizieR gives unless it is asked for all."""
        numbers = np.arange(120)
        return pd.DataFrame(
            {
                "Name": [f"J{number:04d}+0000" for number in numbers],
                "RAJ2000": [f"{number // 10:02d} {number % 10:02d} 00" for number in numbers],
                "DEJ2000": ["-00 30 00"] * 120,
                "Type": np.where(numbers % 2, "NAT", "WAT"),
                "z": 0.1,
            }
        )

    def read(self, services, session, **settings) -> pd.DataFrame:
        settings = {
            "service": "vizier",
            "table": "J/ApJS/259/31",
            "columns": NAMES,
            **settings,
        }
        return read_catalogue(
            settings, classes=CLASSES, seed=0, session=session, server=services.host
        )

    def test_all_rows_and_columns_come(self, services, session, many) -> None:
        services.add_table("J/ApJS/259/31/table2", many, units={"RAJ2000": '"h:m:s"'})
        catalogue = self.read(services, session)
        assert len(catalogue) == 120
        assert catalogue["ra_deg"].iloc[11] == pytest.approx(15.25)
        assert set(catalogue["dec_deg"]) == {-0.5}
        assert set(catalogue["vizier_table"]) == {"J/ApJS/259/31/table2"}
        assert {"z", "vizier_table"} < set(catalogue)

    def test_tables_of_one_class_each_are_joined(self, services, session, many) -> None:
        sources = many.drop(columns="Type")
        services.add_table("J/ApJS/259/31/wats", sources[:70])
        services.add_table("J/ApJS/259/31/nats", sources[70:])
        services.add_table("J/ApJS/259/31/refs", pd.DataFrame({"Ref": ["1"], "Author": ["A"]}))
        catalogue = self.read(
            services,
            session,
            columns={**NAMES, "morphology": "vizier_table"},
            classes={"J/ApJS/259/31/wats": "WAT", "J/ApJS/259/31/nats": "NAT"},
        )
        assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 70, "NAT": 50}

    def test_units_are_heeded(self, services, session, many) -> None:
        hours = many.assign(RAJ2000=np.arange(120) / 10.0, DEJ2000=-0.5)
        services.add_table("J/ApJS/259/31/table2", hours, units={"RAJ2000": "h", "DEJ2000": "deg"})
        catalogue = self.read(services, session)
        assert catalogue["ra_deg"].iloc[11] == pytest.approx(16.5)
        assert set(catalogue["dec_deg"]) == {-0.5}

    @pytest.mark.parametrize("fault", ["unavailable", "too_many", "refuse", "half_file", "html"])
    def test_what_passes_is_asked_again(self, services, session, many, fault) -> None:
        services.retry_after = "0"
        services.add_table("J/ApJS/259/31/table2", many)
        services.fail(fault, times=2)
        assert len(self.read(services, session)) == 120
        assert len(services.log) == 3

    def test_an_error_is_not_kept(self, services, session, many) -> None:
        services.add_table("J/ApJS/259/31/table2", many)
        services.fail("unavailable", times=3)
        with pytest.raises(ServiceError, match=r"VizieR did not give J/ApJS/259/31 \(HTTPError\)"):
            self.read(services, session)
        assert len(self.read(services, session)) == 120
        assert len(self.read(services, session)) == 120
        assert len(services.log) == 5

    def test_an_unknown_table_is_named(self, services, session) -> None:
        with pytest.raises(ServiceError, match="VizieR has no table J/ApJS/259/31"):
            self.read(services, session)

    def test_a_page_that_is_no_table_is_not_taken_for_an_empty_one(self, services, session) -> None:
        services.fail("html", times=3)
        with pytest.raises(ServiceError, match=r"give J/ApJS/259/31 \(its answer is no table\)"):
            self.read(services, session)

    def test_a_service_that_is_down_is_called_so(self) -> None:
        """The session's own words: there is no sense in checking the connection."""
        hopeless = PoliteSession("VizieR", Politeness(per_second=1000, give_up_after=1))
        with pytest.raises(ServiceDownError, match="VizieR failed 1 times in a row"):
            query_vizier("J/ApJS/259/31", session=hopeless, server="127.0.0.1:1")

    def test_unreachable(self) -> None:
        impatient = PoliteSession("VizieR", Politeness(attempts=1))
        with pytest.raises(ServiceError, match=r"did not give J/ApJS/259/31 \(ConnectionError"):
            query_vizier("J/ApJS/259/31", session=impatient, server="127.0.0.1:1")
