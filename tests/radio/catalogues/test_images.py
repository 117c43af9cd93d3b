"""A catalogue of images, each of which holds one source in its middle."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.catalogues import find_oddities, read_catalogue
from bentjets.radio.catalogues.images import list_images

CLASSES = {"WAT": "100"}


def write(path, header, shape=(10, 10)) -> None:
    fits.PrimaryHDU(np.zeros(shape, dtype=np.float32), header).writeto(path)


def test_each_image_is_a_source_in_its_middle(tmp_path, sky_header) -> None:
    sky_header["CRPIX1"] = sky_header["CRPIX2"] = 5.5
    write(tmp_path / "b one.fits", sky_header)
    write(tmp_path / "a.fits", sky_header, (1, 1, 20, 40))
    (tmp_path / "b one.fits.gz").write_bytes(gzip.compress((tmp_path / "b one.fits").read_bytes()))
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / ".hidden.fits").write_bytes(b"")
    table = list_images(str(tmp_path))
    assert table["name"].tolist() == ["a", "b one"]
    assert table["source_id"].tolist() == ["a", "b_one"]
    assert table["morphology"].tolist() == ["", ""]
    # The middle of 40 x 20 pixels is 15 columns west and 5 rows north of pixel (5.5, 5.5).
    ra_deg, dec_deg = 150.0 - 15 * 0.0005 / np.cos(np.radians(20.0)), 20.0 + 5 * 0.0005
    np.testing.assert_allclose(table["ra_deg"], [ra_deg, 150.0], atol=2e-7)
    np.testing.assert_allclose(table["dec_deg"], [dec_deg, 20.0], atol=2e-7)


def test_an_image_that_does_not_tell_where_it_lies_is_a_source_all_the_same(tmp_path) -> None:
    write(tmp_path / "nowhere.fits", fits.Header())
    (tmp_path / "damaged.fits").write_bytes(b"SIMPLE")
    table = read_catalogue(
        {"service": "table", "path": None, "images": str(tmp_path)},
        classes=CLASSES,
        seed=0,
        labelled=False,
    )
    assert table["name"].tolist() == ["damaged", "nowhere"]
    assert table[["ra_deg", "dec_deg"]].isna().to_numpy().all()
    assert find_oddities(table, cutout_arcsec=270.0).empty


def test_a_table_comes_before_the_images(tmp_path) -> None:
    (tmp_path / "table.csv").write_text("name,ra_deg,dec_deg\nS1,10,20\n")
    settings = {"service": "table", "path": str(tmp_path / "table.csv"), "images": str(tmp_path)}
    table = read_catalogue(settings, classes=CLASSES, seed=0, labelled=False)
    assert table[["name", "ra_deg", "morphology"]].to_numpy().tolist() == [["S1", 10.0, ""]]


@pytest.mark.parametrize(
    ("name", "complaint"), [("", "holds no file that ends in .fits"), ("no", "is not a folder")]
)
def test_a_folder_without_images_is_refused(tmp_path, name, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        list_images(str(tmp_path / name))
