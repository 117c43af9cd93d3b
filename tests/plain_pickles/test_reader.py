"""loads_plain: what numpy writes is read, what is forged is refused, and nothing of it runs."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy._core import multiarray
from numpy._core.numeric import _frombuffer

from bentjets.plain_pickles import loads_plain

ANY_PROTOCOL = range(pickle.HIGHEST_PROTOCOL + 1)
POINTER = b"A" * 8
DTYPES = (
    hnp.scalar_dtypes()
    | hnp.unicode_string_dtypes(min_len=1, max_len=5)
    | hnp.byte_string_dtypes(min_len=1, max_len=5)
)


class Forged:
    """Pickles as a call of `function`, and a state that is then given to what it returned."""

    def __init__(self, function, *arguments, state=None):
        self.call = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.call


def forged_dtype(code, *state):
    return Forged(np.dtype, code, False, True, state=state)


# An object dtype that says of itself that it holds no objects.
NO_OBJECTS = forged_dtype("O", 3, "|", None, None, None, 8, 8, 0)
WITH_FIELDS = forged_dtype("S8", 3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 0)
EMPTY = (np.ndarray, (0,), b"b")

FORGED = {
    "a: pointers in a buffer": Forged(np.ndarray, (1,), np.dtype("O"), POINTER),
    "b: objects from a buffer": Forged(_frombuffer, POINTER, NO_OBJECTS, (1,), "C"),
    "b: objects from bytes": Forged(
        multiarray._reconstruct, *EMPTY, state=(1, (1,), NO_OBJECTS, False, POINTER)
    ),
    "b: an object from bytes": Forged(multiarray.scalar, NO_OBJECTS, POINTER),
    "c: fields of objects": Forged(_frombuffer, POINTER, WITH_FIELDS, (1,), "C"),
    "d: far before its buffer": Forged(np.ndarray, (64,), "u1", b"A" * 16, -(2**40)),
    "d: before its buffer": Forged(np.ndarray, (8,), "u1", b"A" * 16, -8),
    "e: memory of others": Forged(np.ndarray, (1000,), "u1"),
    "e: an array without content": Forged(multiarray._reconstruct, np.ndarray, (1000,), b"b"),
    "f: one byte, many times": Forged(np.ndarray, (200_000, 22_500), "u1", b"A", 0, (0, 0)),
    "f: nothing, many times": Forged(
        multiarray._reconstruct, *EMPTY, state=(1, (10**15, 0), np.dtype("u1"), False, b"")
    ),
    "objects that are no list": Forged(
        multiarray._reconstruct, *EMPTY, state=(1, (1,), np.dtype("O"), False, POINTER)
    ),
    "more rows than bytes": Forged(
        multiarray._reconstruct, *EMPTY, state=(1, (1000, 8), np.dtype("u1"), False, POINTER)
    ),
    "a dtype of another size": Forged(
        multiarray.scalar, forged_dtype("S8", 3, "|", None, None, None, 4, 1, 0), b"AAAA"
    ),
    "an array within the dtype": Forged(
        multiarray.scalar,
        forged_dtype("f8", 3, "<", (np.dtype("O"), (1,)), None, None, 8, 8, 0),
        POINTER,
    ),
    "an array that is none": Forged(multiarray._reconstruct, np.dtype, (0,), b"b"),
    "a state of one part": Forged(
        multiarray._reconstruct, *EMPTY, state=(((2,), np.dtype("u1"), False, b"A"),)
    ),
}
LOAD = """
import sys, pathlib, pickle
import numpy as np
from bentjets.plain_pickles import loads_plain
try:
    data = loads_plain(pathlib.Path(sys.argv[1]).read_bytes())["data"]
except pickle.UnpicklingError as error:
    print("refused:", error)
else:
    print("loaded:", type(data), getattr(data, "shape", ""), np.asarray(data).reshape(-1)[:64])
