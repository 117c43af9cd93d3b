from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import (
    Cutout,
    fits_bytes,
    read_image,
)


def test_threads_leave_the_filters_of_warnings_alone(cutout: Cutout) -> None:
    content, before = fits_bytes(cutout.to_hdu()), list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read_image, [content] * 200))
    assert warnings.filters == before


def test_a_file_of_a_cutout_gives_it_back(cutout: Cutout) -> None:
    again = Cutout.from_bytes(fits_bytes(cutout.to_hdu()))
    np.testing.assert_array_equal(again.data, cutout.data)
    assert again.data.dtype == np.float32
    assert again.data.dtype.isnative
    assert again.beam_deg == cutout.beam_deg
    assert fits_bytes(again.to_hdu()) == fits_bytes(cutout.to_hdu())


def test_a_tile_compressed_image_is_found_behind_its_empty_first_hdu(cutout: Cutout) -> None:
    packed = fits.CompImageHDU(
        cutout.data, cutout.header, compression_type="GZIP_2", quantize_level=0
    )
    content = fits_bytes(fits.HDUList([fits.PrimaryHDU(), packed]))
    np.testing.assert_array_equal(read_image(content).data, cutout.data)


@pytest.mark.parametrize("content", [b"", b"SIMPLE  = no", b"half"])
def test_what_is_no_fits_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="not a FITS image"):
        read_image(content)


def test_a_truncated_file_and_one_without_image_are_refused(cutout: Cutout) -> None:
    with pytest.raises(InputError, match="truncated"):
        read_image(fits_bytes(cutout.to_hdu())[:40_000])
    with pytest.raises(InputError, match="no image"):
        read_image(fits_bytes(fits.PrimaryHDU()))


def test_cards_of_an_extension_stay_with_it(cutout: Cutout) -> None:
    extension = fits.ImageHDU(cutout.data, cutout.header, name="SCI")
    header = read_image(fits_bytes(fits.HDUList([fits.PrimaryHDU(), extension]))).header
    assert not {"XTENSION", "PCOUNT", "GCOUNT", "EXTNAME"} & set(header)
    assert header["BMAJ"] == cutout.header["BMAJ"]
