"""What VizieR gave is kept as it came; asking it is tested with `read_catalogue`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.table import Table

from bentjets.errors import ServiceError
from bentjets.radio.catalogues import query_vizier, read_catalogue
from bentjets.transport import Politeness, PoliteSession

TABLE = "J/ApJS/259/31"
COLUMNS = {"name": "Name", "ra_deg": "RAJ2000", "dec_deg": "DEJ2000"}


@pytest.fixture
def session(services):
    quick = Politeness(per_second=1000, attempts=2, backoff_s=0.001)
    with PoliteSession("VizieR", quick) as session:
        services.carry_https(session)
        services.add_table(f"{TABLE}/table2", odd_table(), units={"RAJ2000": "h", "DEJ2000": "deg"})
        yield session


@pytest.fixture
def query(services, session, tmp_path):
    def query(columns: dict[str, str] = COLUMNS, table: str = TABLE) -> pd.DataFrame:
        return query_vizier(
            table, session=session, server=services.host, columns=columns, downloads=tmp_path
        )

    return query


def odd_table() -> pd.DataFrame:
    """Text that looks like a number, whole numbers that are missing, and a unit to convert."""
    return pd.DataFrame(
        {
            "Name": ["0012", "NA", "J1 <&> é"],
            "RAJ2000": [1.0, 2.0, 1 / 3],
            "DEJ2000": [-0.5, 0.0, 0.1],
            "Nr": pd.array([1, None, 3], dtype="Int64"),
            "z": [0.1, np.nan, 0.3],
            "Type": ["WAT", "", "NAT"],
        }
    )


def test_what_is_kept_is_what_came_to_the_last_type(query, services) -> None:
    first = query()
    assert first["RAJ2000"].tolist() == [15.0, 30.0, 5.0]
    assert first["Name"].tolist() == ["0012", "NA", "J1 <&> é"]
    assert first["Nr"].isna().tolist() == [False, True, False]
    services.close()
    pd.testing.assert_frame_equal(first, query(), check_exact=True)


def test_it_is_a_file_that_others_read(query, tmp_path) -> None:
    query()
    (file,) = (tmp_path / "vizier").glob("*.vot")
    assert file.name.startswith("J_ApJS_259_31_")
    table = Table.read(file, format="votable")
    assert len(table) == 3
    assert str(table["RAJ2000"].unit) == "h"  # as VizieR gave it
    rows = pd.read_csv(tmp_path / "vizier" / "downloads.csv")
    assert rows["request"].tolist() == [f"VizieR: {TABLE}, all rows, all columns"]


def test_other_columns_are_found_in_the_same_file(query, services) -> None:
    query()
    assert query({**COLUMNS, "redshift": "z"})["RAJ2000"].tolist() == [15.0, 30.0, 5.0]
    in_hours = query({"name": "Name", "dec_deg": "DEJ2000"})
    assert in_hours["RAJ2000"].tolist() == [1.0, 2.0, 1 / 3]
    assert len(services.asked("vizier")) == 1


def test_another_table_is_asked_for(query, services) -> None:
    query()
    services.add_table("J/ApJS/259/32/table1", odd_table().assign(Name="other"))
    assert set(query(table="J/ApJS/259/32")["Name"]) == {"other"}


@pytest.mark.parametrize("fault", ["empty_list", "html", "half_file", "server_error"])
def test_what_is_no_table_is_not_kept(query, services, tmp_path, fault) -> None:
    services.fail(fault, times=2)
    if fault == "empty_list":
        with pytest.raises(ServiceError, match="has no table"):
            query()
    with pytest.raises(ServiceError):
        query()
    assert list(tmp_path.rglob("*.vot")) == []
    assert len(query()) == 3


def test_a_damaged_file_is_asked_for_again(query, services, tmp_path, caplog) -> None:
    first = query()
    (file,) = (tmp_path / "vizier").glob("*.vot")
    file.write_bytes(file.read_bytes().replace(b"0012", b"0013"))
    pd.testing.assert_frame_equal(first, query())
    assert caplog.messages == [f"{file} is damaged, or was changed: asked for again"]
    assert len(services.asked("vizier")) == 2


def test_without_a_folder_nothing_is_kept(services, session, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        query_vizier(TABLE, session=session, server=services.host, columns=COLUMNS)
    assert len(services.asked("vizier")) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_is_read_from_what_is_kept(services, session, tmp_path: Path) -> None:
    services.add_table("J/A/1/t", odd_table().assign(Name=["a", "b", "c"], Type="WAT"))
    settings = {"service": "vizier", "table": "J/A/1", "columns": {**COLUMNS, "morphology": "Type"}}
    options = {"classes": {"WAT": "100"}, "seed": 0, "session": session, "server": services.host}
    first = read_catalogue(settings, downloads=tmp_path, **options)
    services.close()
    again = read_catalogue(settings, downloads=tmp_path, **options)
    pd.testing.assert_frame_equal(first, again)
