from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bentjets.radio.catalogues import SAFE_ID, unique_ids

NAMES = st.lists(
    st.sampled_from(["J1+1", "J1+1_2", "J1+1_3", "NGC 1265", "NGC_1265", "a/b", "..", ".x"]),
    max_size=12,
)


def identify(names: pd.Series, *keys: list[float]) -> pd.Series:
    order = pd.DataFrame({str(n): key for n, key in enumerate(keys)}, index=names.index)
    return unique_ids(names, order)


@given(NAMES)
def test_ids_are_unique_and_safe_as_file_names(names: list[str]) -> None:
    series = pd.Series(names, dtype=str)
    ids = identify(series, list(range(len(names))))
    assert ids.is_unique
    assert ids.str.fullmatch(SAFE_ID).all()
    first = ~series.duplicated() & series.str.fullmatch(SAFE_ID)
    assert ids[first].tolist() == series[first].tolist()


@given(NAMES, st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order_of_the_rows(names: list[str], random) -> None:
    places = [float(number) for number in range(len(names))]
    random.shuffle(places)
    rows = list(zip(names, places, strict=True))
    shuffled = random.sample(rows, len(rows))
    before, after = (
        dict(zip(given, identify(pd.Series([n for n, _ in given], dtype=str),
                                 [p for _, p in given]), strict=True))
        for given in (rows, shuffled)
    )  # fmt: skip
    assert before == after


def test_equal_names_are_numbered_by_the_first_key_then_the_next() -> None:
    names = pd.Series(["J1", "J1", "J1", "J2"])
    ids = identify(names, [20.0, 10.0, 10.0, 5.0], [0.0, 3.0, -3.0, 0.0])
    assert ids.tolist() == ["J1_3", "J1_2", "J1", "J2"]


def test_what_a_file_name_cannot_hold_becomes_an_underscore() -> None:
    names = pd.Series(["N/A", "NA", "nan", "null", "None"])
    assert identify(names, [0.0] * 5).tolist() == ["N_A", "NA", "nan", "null", "None"]