"""


@pytest.mark.parametrize("name", FORGED)
def test_forged_arrays_are_refused(tmp_path: Path, name: str) -> None:
    # In a process of its own, as what is tested here has crashed it.
    file = tmp_path / "batch"
    file.write_bytes(pickle.dumps({"data": FORGED[name]}, protocol=4))
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("refused: "), done.stdout


@settings(max_examples=150)
@given(
    hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)),
    st.sampled_from(ANY_PROTOCOL),
    st.booleans(),
)
def test_arrays_survive(array, protocol, fortran) -> None:
    array = np.asfortranarray(array) if fortran else array
    loaded = loads_plain(pickle.dumps({"data": array}, protocol=protocol))["data"]
    assert (loaded.dtype, loaded.shape) == (array.dtype, array.shape)
    assert loaded.tobytes() == array.tobytes()
    assert loaded.flags.writeable
    assert loaded.flags.f_contiguous == array.flags.f_contiguous


@settings(max_examples=100)
@given(DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, 1)), st.sampled_from(ANY_PROTOCOL))
def test_scalars_survive(array, protocol) -> None:
    loaded = loads_plain(pickle.dumps(array[0], protocol=protocol))
    assert type(loaded) is type(array[0])
    assert np.asarray(loaded).tobytes() == np.asarray(array[0]).tobytes()


@pytest.mark.parametrize("held", ["%s.", "]%sa.", "(%st.", "}%sKs.", "}K%ss.", "(%s\x91."])
def test_a_name_is_no_data(held) -> None:
    before, after = held.split("%s")
    name = b"cnumpy\ndtype\n"
    number = {"K": b"K\x01"}
    content = b"".join(number.get(one, one.encode("latin1")) for one in before) + name
    content += b"".join(number.get(one, one.encode("latin1")) for one in after)
    with pytest.raises(pickle.UnpicklingError):
        loads_plain(b"\x80\x04" + content)


@settings(max_examples=100)
@given(st.binary(max_size=60), st.integers(0, 200), st.sampled_from(ANY_PROTOCOL))
def test_damage_is_an_exception_or_plain_data(damage, place, protocol) -> None:
    content = bytearray(pickle.dumps({"data": np.arange(4), "labels": ["1"]}, protocol=protocol))
    content[place : place + len(damage)] = damage
    try:
        loaded = loads_plain(bytes(content))
    except Exception:
        return
    assert "Record" not in repr(loaded)


@pytest.mark.parametrize("protocol", ANY_PROTOCOL)
def test_transposed_arrays_and_dtypes(protocol) -> None:
    cube = np.arange(24).reshape(2, 3, 4).transpose(1, 0, 2)
    batch = {"cube": cube, "dtype": np.dtype(">f4"), "times": np.array(["2020"], "M8[25s]")}
    loaded = loads_plain(pickle.dumps(batch, protocol=protocol))
    np.testing.assert_array_equal(loaded["cube"], cube)
    assert loaded["dtype"] == np.dtype(">f4")
    np.testing.assert_array_equal(loaded["times"], batch["times"])


@pytest.mark.parametrize("protocol", ANY_PROTOCOL)
def test_one_array_in_several_places_stays_one(protocol) -> None:
    array = np.arange(3)
    objects = np.empty((2, 2), dtype=object, order="F")
    objects[0, 0], objects[0, 1] = [array, (array, "a")], array
    batch = {"list": [array, array], "tuple": (1, array), "objects": objects}
    batch["itself"] = batch
    loaded = loads_plain(pickle.dumps(batch, protocol=protocol))
    assert loaded["itself"] is loaded
    first = loaded["list"][0]
    assert isinstance(first, np.ndarray)
    assert loaded["list"][1] is first
    assert loaded["tuple"][1] is first
    assert loaded["objects"][0, 0][0] is first
    assert loaded["objects"][0, 0][1][0] is first
    np.testing.assert_array_equal(loaded["objects"][0, 1], array)
    assert loaded["objects"][1, 1] is None


def test_python_2_protocol_0() -> None:
    # numpy 1 under Python 2.7: pickle.dumps({'data': numpy.array([255, 1], 'u1')}, 0)
    content = (
        b"(dp0\nS'data'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n"
        b"(I0\ntp4\nS'b'\np5\ntp6\nRp7\n(I1\n(I2\ntp8\ncnumpy\ndtype\np9\n(S'u1'\np10\nI0\nI1\n"
        b"tp11\nRp12\n(I3\nS'|'\np13\nNNNI-1\nI-1\nI0\ntp14\nbI00\nS'\\xff\\x01'\np15\ntp16\nbs."
    )
    assert loads_plain(content)["data"].tolist() == [255, 1]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        # Twenty times the same 100 bytes of text, list or array content.
        (b"X\x64\0\0\0" + b"a" * 100 + b"q\0", "bytes"),
        (b"(" + b"N" * 100 + b"lq\0", "sets"),
    ],
)
def test_nothing_grows_beyond_its_file(content, complaint) -> None:
    again = {
        "bytes": b"c_codecs\nencode\nq\x01h\0X\x06\0\0\0latin1q\x02\x86R"
        + b"h\x01h\0h\x02\x86R" * 20,
        "sets": b"cbuiltins\nset\nq\x01h\0\x85R" + b"h\x01h\0\x85R" * 20,
    }[complaint]
    with pytest.raises(pickle.UnpicklingError, match=f"bytes cannot hold the {complaint}"):
        loads_plain(b"\x80\x02" + content + again + b".")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"(ios\nsystem\n.", "the opcode INST"),
        (b"\x80\x02\x82\x01.", "the opcode EXT1"),
        (b"cbuiltins\nset\nN}b.", "the state of a NoneType"),
        (b"c_codecs\nencode\n}b.", "the state of a partial"),
        (b"]}b.", "the state of a list"),
        (b"<html>", "no pickle, or damaged at b'<'"),
    ],
)
def test_opcodes_of_objects_are_refused(content, complaint) -> None:
    with pytest.raises(pickle.UnpicklingError, match=complaint):
        loads_plain(content)


def test_a_length_is_not_believed() -> None:
    for opcode in (b"\x8e", b"\x96", b"\x8d"):  # bytes, bytearray and text of 2 ** 62 bytes
        with pytest.raises((EOFError, pickle.UnpicklingError)):
            loads_plain(b"\x80\x05" + opcode + (2**62).to_bytes(8, "little") + b"A.")
    with pytest.raises(EOFError):
        loads_plain(b"\x80\x02Nr\xff\xff\xff\x7f")  # a memo of 2 ** 31 places
