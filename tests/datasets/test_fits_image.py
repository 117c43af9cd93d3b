import io
import warnings

import numpy as np
import pytest
from astropy.io import fits
from kedro.io.core import DatasetError

from bentjets.datasets.fits_image import FITSImageDataset
from bentjets.files import FITS, EncodedFile


@pytest.fixture
def background(rng):
    """The two images that the background step keeps of one source."""
    mean, rms = rng.normal(size=(2, 4, 5))
    return fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(mean, name="MEAN"),
            fits.ImageHDU(rms, name="RMS"),
            fits.BinTableHDU.from_columns([fits.Column("Total_flux", "E", array=[1.0, 2.0])]),
        ]
    )


def test_loaded_image_is_native_writable_and_detached(tmp_path, cutout):
    dataset = FITSImageDataset(filepath=tmp_path / "a.fits")
    dataset.save(cutout)
    loaded = dataset.load()
    (tmp_path / "a.fits").unlink()
    assert isinstance(loaded, fits.PrimaryHDU)
    assert loaded.data.dtype.isnative
    assert loaded.data.dtype == np.float32
    np.testing.assert_array_equal(loaded.data, cutout.data)
    loaded.data[:] = 0
    assert loaded.header["BMAJ"] == 0.0015
    assert "cut out" in str(loaded.header["HISTORY"])


@pytest.mark.parametrize("name", ["a.fits", "a.fits.gz", "a.fits.fz"])
def test_lossless_forms(tmp_path, cutout, name, monkeypatch):
    dataset = FITSImageDataset(filepath=tmp_path / name)
    dataset.save(cutout)
    first = (tmp_path / name).read_bytes()
    monkeypatch.setattr("time.time", lambda: 86400.0)
    dataset.save(dataset.load())
    assert (tmp_path / name).read_bytes() == first
    np.testing.assert_array_equal(dataset.load().data, cutout.data)
    assert dataset.load().header["BUNIT"] == "Jy/beam"
    assert first.startswith(b"\x1f\x8b") == name.endswith(".gz")
    with fits.open(tmp_path / name) as hdus:
        assert isinstance(hdus[-1], fits.CompImageHDU) == name.endswith(".fz")
        assert all("DATE" not in hdu.header for hdu in hdus)


def test_compression_in_save_args(tmp_path, cutout):
    FITSImageDataset(filepath=tmp_path / "a.fits", save_args={"compression": "RICE_1"}).save(cutout)
    with fits.open(tmp_path / "a.fits") as hdus:
        assert hdus[1].compression_type == "RICE_1"
        np.testing.assert_allclose(hdus[1].data, cutout.data, atol=1.5e-4 / 10)


def fits_file(hdu):
    buffer = io.BytesIO()
    hdu.writeto(buffer)
    return buffer.getvalue()


def test_encoded_files_are_stored_as_they_are(tmp_path, cutout):
    content = fits_file(cutout)
    dataset = FITSImageDataset(filepath=tmp_path / "a.fits")
    dataset.save(EncodedFile(FITS, content))
    assert (tmp_path / "a.fits").read_bytes() == content
    np.testing.assert_array_equal(dataset.load().data, cutout.data)


@pytest.mark.parametrize(
    ("name", "save_args"),
    [("a.fits.gz", None), ("a.fits.fz", None), ("a.fits", {"compression": "GZIP_2"})],
)
def test_encoded_files_get_the_form_that_is_asked_for(tmp_path, cutout, name, save_args):
    from_bytes, from_hdu = (
        FITSImageDataset(filepath=tmp_path / kind / name, save_args=save_args)
        for kind in ("bytes", "hdu")
    )
    from_bytes.save(EncodedFile(FITS, fits_file(cutout)))
    from_hdu.save(cutout)
    content = (tmp_path / "bytes" / name).read_bytes()
    assert content == (tmp_path / "hdu" / name).read_bytes()
    assert content != fits_file(cutout)
    assert from_bytes.load().header["BMAJ"] == 0.0015
    np.testing.assert_allclose(from_bytes.load().data, cutout.data, atol=1e-4)


@pytest.mark.parametrize("name", ["a.fits.gz", "a.fits.fz"])
def test_encoded_files_with_several_images_keep_them_all(tmp_path, background, name):
    dataset = FITSImageDataset(filepath=tmp_path / name, hdu="all")
    dataset.save(EncodedFile(FITS, fits_file(background)))
    loaded = dataset.load()
    for image in ("MEAN", "RMS"):
        np.testing.assert_array_equal(loaded[image].data, background[image].data)


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize("name", ["a.fits.gz", "a.fits.fz"])
@pytest.mark.parametrize("content", [b"", b"<html>", b"half"])
def test_encoded_files_that_are_no_fits_file_are_refused_where_they_are_decoded(
    tmp_path, cutout, name, content
):
    dataset = FITSImageDataset(filepath=tmp_path / name)
    dataset.save(cutout)
    before = (tmp_path / name).read_bytes()
    if content == b"half":
        content = fits_file(cutout)[:4000]
    with pytest.raises(DatasetError, match=name):
        dataset.save(EncodedFile(FITS, content))
    assert (tmp_path / name).read_bytes() == before


def test_load_args_reach_astropy(tmp_path):
    unsigned = np.array([[0, 65535]], dtype=np.uint16)
    FITSImageDataset(filepath=tmp_path / "a.fits").save(fits.PrimaryHDU(unsigned))
    assert FITSImageDataset(filepath=tmp_path / "a.fits").load().data.dtype == np.uint16
    raw = FITSImageDataset(filepath=tmp_path / "a.fits", load_args={"uint": False}).load()
    assert raw.data.dtype.kind == "f"


