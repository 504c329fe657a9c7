"""Our reader of containers against that of safetensors: refuses what the library refuses, and reads the same arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors import SafetensorError

from hornbeam import ModelFormatError
from hornbeam._container import MAX_HEADER_BYTES, pack, unpack
from tests.malformed.mutations import mutations
from tests.malformed.saved_files import SOURCES, saved_file

TENSORS = {
    "a": np.arange(6.0).reshape(2, 3),
    "b": np.array([1, -2, 3], np.int32),
    "c": np.zeros((0, 4), np.uint8),
    "d": np.array(7, np.int64),
    "e": np.array([True, False, True]),
}

Tensors = dict[str, NDArray[Any]]


def read_by_library(data: bytes) -> Tensors | None:
    try:
        tensors: Tensors = safetensors.numpy.load(data)
    except (SafetensorError, ValueError, OverflowError, KeyError, TypeError):
        return None
    return tensors


def read(data: bytes) -> Tensors | None:
    try:
        return unpack(data)[0]
    except ModelFormatError:
        return None


def assert_same(ours: Tensors, theirs: Tensors) -> None:
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        assert array.dtype == theirs[name].dtype
        assert array.shape == theirs[name].shape
        assert array.tobytes() == theirs[name].tobytes()


def with_header(header: Any, payload: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + payload


def test_what_the_library_writes_is_read() -> None:
    ours = read(safetensors.numpy.save(TENSORS, {"key": "value"}))
    assert ours is not None
    assert_same(ours, TENSORS)


@pytest.mark.parametrize(
    "dtype", ["bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)), "float32", "float64"]
)
def test_every_dtype_is_written_as_the_library_writes_it(dtype: str) -> None:
    tensors = {"a": np.array([[0, 1, 1]], dtype)}
    theirs, ours = read_by_library(pack(tensors, {})), read(safetensors.numpy.save(tensors))
    assert theirs is not None
    assert ours is not None
    assert_same(theirs, tensors)
    assert_same(ours, tensors)


def test_arrays_of_any_layout_and_byte_order_are_written() -> None:
    strided = {"a": np.arange(12.0).reshape(3, 4)[::-1, ::2], "b": np.arange(3, dtype=">i4"), "c": np.eye(3, order="F")}
    ours = read(pack(strided, {}))
    assert ours is not None
    for name, array in strided.items():
        np.testing.assert_array_equal(ours[name], array)


def test_longest_header_that_is_read_is_the_longest_that_is_written() -> None:
    room = MAX_HEADER_BYTES - len('{"__metadata__":{"key":""}}')
    assert unpack(pack({}, {"key": "a" * room}))[1] == {"key": "a" * room}
    with pytest.raises(ValueError, match=f"need {MAX_HEADER_BYTES + 8} bytes of text, .* at most {MAX_HEADER_BYTES}"):
        pack({}, {"key": "a" * (room + 1)})


def test_as_many_tensors_and_as_long_names_are_read_as_is_said() -> None:
    thousand = {f"{i}": np.zeros(0) for i in range(1000)}
    assert len(unpack(pack(thousand, {}))[0]) == 1000
    with pytest.raises(ModelFormatError, match="has 1001 tensors, but at most 1000 are possible"):
        unpack(pack(thousand | {"one more": np.zeros(0)}, {}))
    assert list(unpack(pack({"a" * 200: np.zeros(0)}, {}))[0]) == ["a" * 200]
    with pytest.raises(ModelFormatError, match="a tensor has a name of 201 characters"):
        unpack(pack({"a" * 201: np.zeros(0)}, {}))


def test_tensors_that_lie_at_odd_places_are_read() -> None:
    odd = {"first": np.array([1], np.uint8), "second": np.array([0.5, 2.5])}
    header = {
        "first": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
        "second": {"dtype": "F64", "shape": [2], "data_offsets": [1, 17]},
    }
    ours = read(with_header(header, b"".join(array.tobytes() for array in odd.values())))
    assert ours is not None
    assert_same(ours, odd)
    assert all(array.flags.aligned for array in ours.values())


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("kind", ["truncations", "header_bytes"])
def test_damaged_files_are_refused_if_the_library_refuses_them(name: str, kind: str) -> None:
    for mutation in mutations(saved_file(name), kind):
        data = mutation.make()
        ours = read(data)
        if ours is not None:
            theirs = read_by_library(data)
            assert theirs is not None, mutation.label
            assert_same(ours, theirs)


# Numbers near those that a header holds, and those that break arithmetic.
sizes = st.one_of(
    st.integers(-1, 60), st.sampled_from([2**31, 2**32, 2**62, 2**63, 2**64, 2**200, 1.5, True, None, "1"])
)
entries = st.fixed_dictionaries(
    {"dtype": st.sampled_from(["F64", "I32", "U8", "BOOL", "F16", "F128", 1, None])}
    | {key: st.lists(sizes, max_size=9) for key in ("shape", "data_offsets")}
)


@given(name=st.sampled_from([*TENSORS, "f"]), part=st.data())
def test_headers_that_lie_are_refused_if_the_library_refuses_them(name: str, part: st.DataObject) -> None:
    data = pack(TENSORS, {})
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    entry = part.draw(entries)
    changed = part.draw(st.sampled_from(["dtype", "shape", "data_offsets", "all"]))
    header[name] = entry if changed == "all" or name not in header else header[name] | {changed: entry[changed]}
    lying = with_header(header, data[8 + length :])
    ours = read(lying)
    if ours is not None:
        theirs = read_by_library(lying)
        assert theirs is not None
        assert_same(ours, theirs)


@pytest.mark.parametrize(
    "header, message",
    [
        ('{"a":{}}'.encode("utf-16-le"), "not a JSON object|not valid JSON"),
        ('{"a":{}}'.encode("utf-32-le"), "not a JSON object|not valid JSON"),
        (b'{"\xed\xa0\x80":{}}', "the header is not Unicode: .* can't decode"),
        (rb'{"\ud800":{}}', "the header is not Unicode: .* can't encode"),
        (rb'{"__metadata__":{"key":"\ud800"}}', "not Unicode"),
        (b'{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}', "the header has the number -0"),
        (b' {"a":1}', "not a JSON object"),
        (json.dumps({str(i): {} for i in range(1_001)}).encode(), "1001 tensors, but at most 1000"),
        (json.dumps({"a" * 201: {}}).encode(), "a name of 201 characters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_header_that_the_library_would_not_read_is_refused(header: bytes, message: str) -> None:
    with pytest.raises(ModelFormatError, match=message):
        unpack(len(header).to_bytes(8, "little") + header)


@pytest.mark.parametrize(
    "entry, message",
    [
        ([], "is not described by dtype, shape and data_offsets"),
        (["dtype", "shape", "data_offsets"], "is not described by dtype, shape and data_offsets"),
        ({"dtype": "F64", "shape": [1]}, "is not described by dtype, shape and data_offsets"),
        ({"dtype": "F64", "shape": [1], "data_offsets": [0, 8], "more": 1}, "is not described by dtype"),
        ({"dtype": [], "shape": [1], "data_offsets": [0, 8]}, r"has the dtype \[\], which no model uses"),
        ({"dtype": ["F64"], "shape": [1], "data_offsets": [0, 8]}, r"has the dtype \['F64'\], which no model uses"),
        ({"dtype": "F64", "shape": 1, "data_offsets": [0, 8]}, "has a shape that is none, or too large"),
        ({"dtype": "F64", "shape": [-1], "data_offsets": [0, 8]}, "has a shape that is none"),
        ({"dtype": "F64", "shape": [1.0], "data_offsets": [0, 8]}, "has a shape that is none"),
        ({"dtype": "F64", "shape": [1] * 9, "data_offsets": [0, 8]}, "has a shape that is none"),
        ({"dtype": "F64", "shape": [9], "data_offsets": [0, 8]}, "needs 72 bytes, but has 8"),
        ({"dtype": "F64", "shape": [0, 2**60], "data_offsets": [0, 0]}, "has a shape that is none, or too large"),
        (
            {"dtype": "F64", "shape": [0, *[2**13] * 6], "data_offsets": [0, 0]},
            "has a shape that is none, or too large",
        ),
        ({"dtype": "F64", "shape": [10**4000] * 8, "data_offsets": [0, 0]}, "has a shape that is none, or too large"),
        ({"dtype": "F64", "shape": [1], "data_offsets": [0, 4, 8]}, "has data_offsets that are none, or lie outside"),
        ({"dtype": "F64", "shape": [1], "data_offsets": [0, 9]}, "has data_offsets that are none, or lie outside"),
        ({"dtype": "F64", "shape": [1], "data_offsets": [0, 8.0]}, "has data_offsets that are none, or lie outside"),
        ({"dtype": "F64", "shape": [1], "data_offsets": "08"}, "has data_offsets that are none, or lie outside"),
        ({"dtype": "F64", "shape": [1], "data_offsets": [8, 0]}, "needs 8 bytes, but has -8"),
        ({"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}, "begins at 4, but the one before ends at 0"),
    ],
)
def test_a_wrong_description_is_named(entry: Any, message: str) -> None:
    with pytest.raises(ModelFormatError, match="tensor 'name' " + message):
        unpack(with_header({"name": entry}, bytes(8)))


@pytest.mark.parametrize(
    "header, message",
    [
        ('{"a":', "the header is not valid JSON"),
        ('["a"]', "the header is not a JSON object"),
        ('{"__metadata__":[]}', "the metadata is not a JSON object of strings"),
        ('{"__metadata__":{"format":"hornbeam","min_reader":1}}', "the metadata is not a JSON object of strings"),
    ],
)
def test_a_header_of_another_kind_is_refused(header: str, message: str) -> None:
    with pytest.raises(ModelFormatError, match=message):
        unpack(len(header).to_bytes(8, "little") + header.encode())


def test_bytes_after_the_last_tensor_are_refused() -> None:
    longer = pack(TENSORS, {}) + b"\0"
    with pytest.raises(
        ModelFormatError, match=f"the file has {len(longer)} bytes, its tensors end at {len(longer) - 1}"
    ):
        unpack(longer)


def test_the_largest_ranks_and_sizes_that_are_allowed_are_read() -> None:
    entry = {"dtype": "F64", "shape": [1] * 7 + [8], "data_offsets": [0, 64]}
    empty = {"dtype": "F64", "shape": [0, 2**60 - 1], "data_offsets": [64, 64]}
    ours = read(with_header({"tensor": entry, "empty": empty}, bytes(64)))
    assert ours is not None
    assert ours["tensor"].shape == (1,) * 7 + (8,)
    assert ours["empty"].shape == (0, 2**60 - 1)


def test_as_many_tensors_with_as_long_names_as_are_allowed_are_read() -> None:
    tensors = {f"{i:0200}": np.zeros(1) for i in range(1_000)}
    assert unpack(pack(tensors, {"key": "value"}))[0].keys() == tensors.keys()
