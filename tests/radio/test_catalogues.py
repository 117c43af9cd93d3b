from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError, ServiceError
from bentjets.radio.catalogues import (
    query_vizier,
    read_catalogue,
    read_table,
    standardise_catalogue,
    unique_ids,
)

CLASSES = {"WAT": "100", "NAT": "200"}


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


def standardise(table: pd.DataFrame, **columns: str) -> pd.DataFrame:
    return standardise_catalogue(table, columns=columns, classes=CLASSES, origin="cat.csv")


def test_sources_get_unique_ids_and_keep_their_columns(table: pd.DataFrame) -> None:
    catalogue = standardise(table)
    assert catalogue["source_id"].tolist() == ["J1+1", "J2+2", "J1+1_2"]
    assert list(catalogue) == ["source_id", "name", "ra_deg", "dec_deg", "morphology", "redshift"]


def test_columns_of_other_names(table: pd.DataFrame) -> None:
    theirs = table.rename(columns={"name": "Name", "morphology": "Type"})
    pd.testing.assert_frame_equal(
        standardise(theirs, name="Name", morphology="Type"), standardise(table)
    )


def test_sexagesimal_positions(table: pd.DataFrame) -> None:
    table["ra_deg"] = ["01 00 00", "02 00 00.0", "01:00:00"]
    table["dec_deg"] = ["+01 00 00", "02 00 00", "-01 30 00"]
    catalogue = standardise(table)
    assert catalogue["ra_deg"].tolist() == pytest.approx([15.0, 30.0, 15.0])
    assert catalogue["dec_deg"].tolist() == pytest.approx([1.0, 2.0, -1.5])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.drop(columns=["morphology", "ra_deg"]), "no column ra_deg, morphology"),
        (lambda t: t.assign(morphology="FR-II"), "class 'FR-II', which is not declared"),
        (lambda t: t.assign(dec_deg=95.0), "not on the sky"),
        (lambda t: t.assign(ra_deg=float("nan")), "not on the sky"),
        (lambda t: t.assign(ra_deg="somewhere"), "neither numbers in degrees nor sexagesimal"),
        (lambda t: t.iloc[:0], "no rows"),
    ],
)
def test_what_is_wrong_is_named(table: pd.DataFrame, change, complaint) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        standardise(change(table))
    assert str(caught.value).startswith("cat.csv")
    assert "\n" not in str(caught.value)


@given(st.lists(st.sampled_from(["J1+1", "J2-2", "NGC 1265", "a/b"]), max_size=12))
def test_ids_are_unique_and_safe_as_file_names(names: list[str]) -> None:
    ids = unique_ids(pd.Series(names, dtype=str)).tolist()
    assert len(set(ids)) == len(names)
    assert not any("/" in name or " " in name for name in ids)


@pytest.mark.parametrize("suffix", ["csv", "fits", "vot", "ecsv"])
def test_tables_of_all_kinds(tmp_path: Path, table: pd.DataFrame, suffix: str) -> None:
    file = tmp_path / f"catalogue.{suffix}"
    if suffix == "csv":
        table.to_csv(file, index=False)
    else:
        kind = {"vot": "votable"}.get(suffix)
        Table.from_pandas(table).write(file, **({"format": kind} if kind else {}))
    settings = {"service": "table", "path": str(file)}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=0)
    assert catalogue["name"].tolist() == table["name"].tolist()
    assert catalogue["morphology"].tolist() == table["morphology"].tolist()
    assert catalogue["ra_deg"].tolist() == table["ra_deg"].tolist()


@pytest.mark.parametrize(
    ("path", "complaint"), [(None, "no catalogue table given"), ("no.csv", "no.csv does not exist")]
)
def test_table_must_be_there(path, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        read_table(path)


def test_unreadable_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.fits").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"bad\.fits is not a table"):
        read_table(str(tmp_path / "bad.fits"))


def test_unknown_service() -> None:
    with pytest.raises(InputError, match="service 'ned' is unknown"):
        read_catalogue({"service": "ned"}, classes=CLASSES, seed=0)


def test_simulated_catalogue_is_a_catalogue() -> None:
    settings = {"service": "simulated", "n_sources": 10, "wat_fraction": 0.6}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=1)
    assert catalogue["source_id"].is_unique
    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 6, "NAT": 4}


def test_all_rows_and_columns_come_from_vizier(stand_in, monkeypatch, table) -> None:
    import io

    from astroquery.vizier import VizierClass

    buffer = io.BytesIO()
    Table.from_pandas(table).write(buffer, format="votable")
    stand_in.answer("/viz-bin/votable", buffer.getvalue(), kind="text/xml")
    monkeypatch.setattr(
        VizierClass, "_server_to_url", lambda *a, **k: f"{stand_in.address}/viz-bin/votable"
    )
    assert len(query_vizier("J/ApJS/259/31", timeout_s=5)) == len(table)


def test_unreachable_vizier(monkeypatch) -> None:
    from astroquery.vizier import VizierClass

    monkeypatch.setattr(VizierClass, "_server_to_url", lambda *a, **k: "http://127.0.0.1:1/votable")
    with pytest.raises(ServiceError, match="VizieR did not give J/ApJS/259/31"):
        query_vizier("J/ApJS/259/31", timeout_s=2)
