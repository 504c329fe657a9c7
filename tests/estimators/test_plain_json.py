"""Parameters and labels as JSON: what is written comes back, and what is not written that way is refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from hornbeam import ModelFormatError
from hornbeam._plain_json import decode_labels, decode_value, dumps, encode_labels, encode_value, loads


@pytest.mark.parametrize(
    "value, plain",
    [
        (None, None),
        (True, True),
        (3, 3),
        (-0.0, -0.0),
        ("é", "é"),
        (np.float32(0.5), 0.5),
        (np.bool_(False), False),
        (np.array([[1, 2], [3, 4]], np.int8), [[1, 2], [3, 4]]),
        ((np.int64(1), (None, "a")), [1, [None, "a"]]),
        ([], []),
        ({np.int64(0): np.float64(2.5), "b": (1, {None: [True]})}, {0: 2.5, "b": [1, {None: [True]}]}),
        (dict.fromkeys(range(4_096), 1.0), dict.fromkeys(range(4_096), 1.0)),
    ],
    ids=lambda value: str(value)[:30],
)
def test_parameter_comes_back_as_plain_python(value: Any, plain: Any) -> None:
    decoded = decode_value(loads(dumps(encode_value(value, "name")), "text"))
    assert repr(decoded) == repr(plain)


def test_equal_values_have_one_spelling() -> None:
    assert dumps({"b": [1, 2.0, None], "a": "é"}) == dumps({"a": "é", "b": [1, 2.0, None]})
    assert dumps({"b": [1, 2.0, None], "a": "é"}) == r'{"a":"\u00e9","b":[1,2.0,null]}'
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            dumps(value)


@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}")], ids=["lists", "objects"])
def test_values_nest_sixteen_levels_deep(opening: str, closing: str) -> None:
    assert loads(opening * 15 + "1" + closing * 15, "text") is not None
    with pytest.raises(ModelFormatError, match="text is nested deeper than 16 levels"):
        loads(opening * 16 + "1" + closing * 16, "text")


@pytest.mark.parametrize(
    "value, message",
    [
        ({}, "a dict is not written as pairs"),
        ({"a": []}, "a dict is not written as pairs"),
        ({"pairs": [], "a": []}, "a dict is not written as pairs"),
        ({"pairs": {}}, "a dict is not written as pairs"),
        ({"pairs": [[1, 2], [3]]}, "a dict is not written as pairs"),
        ({"pairs": [[1, 2], [3, 4, 5]]}, "a dict is not written as pairs"),
        ({"pairs": [[1, 2], "ab"]}, "a dict is not written as pairs"),
        ({"pairs": [[1, 2], 3]}, "a dict is not written as pairs"),
        ({"pairs": [[1, 2], [[], 3]]}, "a dict has a key that cannot be hashed"),
        ({"pairs": [[1, 2], [{"pairs": []}, 3]]}, "a dict has a key that cannot be hashed"),
        ({"pairs": [[key, 1] for key in range(4_097)]}, "a dict has 4097 keys, at most 4096 are possible"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [1, value]], ids=["alone", "in a list"])
def test_dict_in_another_form_is_refused(value: Any, message: str, wrap: Any) -> None:
    with pytest.raises(ModelFormatError, match=message):
        decode_value(wrap(value))


@pytest.mark.parametrize(
    "labels",
    [
        np.array([False, True]),
        *[np.array([0, 1, 2], f"{kind}{size}") for kind in "iu" for size in (1, 2, 4, 8)],
        *[np.array([0.0, 0.5, 1.0], f"f{size}") for size in (2, 4, 8)],
        np.array(["a", "bcd", "é"]),
        np.array(["a", "bcd", "é"], object),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_of_every_dtype_come_back(labels: Any) -> None:
    decoded = decode_labels(loads(dumps(encode_labels(labels)), "text"), counts=(len(labels),))
    assert decoded.dtype == labels.dtype
    np.testing.assert_array_equal(decoded, labels)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", 1], object),
        np.array([1, "a"], object),
        np.array([b"a", b"b"]),
        np.array(["2020", "2021"], "M8[Y]"),
        np.array([0, 1], np.longdouble),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_of_another_dtype_are_not_written(labels: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"classes_ of dtype {labels.dtype} cannot be saved: only numbers")):
        encode_labels(labels)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"kind": ["int"]}, r"labels are of the unknown kind \['int'\]"),
        ({"kind": "complex"}, "labels are of the unknown kind 'complex'"),
        ({"itemsize": True}, "labels have the item size True"),
        ({"itemsize": 8.0}, r"labels have the item size 8\.0"),
        ({"itemsize": 3}, "labels have the item size 3"),
        ({"kind": "float", "itemsize": 1}, "labels have the item size 1"),
        ({"kind": "float", "itemsize": 16}, "labels have the item size 16"),
        ({"kind": "bool", "itemsize": 1}, "labels have the item size 1"),
        ({"kind": "str", "itemsize": 4}, "labels have the item size 4"),
        ({"kind": "str", "itemsize": 0, "values": "ab"}, "labels are not labels"),
        ({"values": [0, True]}, "labels are not labels"),
        ({"values": [0, 1.0]}, "labels are not labels"),
        ({"kind": "float", "values": [0.0, 1]}, "labels are not labels"),
        ({"kind": "object", "itemsize": 0, "values": ["a", None]}, "labels are not labels"),
        ({"values": [0, 1, 2]}, "there are 3 labels, the trees are for 1 or 2"),
        ({"values": []}, "there are 0 labels, the trees are for 1 or 2"),
        ({"itemsize": 1, "values": [0, 128]}, "a label does not fit int8"),
        ({"kind": "uint", "itemsize": 2, "values": [-1, 0]}, "a label does not fit uint16"),
        ({"kind": "float", "itemsize": 4, "values": [0.0, 1e39]}, "a label does not fit float32"),
        ({"more": 1}, "labels are malformed"),
    ],
    ids=str,
)
def test_labels_in_another_form_are_refused(changes: dict[str, Any], message: str) -> None:
    encoded = {"kind": "int", "itemsize": 8, "values": [0, 1]}
    assert decode_labels(encoded, counts=(1, 2)).tolist() == [0, 1]
    with pytest.raises(ModelFormatError, match=message):
        decode_labels(encoded | changes, counts=(1, 2))


def test_longest_label_may_be_so_much_longer_than_the_others_and_no_longer() -> None:
    """32 labels of the width of the longest need 2^20 characters more than 16 times those there are."""
    short = [chr(ord("b") + n) for n in range(31)]
    labels = np.array(["a" * 65_567, *short])
    encoded = encode_labels(labels)
    np.testing.assert_array_equal(decode_labels(encoded, counts=(32,)), labels)
    encoded["values"][0] += "a"
    with pytest.raises(ModelFormatError, match="one label is far longer than the others"):
        decode_labels(encoded, counts=(32,))
    with pytest.raises(ValueError, match=r"classes_ cannot be saved: one label is far longer .* use dtype object"):
        encode_labels(np.array(encoded["values"]))
    assert encode_labels(np.array(encoded["values"], object))["values"] == encoded["values"]
