"""Each complaint that the validator of the tree arrays can make is made, and about the array that deserves it.

Two stumps for each of two outputs, then one array spoiled at a time.
"""

from __future__ import annotations

import pathlib
import re
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

import hornbeam as hb
from hornbeam import _core

ROOT = pathlib.Path(__file__).parents[2]

MAX = np.finfo(np.float64).max


def stumps() -> dict[str, NDArray[Any]]:
    return {
        "n_features": np.array([3]),
        "baseline": np.array([0.5, -0.5]),
        "tree_offset": np.array([0, 1, 2, 3, 4]),
        "feature": np.array([0, 1, 2, 0], dtype=np.int32),
        "threshold": np.array([0.0, 1.0, -1.0, np.inf]),
        "missing_left": np.array([0, 1, 0, 1], dtype=np.uint8),
        "left": np.array([~0, ~0, ~1, ~0], dtype=np.int32),
        "right": np.array([~1, ~1, ~0, ~1], dtype=np.int32),
        "gain": np.array([1.0, 2.0, 0.0, 4.0]),
        "node_count": np.array([9, 9, 9, 9]),
        "leaf_offset": np.array([0, 2, 4, 6, 8]),
        "leaf_value": np.arange(8.0).reshape(8, 1),
        "leaf_count": np.array([4, 5, 4, 5, 4, 5, 4, 5]),
    }


def with_categories() -> dict[str, NDArray[Any]]:
    """The same with 40 categories of the first feature, on which two of the stumps split."""
    return {
        **stumps(),
        "threshold": np.array([0.0, 1.0, -1.0, 0.0]),
        "categorical_feature": np.array([0, 2], dtype=np.int32)[:1],
        "n_categories": np.array([40]),
        "category_node": np.array([0, 3]),
        "category_offset": np.array([0, 2, 4]),
        "category_bits": np.array([0b101, 0, 2**32 - 1, 2**8 - 1], dtype=np.uint32),
    }


def categories_with(**changes: Any) -> dict[str, Any]:
    return with_categories() | {name: np.asarray(array) for name, array in changes.items()}


def at(name: str, index: int, value: float) -> dict[str, Any]:
    array = stumps()[name]
    array.flat[index] = value
    return {name: array}


def longer(name: str) -> dict[str, Any]:
    array = stumps()[name]
    return {name: np.concatenate([array, array[-1:]])}


def unaligned(array: NDArray[Any]) -> NDArray[Any]:
    raw = np.zeros(array.nbytes + 1, dtype=np.uint8)[1:].view(array.dtype)
    raw[...] = array
    return raw


