"""Which sources the report shows."""

import pandas as pd
import pytest

from bentjets.report.figures import choose_examples, name_sources

CLASSES = {"WAT": "100", "NAT": "200"}


def make_manifest(n_wat, n_nat, size=None):
    n = n_wat + n_nat
    return pd.DataFrame(
        {
            "source_id": [f"S{number:03d}" for number in range(n)],
            "morphology": ["WAT"] * n_wat + ["NAT"] * n_nat,
            "largest_angular_size_arcsec": range(n) if size is None else size,
        }
    )


def test_examples_are_evenly_spaced_in_size():
    chosen = dict(choose_examples(make_manifest(10, 3), CLASSES, 5))
    assert list(chosen["WAT"]["largest_angular_size_arcsec"]) == [1, 3, 5, 7, 9]
    assert list(chosen["NAT"]["largest_angular_size_arcsec"]) == [10, 11, 12]


def test_examples_do_not_depend_on_the_order_of_the_manifest():
    manifest = make_manifest(30, 30, size=50.0)
    shuffled = manifest.sample(frac=1, random_state=1)
    one, two = (
        [list(rows["source_id"]) for _, rows in choose_examples(table, CLASSES, 4)]
        for table in (manifest, shuffled)
    )
    assert one == two


def test_a_class_without_sources_is_left_out():
    assert list(dict(choose_examples(make_manifest(3, 0), CLASSES, 2))) == ["WAT"]


@pytest.mark.parametrize("column", ["redshift", "Z", "z_spec"])
def test_redshifts_are_those_of_the_catalogue_where_it_knows_them(column):
    sources = pd.DataFrame({"source_id": list("abcd"), "name": list("ABCD")})
    assert [one[2] for one in name_sources(sources)] == [None] * 4
    sources = sources.assign(**{column: ["0.1", None, 0.0, -1.0]})
    assert list(name_sources(sources)) == [
        ("a", "A", 0.1), ("b", "B", None), ("c", "C", None), ("d", "D", None)
    ]  # fmt: skip
