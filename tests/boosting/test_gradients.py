"""Sums and quantised gradients are exact integers: no order, scale or outlier changes a tree."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam._core import testing
from tests.boosting.support import Floats, assert_same_arrays, assert_same_trees, finite_floats, train, train_both
from tests.reference.exact import order_free_sum
from tests.reference.objectives import make_objective
from tests.reference.quantisation import quantise

pytestmark = pytest.mark.isa

PRIME = 97  # rows: no sum of |gradients| at the baseline is a power of two, where ulps would move the scale


@st.composite
def values_and_counts(draw: st.DrawFn) -> tuple[Floats, Any]:
    n = draw(st.integers(1, 30))
    values = draw(hnp.arrays(np.float64, n, elements=finite_floats(1e290)))
    counts = draw(hnp.arrays(np.int64, n, elements=st.integers(1, 10_000)))
    return values, counts


@given(values_and_counts())
def test_order_free_sum_equals_the_twin(data: tuple[Floats, Any]) -> None:
    values, counts = data
    assert testing.order_free_sum(values, counts) == order_free_sum(values, counts)


@given(values_and_counts(), st.randoms(use_true_random=False))
def test_order_free_sum_does_not_depend_on_the_order(data: tuple[Floats, Any], random: Any) -> None:
    values, counts = data
    order = random.sample(range(len(values)), len(values))
    assert testing.order_free_sum(values[order], counts[order]) == testing.order_free_sum(values, counts)


def test_order_free_sum_cancels_exactly() -> None:
    x = np.random.default_rng(0).normal(size=10_001)
    both = np.concatenate([x, -x, [2.0**-40]])
    assert testing.order_free_sum(both, np.ones(len(both), dtype=np.int64)) == 2.0**-40


@pytest.mark.parametrize("scale", [2.0**-1040, 1e-300, 1e-10, 1e10, 1e300])
def test_trees_equal_the_twin_at_every_scale_of_the_target(scale: float) -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(60, 2)), rng.normal(size=60) * scale
    engine, twin = train_both(X, y, n_iterations=3, max_leaf_nodes=6)
    assert_same_trees(engine.model(), twin)


def test_scaling_the_target_by_a_power_of_two_scales_the_leaves() -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(200, 3)), rng.normal(size=200)
    small, large = (train(X, y * s, n_iterations=5, max_leaf_nodes=8).model().to_arrays() for s in (1.0, 2.0**700))
    np.testing.assert_array_equal(small["threshold"], large["threshold"])
    np.testing.assert_array_equal(small["leaf_value"] * 2.0**700, large["leaf_value"])


def outlier_data() -> tuple[Floats, Floats, Floats]:
    """One row of 1e12 among half a million: beyond the packed field, so that the tree is wide."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(50, 2)), rng.normal(size=50)
    frequencies = np.full(50, 10_000.0)
    y[17], frequencies[17] = 1e12, 1.0
    return X, y, frequencies


def test_an_outlier_makes_the_tree_wide_and_equal_to_the_twin() -> None:
    X, y, frequencies = outlier_data()
    counts = [int(c) for c in frequencies]
    baseline = make_objective("squared_error").baseline(y, counts, [1.0] * 50)
    assert quantise(baseline - y, np.ones(50), counts, constant_hessian=True).wide
    engine, twin = train_both(X, y, frequencies, n_iterations=4, max_leaf_nodes=8)
    assert_same_trees(engine.model(), twin)
    np.testing.assert_array_equal(engine.raw_predictions(), twin.raw)


def test_a_wide_tree_on_copies_equals_the_one_on_frequencies() -> None:
    X, y, frequencies = outlier_data()
    copies = frequencies.astype(int)
    weighted = train(X, y, frequencies, n_iterations=2, max_leaf_nodes=8)
    copied = train(np.repeat(X, copies, axis=0), np.repeat(y, copies), n_iterations=2, max_leaf_nodes=8)
    assert_same_arrays(weighted.model().to_arrays(), copied.model().to_arrays())


