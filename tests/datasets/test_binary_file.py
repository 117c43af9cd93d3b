import pytest

from bentjets.datasets.binary_file import BinaryFileDataset


@pytest.mark.parametrize("content", [b"", b"\r\n\x00\xff", bytes(range(256)) * 1000])
def test_bytes_pass_unchanged(tmp_path, content):
    dataset = BinaryFileDataset(filepath=tmp_path / "release.zip")
    dataset.save(content)
    assert dataset.load() == content
    assert (tmp_path / "release.zip").read_bytes() == content