def test_choice_of_hdu(tmp_path, background):
    path = tmp_path / "a.fits"
    FITSImageDataset(filepath=path).save(background)
    mean, rms = background["MEAN"].data, background["RMS"].data
    np.testing.assert_array_equal(FITSImageDataset(filepath=path).load().data, mean)
    np.testing.assert_array_equal(FITSImageDataset(filepath=path, hdu="RMS").load().data, rms)
    np.testing.assert_array_equal(FITSImageDataset(filepath=path, hdu=2).load().data, rms)
    everything = FITSImageDataset(filepath=path, hdu="all").load()
    path.unlink()
    assert [hdu.name for hdu in everything] == ["PRIMARY", "MEAN", "RMS", ""]
    np.testing.assert_array_equal(everything["RMS"].data, rms)
    assert everything["RMS"].data.dtype.isnative
    assert everything[3].data["Total_flux"].tolist() == [1.0, 2.0]


def test_all_hdus_round_trip(tmp_path, background):
    path = tmp_path / "a.fits"
    dataset = FITSImageDataset(filepath=path, hdu="all")
    dataset.save(background)
    first = path.read_bytes()
    dataset.save(dataset.load())
    assert path.read_bytes() == first


def test_a_lone_extension_can_be_saved(tmp_path, background):
    for number, hdu in enumerate(background[1:]):
        dataset = FITSImageDataset(filepath=tmp_path / f"{number}.fits", hdu="all")
        dataset.save(hdu)
        assert len(dataset.load()[-1].data) == len(hdu.data)


@pytest.mark.parametrize("hdu", ["NOISE", 9])
def test_absent_hdu_names_those_there(tmp_path, background, hdu):
    FITSImageDataset(filepath=tmp_path / "a.fits").save(background)
    with pytest.raises(DatasetError, match=r"has no HDU .*MEAN.*RMS.*; set `hdu`"):
        FITSImageDataset(filepath=tmp_path / "a.fits", hdu=hdu).load()


def test_a_table_is_no_image(tmp_path, background):
    FITSImageDataset(filepath=tmp_path / "a.fits").save(background)
    with pytest.raises(DatasetError, match="is a table, not an image"):
        FITSImageDataset(filepath=tmp_path / "a.fits", hdu=3).load()


@pytest.mark.parametrize("name", ["a.fits", "a.fits.gz", "a.fits.fz"])
def test_damaged_files(tmp_path, cutout, name, recwarn):
    dataset = FITSImageDataset(filepath=tmp_path / name)
    dataset.save(cutout)
    content = (tmp_path / name).read_bytes()
    for damaged in (content[:-2880], content[: len(content) // 2], content[:1000], b"", b"<html>"):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(DatasetError, match=r"is truncated.*; fetch it again$") as raised:
            dataset.load()
        assert "\n" not in str(raised.value)
    assert not recwarn.list


def test_file_without_data(tmp_path):
    FITSImageDataset(filepath=tmp_path / "a.fits").save(fits.PrimaryHDU())
    with pytest.raises(DatasetError, match="is truncated: it holds no image data; fetch it again"):
        FITSImageDataset(filepath=tmp_path / "a.fits").load()


def test_unprintable_cards_are_cleaned(tmp_path, cutout, capfd):
    cutout.header.add_comment("Copyright 1994, University of California.")
    path = tmp_path / "a.fits"
    FITSImageDataset(filepath=path).save(cutout)
    # SkyView writes TABs into its COMMENT cards.
    path.write_bytes(path.read_bytes().replace(b"sity of Cali", b"sity\tof\tCali"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = FITSImageDataset(filepath=path).load()
        FITSImageDataset(filepath=tmp_path / "b.fits").save(loaded)
    assert loaded.header["COMMENT"][-1] == "Copyright 1994, University of California."
    with warnings.catch_warnings(), fits.open(path) as hdus:
        warnings.simplefilter("ignore")
        FITSImageDataset(filepath=tmp_path / "c.fits").save(hdus[0])
    assert (tmp_path / "b.fits").read_bytes() == (tmp_path / "c.fits").read_bytes()
    assert capfd.readouterr() == ("", "")


def test_real_skyview_files(real_first, tmp_path):
    paths = sorted((real_first / "skyview_raw").glob("*.fits"))
    assert paths
    for path in paths:
        copy = FITSImageDataset(filepath=tmp_path / path.name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loaded = FITSImageDataset(filepath=path).load()
            copy.save(loaded)
        np.testing.assert_array_equal(copy.load().data, fits.getdata(path))
        assert loaded.data.shape == (300, 300)
        assert loaded.header["CDELT2"] == pytest.approx(0.0005)


def test_preview_is_upright_and_nan_safe(tmp_path, read_preview):
    data = np.full((1, 1, 20, 20), 1e-4)
    data[..., :5, :5] = 1.0
    data[..., 10, 10] = np.nan
    dataset = FITSImageDataset(filepath=tmp_path / "a.fits", hdu="all")
    dataset.save(fits.PrimaryHDU(data))
    shown = read_preview(dataset.preview())
    assert shown.shape == (300, 300)
    assert shown[-1, 0] == 255
    assert shown[0, 0] == 0


@pytest.mark.parametrize("value", [np.nan, 3.0])
def test_preview_of_nothing(tmp_path, read_preview, value):
    dataset = FITSImageDataset(filepath=tmp_path / "a.fits")
    dataset.save(fits.PrimaryHDU(np.full((600, 1200), value)))
    assert read_preview(dataset.preview()).shape == (150, 300)