def clustered_data(objective: str) -> tuple[Floats, Floats, Floats]:
    """All large gradients in one cell; as copies in this order, they fill whole windows of rows."""
    X = np.array([[0.0], [0.0], [1.0], [2.0], [3.0]])
    if objective == "squared_error":
        return X, np.array([1e6, 3.0, -1.0, 2.0, 0.5]), np.array([70_000.0, 90_000, 80_000, 70_000, 60_000])
    return X, np.array([1.0, 0.0, 0.0, 1.0, 0.0]), np.array([4_000.0, 150_000, 150_001, 40, 150_000])


@pytest.mark.parametrize("objective", ["squared_error", "binary_log_loss"])
def test_large_gradients_in_consecutive_rows_equal_the_twin(objective: str) -> None:
    X, y, frequencies = clustered_data(objective)
    engine, twin = train_both(X, y, frequencies, objective=objective)
    assert_same_trees(engine.model(), twin, rtol=1e-12)
    copies = frequencies.astype(int)
    X, y = np.repeat(X, copies, axis=0), np.repeat(y, copies)
    order = np.random.default_rng(5).permutation(len(y))
    for rows in (slice(None), slice(None, None, -1), order):
        copied = train(X[rows], y[rows], objective=objective)
        assert_same_arrays(copied.model().to_arrays(), engine.model().to_arrays())


@pytest.mark.parametrize("n_rows", [30_000, 200_000])
def test_large_weights_in_consecutive_rows_equal_the_same_rows_apart(n_rows: int) -> None:
    rng = np.random.default_rng(6)
    X = np.floor(rng.uniform(0, 4, size=(n_rows, 2)))
    y = X[:, 0] * X[:, 1] + rng.normal(size=n_rows)
    weights = np.full(n_rows, 0.01)
    weights[5000:8000] = 2.5
    y[5000:8000] += 30.0
    order = rng.permutation(n_rows)
    together, apart = train(X, y, weights), train(X[order], y[order], weights[order])
    assert_same_arrays(together.model().to_arrays(), apart.model().to_arrays())


def test_an_outlier_does_not_erase_the_other_rows() -> None:
    X = np.arange(200.0)[:, None]
    y = (X[:, 0] >= 100).astype(float)
    y[0] = 1e12
    engine = train(X, y, n_iterations=60, learning_rate=1.0, max_leaf_nodes=3)
    raw = engine.raw_predictions()[:, 0]
    np.testing.assert_allclose(raw[1:], y[1:], atol=1e-3)


def test_an_imbalanced_log_loss_is_wide_through_the_gradient_and_equals_the_twin() -> None:
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(PRIME, 2)), np.zeros(PRIME)
    frequencies = np.full(PRIME, 1009.0)
    y[5], frequencies[5] = 1.0, 1.0
    p = y @ frequencies / frequencies.sum()
    assert quantise(p - y, np.full(PRIME, p * (1 - p)), [int(c) for c in frequencies], constant_hessian=False).wide
    engine, twin = train_both(X, y, frequencies, objective="binary_log_loss", max_leaf_nodes=8)
    assert_same_trees(engine.model(), twin, rtol=1e-12)


def test_a_tree_that_is_wide_through_the_hessian_equals_the_twin() -> None:
    # Squared error: g and h are exact, so that only the factor of one row decides. Its gradient is small.
    n = 5003
    X = np.arange(float(n))[:, None] % 64
    y = np.where(X[:, 0] < 20, -1.0, 1.0)
    weights = np.full(n, 0.75)
    y[7], weights[7] = 0.28125, 1e6
    baseline = make_objective("squared_error").baseline(y, [1] * n, list(weights))
    g = (baseline - y) * weights
    assert quantise(g, weights, [1] * n, constant_hessian=False).wide
    assert not quantise(g, np.full(n, 0.75), [1] * n, constant_hessian=False).wide
    engine, twin = train_both(X, y, weights, max_leaf_nodes=4)
    assert_same_trees(engine.model(), twin)


def test_zero_gradients_give_one_leaf_of_zero() -> None:
    engine = train(np.arange(10.0)[:, None], np.full(10, 2.5), n_iterations=2)
    arrays = engine.model().to_arrays()
    assert len(arrays["feature"]) == 0
    np.testing.assert_array_equal(arrays["leaf_value"], np.zeros((2, 1)))
    np.testing.assert_array_equal(engine.raw_predictions(), np.full((10, 1), 2.5))
