"""A model owns its arrays: what they look like, that they survive a round trip, that bad ones are refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hornbeam import _core
from tests.boosting.support import (
    Arrays,
    assert_same_arrays,
    copy_of,
    make_data,
    same_bits,
    train,
    train_both,
    trees_of,
)

DTYPES = {
    "baseline": np.float64,
    "tree_offset": np.int64,
    "feature": np.int32,
    "threshold": np.float64,
    "left": np.int32,
    "right": np.int32,
    "missing_left": np.uint8,
    "gain": np.float64,
    "node_count": np.int64,
    "leaf_offset": np.int64,
    "leaf_value": np.float64,
    "leaf_count": np.int64,
}


def multiclass_model(n_iterations: int = 3) -> _core.TreeModel:
    X, y = make_data(400, 3)
    y = np.digitize(y, [-0.5, 0.5]).astype(float)
    return train(
        X, y, n_iterations=n_iterations, objective="multiclass_log_loss", n_classes=3, max_leaf_nodes=8
    ).model()


def test_arrays_have_their_types_and_lengths() -> None:
    model = multiclass_model()
    arrays = model.to_arrays()
    assert {name: arrays[name].dtype for name in DTYPES} == {name: np.dtype(t) for name, t in DTYPES.items()}
    n_nodes, n_leaves = arrays["tree_offset"][-1], arrays["leaf_offset"][-1]
    assert n_leaves == model.n_leaves == n_nodes + 9
    for name in ("feature", "threshold", "left", "right", "missing_left", "gain", "node_count"):
        assert arrays[name].shape == (n_nodes,)
    assert arrays["leaf_value"].shape == (n_leaves, 1)
    assert arrays["leaf_count"].shape == (n_leaves,)
    assert arrays["baseline"].shape == (3,)
    assert len(arrays["tree_offset"]) == len(arrays["leaf_offset"]) == 10


def test_properties_describe_the_model() -> None:
    model = multiclass_model()
    assert (model.n_features, model.n_outputs, model.n_iterations) == (3, 3, 3)


def test_arrays_are_read_only() -> None:
    for array in multiclass_model().to_arrays().values():
        if array.size:
            with pytest.raises(ValueError, match="read-only"):
                array[(0,) * array.ndim] = 0


def test_arrays_outlive_their_model() -> None:
    model = multiclass_model()
    expected = copy_of(model)
    arrays = model.to_arrays()
    del model
    assert_same_arrays(arrays, expected)


def test_children_come_after_their_parent_and_every_leaf_is_reached_once() -> None:
    for tree in trees_of(multiclass_model().to_arrays()):
        children = np.concatenate([tree.nodes["left"], tree.nodes["right"]])
        parents = np.tile(np.arange(len(tree.nodes["left"])), 2)
        assert (children[children >= 0] > parents[children >= 0]).all()
        assert sorted(children[children >= 0]) == list(range(1, len(tree.nodes["left"])))
        assert sorted(~children[children < 0]) == list(range(len(tree.leaf_value)))


def test_a_round_trip_through_arrays_changes_no_bit() -> None:
    model = multiclass_model()
    restored = _core.TreeModel.from_arrays(copy_of(model))
    assert_same_arrays(restored.to_arrays(), model.to_arrays())
    X, _ = make_data(100, 3, seed=1)
    assert same_bits(restored.predict_raw(X), model.predict_raw(X))


def test_a_round_trip_through_pickle_changes_no_bit() -> None:
    model = multiclass_model()
    restored = pickle.loads(pickle.dumps(model))
    assert_same_arrays(restored.to_arrays(), model.to_arrays())


def test_a_model_owns_its_arrays() -> None:
    model = multiclass_model()
    arrays = copy_of(model)
    restored = _core.TreeModel.from_arrays(arrays)
    for array in arrays.values():
        array[...] = 0
    assert_same_arrays(restored.to_arrays(), model.to_arrays())


def test_a_model_without_trees_predicts_its_baseline() -> None:
    model = multiclass_model(n_iterations=0)
    assert (model.n_iterations, model.n_leaves) == (0, 0)
    restored = _core.TreeModel.from_arrays(copy_of(model))
    np.testing.assert_array_equal(restored.predict_raw(np.zeros((4, 3))), np.tile(model.baseline(), (4, 1)))


def test_importances_are_the_shares_of_the_features_in_the_gain() -> None:
    X, y = make_data(120, 3)
    engine, twin = train_both(X, y, n_iterations=3, max_leaf_nodes=6)
    np.testing.assert_allclose(engine.model().feature_importances(), twin.feature_importances(), rtol=1e-12)


def replaced(name: str, index: int, value: float) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        arrays[name].reshape(-1)[index] = value

    return spoil


def reshaped(name: str, change: Callable[[Any], Any]) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        arrays[name] = change(arrays[name])

    return spoil


def removed(name: str) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        del arrays[name]

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(replaced("feature", 0, 3), id="feature too large"),
        pytest.param(replaced("feature", 0, -1), id="feature negative"),
        pytest.param(replaced("threshold", 0, np.nan), id="threshold not a number"),
        pytest.param(replaced("left", 0, 0), id="child is its own parent"),
        pytest.param(replaced("left", 1, 0), id="child before its parent"),
        pytest.param(replaced("left", 0, 2**31 - 1), id="child beyond the tree"),
        pytest.param(replaced("right", 0, -(2**31)), id="leaf beyond the tree"),
        pytest.param(replaced("missing_left", 0, 2), id="missing side neither 0 nor 1"),
        pytest.param(replaced("gain", 0, np.nan), id="gain not a number"),
        pytest.param(replaced("node_count", 0, -1), id="node count negative"),
        pytest.param(replaced("leaf_count", 0, -1), id="leaf count negative"),
        pytest.param(replaced("leaf_value", 0, np.inf), id="leaf value infinite"),
        pytest.param(replaced("baseline", 0, np.nan), id="baseline not a number"),
        pytest.param(replaced("tree_offset", 0, 1), id="nodes do not start at 0"),
        pytest.param(replaced("tree_offset", 1, 10**6), id="node offsets decrease"),
        pytest.param(replaced("tree_offset", -1, 10**6), id="nodes end beyond the arrays"),
        pytest.param(replaced("leaf_offset", 1, -5), id="leaf offset negative"),
        pytest.param(replaced("leaf_offset", -1, 2**62), id="leaves end beyond the arrays"),
        pytest.param(reshaped("feature", lambda a: a[:-1]), id="feature too short"),
        pytest.param(reshaped("leaf_value", lambda a: a[:-1]), id="leaf value too short"),
        pytest.param(reshaped("leaf_value", lambda a: a.ravel()), id="leaf value of one dimension"),
        pytest.param(reshaped("threshold", lambda a: a.astype(np.float32)), id="threshold of another type"),
        pytest.param(reshaped("baseline", lambda a: np.append(a, 0.0)), id="trees not a multiple of the outputs"),
        pytest.param(reshaped("baseline", lambda a: a[:0]), id="no outputs"),
        *[pytest.param(removed(name), id=f"{name} missing") for name in DTYPES],
    ],
)
def test_spoiled_arrays_are_refused(spoil: Callable[[Arrays], None]) -> None:
    arrays = copy_of(multiclass_model(n_iterations=2))
    spoil(arrays)
    with pytest.raises(_core.ModelFormatError):
        _core.TreeModel.from_arrays(arrays)


def test_two_parents_of_one_leaf_are_refused() -> None:
    arrays = copy_of(multiclass_model(n_iterations=1))
    tree = trees_of(arrays)[0]
    leaves = np.flatnonzero(tree.nodes["left"] < 0)
    arrays["left"][leaves[0]] = arrays["left"][leaves[1]]
    with pytest.raises(_core.ModelFormatError):
        _core.TreeModel.from_arrays(arrays)


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_is_refused_or_harmless(seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = copy_of(multiclass_model(n_iterations=1))
    name = rng.choice(sorted(DTYPES))
    octets = arrays[name].reshape(-1).view(np.uint8)
    octets[rng.integers(len(octets), size=3)] ^= rng.integers(1, 256, size=3).astype(np.uint8)
    try:
        model = _core.TreeModel.from_arrays(arrays)
    except _core.ModelFormatError:
        return
    assert np.isfinite(model.predict_raw(make_data(50, 3)[0])).all()
