import os
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kedro.io.core import DatasetError

from bentjets.datasets._preview import decode_preview
from bentjets.datasets.pickled_batch import PickledBatchDataset

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.tuples(inner, inner)
        | st.sets(st.integers() | st.text())
    ),
    max_leaves=10,
)


class Hostile:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def load_bytes(path, content):
    path.write_bytes(content)
    return PickledBatchDataset(filepath=path).load()


@settings(max_examples=30)
@given(st.dictionaries(st.text(), PLAIN))
def test_plain_containers_survive(batch):
    dataset = PickledBatchDataset(filepath="memory:///batch")
    dataset.save(batch)
    assert dataset.load() == batch


@pytest.mark.parametrize("protocol", range(2, 6))
def test_batches_of_any_protocol(tmp_path, rng, protocol):
    batch = {
        "data": rng.integers(0, 256, (3, 22500), dtype=np.uint8),
        "fortran": np.asfortranarray(rng.normal(size=(3, 4))),
        "names": np.array(["a", b"", None, {1}, frozenset("x")], dtype=object),
        "fixed": np.array(["WAT", "NAT"]),
        "big_endian": np.arange(3, dtype=">f4"),
        "one": np.float32(0.5),
        "labels": ["100", "200", "101"],
        "raw": b"\xff\x00",
    }
    loaded = load_bytes(tmp_path / "batch", pickle.dumps(batch, protocol=protocol))
    assert list(loaded) == list(batch)
    for key, value in batch.items():
        assert type(loaded[key]) is type(value)
        np.testing.assert_array_equal(loaded[key], value)


def test_numpy_1_names(tmp_path):
    content = pickle.dumps({"data": np.arange(4, dtype=np.uint8)}, protocol=2)
    assert b"numpy._core" in content
    old = content.replace(b"numpy._core", b"numpy.core")
    assert load_bytes(tmp_path / "batch", old)["data"].tolist() == [0, 1, 2, 3]


def test_python_2_strings(tmp_path):
    # {'labels': ['\xe9']} with the str of Python 2.
    content = b"\x80\x02}q\x00U\x06labelsq\x01]q\x02U\x01\xe9q\x03as."
    assert load_bytes(tmp_path / "batch", content) == {"labels": ["é"]}


def test_python_2_array(tmp_path):
    # numpy 1 under Python 2: the array's bytes are a str.
    content = (
        b"\x80\x02}U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x02\xff\x01tbs."
    )
    loaded = load_bytes(tmp_path / "batch", content)["data"]
    assert (loaded.dtype, loaded.tolist()) == (np.uint8, [255, 1])


@pytest.mark.parametrize(
    ("hostile", "name"),
    [
        (Hostile(os.mkdir, "harm"), "posix.mkdir|nt.mkdir"),
        (Hostile(eval, "open('harm', 'w')"), r"__builtin__\.eval|builtins\.eval"),
        (Hostile(getattr, "", "join"), r"__builtin__\.getattr|builtins\.getattr"),
        (Hostile(bytearray, 3), r"__builtin__\.bytearray|builtins\.bytearray"),
        (Hostile(np.load, "harm"), r"numpy\.load"),
        (Hostile(np.dtype, [("a", "O")]), r"numpy\.dtype"),
        (np.zeros(1, dtype=[("a", "O")]), r"numpy\.dtype\('V8'\)"),
        (np.array([Hostile(os.mkdir, "harm")], dtype=object), "posix.mkdir|nt.mkdir"),
    ],
)
def test_hostile_pickles_are_refused_by_name(tmp_path, monkeypatch, hostile, name):
    monkeypatch.chdir(tmp_path)
    for protocol in range(2, 6):
        content = pickle.dumps({"data": hostile}, protocol=protocol)
        with pytest.raises(DatasetError, match=rf"batch asks for ({name}).*do not use this file"):
            load_bytes(tmp_path / "batch", content)
    assert [path.name for path in tmp_path.iterdir()] == ["batch"]


def test_codecs_beyond_latin1_are_refused(tmp_path):
    content = b"c_codecs\nencode\n(Vx\nVrot13\ntR."
    with pytest.raises(DatasetError, match=r"_codecs\.encode to 'rot13'"):
        load_bytes(tmp_path / "batch", content)


def test_damaged_files(tmp_path):
    content = pickle.dumps({"data": np.zeros(100)})
    for damaged in (content[:-20], content[:10], b"", b"<html>", content.replace(b"f8", b"f9")):
        with pytest.raises(DatasetError, match=r"batch cannot be read: .*; fetch it again"):
            load_bytes(tmp_path / "batch", damaged)


def test_other_contents_are_refused(tmp_path):
    dataset = PickledBatchDataset(filepath=tmp_path / "batch")
    with pytest.raises(DatasetError, match="holds a list, not a dict"):
        load_bytes(tmp_path / "batch", pickle.dumps([1]))
    with pytest.raises(DatasetError, match="holds a dict; give one, not list"):
        dataset.save([1])
    with pytest.raises(DatasetError, match=r"cannot hold pathlib\.\w+; give plain containers"):
        dataset.save({"path": tmp_path})


def test_bytes_depend_on_values_only(tmp_path):
    label = "".join(["1", "00"])
    equal = "".join(["10", "0"])
    assert label is not equal
    for name, labels in (("a", [label, label]), ("b", [label, equal])):
        PickledBatchDataset(filepath=tmp_path / name).save({"labels": labels})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert pickle.loads((tmp_path / "a").read_bytes()) == {"labels": ["100", "100"]}


def test_preview_is_a_sheet_of_the_first_images(tmp_path):
    data = np.zeros((20, 100), dtype=np.uint8)
    data[1] = 255
    dataset = PickledBatchDataset(filepath=tmp_path / "data_batch_0")
    dataset.save({"data": data})
    sheet = np.asarray(decode_preview(dataset.preview()))
    side = sheet.shape[0] // 4
    assert sheet[:side, side : 2 * side].min() == 255
    assert sheet[:side, :side].max() == sheet[side:].max() == 0


@pytest.mark.parametrize("data", [[], np.zeros((2, 101), np.uint8), np.zeros((2, 100))])
def test_a_batch_without_square_images_has_no_preview(tmp_path, data):
    dataset = PickledBatchDataset(filepath=tmp_path / "data_batch_0")
    dataset.save({"data": data})
    with pytest.raises(DatasetError, match="data_batch_0 holds no square images to preview"):
        dataset.preview()