SPOILED: list[tuple[dict[str, Any], str]] = [
    (at("n_features", 0, 0), "n_features must be positive and below 2^31, got 0"),
    (at("n_features", 0, 2**31), "n_features must be positive and below 2^31, got 2147483648"),
    ({"n_features": np.array([3, 3])}, "n_features must have one element, got 2"),
    ({"baseline": np.zeros(0)}, "baseline must not be empty"),
    *[(at("baseline", 1, value), f"baseline must be finite, got {value}") for value in (np.nan, np.inf, -np.inf)],
    *[
        (longer(name), f"{name} must have 4 elements, got 5")
        for name in ("threshold", "missing_left", "left", "right", "gain", "node_count")
    ],
    (longer("feature"), "threshold must have 5 elements, got 4"),
    (longer("leaf_count"), "leaf_count must have 8 elements, got 9"),
    (longer("leaf_value"), "leaf_count must have 9 elements, got 8"),
    ({"tree_offset": np.zeros(0, dtype=np.int64)}, "tree_offset must start with 0"),
    ({"leaf_offset": np.zeros(0, dtype=np.int64)}, "leaf_offset must start with 0"),
    (at("tree_offset", 0, 1), "tree_offset must start with 0"),
    (at("leaf_offset", 0, -1), "leaf_offset must start with 0"),
    (at("tree_offset", 2, 0), "tree_offset must not decrease, got 0 after 1"),
    (at("leaf_offset", 4, -(2**63)), "leaf_offset must not decrease, got -9223372036854775808 after 6"),
    (at("tree_offset", 4, 5), "tree_offset must end with 4, got 5"),
    (at("leaf_offset", 4, 2**63 - 1), "leaf_offset must end with 8, got 9223372036854775807"),
    ({"leaf_offset": np.array([0, 2, 4, 8])}, "leaf_offset must have 5 elements, got 4"),
    ({"baseline": np.zeros(3)}, "the number of trees must be a multiple of 3, got 4"),
    (at("feature", 3, -1), "feature must be in [0, 3), got -1"),
    (at("feature", 3, 3), "feature must be in [0, 3), got 3"),
    (at("threshold", 3, np.nan), "threshold must not be NaN"),
    (at("missing_left", 3, 2), "missing_left must be 0 or 1, got 2"),
    *[(at("gain", 3, value), f"gain must be finite, got {value}") for value in (np.nan, np.inf)],
    (at("gain", 3, -0.5), "gain must not be negative, got -0.5"),
    *[(at("leaf_value", 7, value), f"leaf_value must be finite, got {value}") for value in (np.nan, -np.inf)],
    (at("node_count", 3, -1), "node_count must not be negative, got -1"),
    (at("leaf_count", 7, -1), "leaf_count must not be negative, got -1"),
    ({"leaf_offset": np.array([0, 1, 4, 6, 8])}, "tree 0 must have 2 leaves, got 1"),
    ({"leaf_offset": np.array([0, 2, 4, 7, 8])}, "tree 2 must have 2 leaves, got 3"),
    (at("left", 3, 0), "child of node 0 of tree 3 is out of range: 0"),
    (at("left", 3, 1), "child of node 0 of tree 3 is out of range: 1"),
    (at("right", 3, ~2), "child of node 0 of tree 3 is out of range: -3"),
    (at("right", 3, -(2**31)), "child of node 0 of tree 3 is out of range: -2147483648"),
    (at("right", 3, ~0), "child -1 of tree 3 has two parents"),
    (
        at("leaf_value", 0, MAX) | at("baseline", 0, -MAX),
        "the leaf values up to tree 0 add up to infinity",
    ),
    ({"leaf_value": np.full((8, 1), MAX)}, "the leaf values up to tree 2 add up to infinity"),
    (categories_with(n_categories=[40, 3]), "n_categories must have 1 elements, got 2"),
    (
        categories_with(categorical_feature=np.array([3], dtype=np.int32)),
        "categorical_feature must be in [0, 3), got 3",
    ),
    (
        categories_with(categorical_feature=np.array([0, 0], dtype=np.int32), n_categories=[40, 40]),
        "categorical_feature must rise, got 0 after 0",
    ),
    (categories_with(n_categories=[0]), "n_categories must be positive and below 2^31, got 0"),
    (categories_with(n_categories=[2**31]), "n_categories must be positive and below 2^31, got 2147483648"),
    (
        stumps()
        | {name: np.zeros(0, array.dtype) for name, array in with_categories().items() if name not in stumps()}
        | {"category_node": np.array([0])},
        "category_node must have 0 elements, got 1",
    ),
    (categories_with(category_offset=[0, 4]), "category_offset must have 3 elements, got 2"),
    (categories_with(category_offset=[1, 2, 4]), "category_offset must start with 0"),
    (categories_with(category_offset=[0, 5, 4]), "category_offset must not decrease, got 4 after 5"),
    (categories_with(category_offset=[0, 2, 3]), "category_offset must end with 4, got 3"),
    (
        categories_with(category_node=[0, 2]),
        "category_node must name the nodes on categorical features, node 3 is not next",
    ),
    (
        categories_with(category_node=[0], category_offset=[0, 4]),
        "the set of node 0 must have 2 words, got 4",
    ),
    (
        categories_with(category_node=[0, 3, 3], category_offset=[0, 2, 4, 4]),
        "category_node has 3 nodes, but 2 are on categorical features",
    ),
    (categories_with(threshold=[0.0, 1.0, -1.0, 5.0]), "threshold of the categorical node 3 must be 0, got 5"),
    (categories_with(category_offset=[0, 1, 4]), "the set of node 0 must have 2 words, got 1"),
    (
        categories_with(category_bits=np.array([0, 2**8, 0, 0], dtype=np.uint32)),
        "the set of node 0 has more than 40 categories",
    ),
    ({"leaf_value": np.zeros((8, 2))}, "leaf_value must have one column, got 2"),
    ({"leaf_value": np.zeros(8)}, "leaf_value must have 2 dimensions, got 1"),
    ({"feature": None}, "array 'feature' is missing"),
    ({"feature": [0, 0, 0, 0]}, "'feature' must be an array"),
    ({"feature": np.zeros(4, dtype=np.int64)}, "feature must be a native int32 array"),
    ({"threshold": np.zeros(4, dtype=">f8")}, "threshold must be a native float64 array"),
    ({"gain": np.zeros((4, 1))}, "gain must have 1 dimensions, got 2"),
    ({"gain": unaligned(np.zeros(4))}, "gain must be aligned"),
    ({"baseline": as_strided(np.zeros(1), strides=(3,))}, "baseline must have strides of whole elements"),
]


def spoiled(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: array for name, array in {**stumps(), **changes}.items() if array is not None}


def test_the_stumps_are_a_model() -> None:
    model = _core.TreeModel.from_arrays(stumps())
    assert (model.n_features, model.n_outputs, model.n_iterations, model.n_leaves) == (3, 2, 2, 8)
    np.testing.assert_array_equal(model.predict_raw(np.array([[0.0, np.nan, 1.0]])), [[0.5 + 0 + 4, -0.5 + 2 + 6]])


def test_the_stumps_with_categories_are_a_model() -> None:
    model = _core.TreeModel.from_arrays(with_categories())
    rows = np.array([[0.0, 5.0, 0.0], [1.0, 5.0, 0.0], [2.0, 5.0, 0.0], [39.0, 5.0, 0.0], [40.0, 5.0, 0.0]])
    # The first stump sends 0 and 2 left, the last all of them, and a stranger goes where missing values do.
    np.testing.assert_array_equal(_core.leaf_indices(model, rows)[:, 0, 0], [0, 1, 0, 1, 1])
    np.testing.assert_array_equal(_core.leaf_indices(model, rows)[:, 1, 1], [0, 0, 0, 0, 0])


@pytest.mark.parametrize("changes, complaint", SPOILED, ids=[complaint for _, complaint in SPOILED])
def test_spoiled_arrays_are_refused_by_name(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(hb.ModelFormatError) as refusal:
        _core.TreeModel.from_arrays(spoiled(changes))
    assert str(refusal.value) == complaint


def test_no_complaint_of_the_validator_is_left_out() -> None:
    """A new `require` without a case above fails here."""
    source = (ROOT / "cpp" / "boosting" / "model.cpp").read_text()
    complaints = re.findall(r'require\([^;]*?"([^"]+)"', source)
    assert len(complaints) > 15
    made = "\n".join(complaint for _, complaint in SPOILED)
    for complaint in complaints:
        assert re.search(re.escape(complaint).replace(r"\{\}", ".+"), made), complaint
