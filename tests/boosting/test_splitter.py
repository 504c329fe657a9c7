"""The best split: gains, ties, the side of the missing values, and what makes a split invalid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hornbeam import _core
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    assert_same_trees,
    copy_of,
    make_data,
    train,
    train_both,
    trees_of,
)

pytestmark = pytest.mark.isa

NAN = math.nan


def stump(X: list[list[float]] | Floats, y: list[float] | Floats, **params: Any) -> dict[str, Any]:
    """Return the arrays of the only node of a tree of two leaves."""
    model = train(np.array(X), np.array(y), max_leaf_nodes=2, **params).model()
    (tree,) = trees_of(model.to_arrays())
    assert len(tree.nodes["feature"]) == 1
    return {name: array[0] for name, array in tree.nodes.items()}


def is_leaf(X: list[list[float]], y: list[float], **params: Any) -> bool:
    return train(np.array(X), np.array(y), **params).model().n_leaves == 1


def test_split_of_four_rows() -> None:
    node = stump([[1.0], [2.0], [3.0], [4.0]], [0.0, 0.0, 1.0, 1.0])
    assert (node["threshold"], node["gain"], node["node_count"]) == (2.5, 1.0, 4)


def test_gain_is_in_the_units_of_the_target() -> None:
    assert stump([[1.0], [2.0]], [0.0, 64.0])["gain"] == 2048.0


def test_regularisation_shrinks_the_gain() -> None:
    assert stump([[1.0], [2.0], [3.0], [4.0]], [0.0, 0.0, 1.0, 1.0], l2_regularization=2.0)["gain"] == 0.5


def test_equal_gains_go_to_the_lower_feature() -> None:
    x = np.random.default_rng(0).normal(size=40)
    assert stump(np.column_stack([np.zeros(40), x, x, -x]), x)["feature"] == 1


@pytest.mark.parametrize("better", [0, 1, 20])
@pytest.mark.parametrize("n_rows", [60, 8000])
def test_features_are_told_apart_whose_gains_differ_in_the_ninth_digit(n_rows: int, better: int) -> None:
    sides = np.arange(n_rows)[:, None] // np.array([1, 2]) % 2.0
    y = np.choose((2 * sides[:, 0] + sides[:, 1]).astype(int), [0.0, 1.0, 1.0 + 1e-9, 2.0])
    X = np.repeat(sides[:, 1:], 21, axis=1)
    X[:, better] = sides[:, 0]
    assert stump(X, y)["feature"] == better


def test_equal_gains_go_to_the_lower_bin() -> None:
    assert stump([[1.0], [2.0], [3.0]], [1.0, 0.0, 1.0])["threshold"] == 1.5


def test_equal_gains_go_to_missing_left() -> None:
    # The missing row sits exactly on the mean, and both children have the same count with it on either side.
    node = stump([[1.0], [2.0], [NAN]], [0.0, 2.0, 1.0], l2_regularization=0.0)
    assert node["missing_left"] == 1


@pytest.mark.parametrize(("target_of_missing", "missing_left"), [(0.0, 1), (1.0, 0)])
def test_missing_values_go_where_the_gain_is(target_of_missing: float, missing_left: int) -> None:
    node = stump([[1.0], [2.0], [NAN], [NAN]], [0.0, 1.0, target_of_missing, target_of_missing])
    assert (node["threshold"], node["missing_left"], node["gain"]) == (1.5, missing_left, 0.75)


def test_values_are_split_from_missing_ones() -> None:
    node = stump([[1.0], [1.0], [NAN], [NAN]], [0.0, 0.0, 1.0, 1.0])
    assert (node["threshold"], node["missing_left"]) == (math.inf, 0)


@pytest.mark.parametrize(("y", "missing_left"), [([0.0, 9.0, 9.0], 0), ([0.0, 0.0, 9.0], 1)])
def test_missing_values_unseen_in_training_go_to_the_larger_child(y: list[float], missing_left: int) -> None:
    assert stump([[1.0], [2.0], [3.0]], y)["missing_left"] == missing_left


def test_missing_values_unseen_in_training_go_left_between_equal_children() -> None:
    assert stump([[1.0], [2.0]], [0.0, 1.0])["missing_left"] == 1


def test_a_split_needs_enough_samples_on_both_sides() -> None:
    X, y = [[1.0], [2.0], [3.0], [4.0], [5.0]], [9.0, 0.0, 0.0, 0.0, 0.0]
    assert stump(X, y, min_samples_leaf=1)["threshold"] == 1.5
    assert stump(X, y, min_samples_leaf=2)["threshold"] == 2.5
    assert is_leaf(X, y, min_samples_leaf=3)


def test_frequencies_count_towards_the_smallest_leaf() -> None:
    X, y = np.array([[1.0], [2.0]]), np.array([0.0, 1.0])
    assert train(X, y, np.array([3.0, 3.0]), min_samples_leaf=3).model().n_leaves == 2
    assert train(X, y, np.array([3.0, 2.0]), min_samples_leaf=3).model().n_leaves == 1


def test_real_weights_do_not_count_towards_the_smallest_leaf() -> None:
    X, y = np.array([[1.0], [2.0]]), np.array([0.0, 1.0])
    assert train(X, y, np.array([3.5, 3.0]), min_samples_leaf=2).model().n_leaves == 1


def test_a_child_needs_a_thousandth_of_hessian() -> None:
    X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0.0, 1.0, 1.0, 1.0])
    assert train(X, y, np.array([0.0011, 1.5, 1.5, 1.5])).model().n_leaves == 2
    engine = train(X, y, np.array([0.0009, 1.5, 1.5, 1.5]))
    assert all(t > 2.0 for t in engine.model().to_arrays()["threshold"])


def test_a_target_without_structure_gives_no_split() -> None:
    assert is_leaf([[1.0], [1.0], [2.0], [2.0]], [0.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize("max_features", [0.01, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_sampled_features_equal_the_twin(max_features: float, seed: int) -> None:
    X, y = make_data(60, 5, seed=8)
    engine, twin = train_both(X, y, n_iterations=3, max_leaf_nodes=6, max_features=max_features, seed=seed)
    assert_same_trees(engine.model(), twin)


@pytest.mark.parametrize("l2_regularization", [0.0, 1e-300, 1e300])
def test_extreme_regularisation_equals_the_twin(l2_regularization: float) -> None:
    X, y = make_data(40, 2, seed=9)
    engine, twin = train_both(X, y, l2_regularization=l2_regularization, max_leaf_nodes=4)
    assert_same_trees(engine.model(), twin)


@pytest.mark.parametrize("objective", ["squared_error", "binary_log_loss"])
@pytest.mark.parametrize("l2_regularization", [0.0, 2.0**-60, 2.0**-30, 1.0, 2.0**25, 2.0**60])
@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-5])
def test_of_nearly_equal_gains_the_highest_is_found(
    simd_level: str, objective: str, l2_regularization: float, noise: float
) -> None:
    """Targets that read the same from both ends: each split has a mirror image, as good but for noise and rounding."""
    rng = np.random.default_rng(3)
    for n in (8, 33, 200, 900):
        half = rng.normal(size=n)
        y = np.concatenate([half, half[::-1]]) + noise * rng.normal(size=2 * n)
        if objective == "binary_log_loss":
            y = (y > 0).astype(np.float64)
        weight = None if noise == 0 else 1 + noise * rng.random(2 * n)
        x = np.arange(2.0 * n)
        X = np.column_stack([x, np.where(rng.random(2 * n) < 0.2, NAN, x), -x])
        params: dict[str, Any] = {
            "objective": objective,
            "l2_regularization": l2_regularization,
            "max_leaf_nodes": 12,
            "n_iterations": 2,
        }
        found = train(X, y, weight, **params).model()
        _core.set_simd_level("base")
        expected = train(X, y, weight, **params).model()
        _core.set_simd_level(simd_level)
        assert_same_arrays(copy_of(found), copy_of(expected))
