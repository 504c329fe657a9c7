"""Contributions of the features: Shapley values as defined, on any trees, in the same bits everywhere."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Arrays,
    Floats,
    chain,
    copy_of,
    make_data,
    matrices,
    same_bits,
    sample_weights,
    targets,
    train,
    tree_params,
    trees_of,
)
from tests.reference.shapley import shapley_values


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads run for any number of rows on any machine; put everything back."""
    level = _core.simd_level()
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    _core.set_simd_level(level)


def expected_contributions(arrays: Arrays, X: Floats) -> Floats:
    """The twin's sums over the trees."""
    n_outputs = len(arrays["baseline"])
    out = np.zeros((len(X), X.shape[1] + 1, n_outputs))
    trees = trees_of(arrays)
    for (i, row), k in itertools.product(enumerate(X), range(n_outputs)):
        values = [shapley_values(tree, row) for tree in trees[k::n_outputs]]
        out[i, :, k] = [float(sum(column)) for column in zip(*values, strict=True)]
    out[:, -1] += arrays["baseline"]
    return out


def assert_equal_to_the_twin(arrays: Arrays, X: Floats) -> None:
    found = _core.contributions(_core.TreeModel.from_arrays(arrays), X)
    largest = sum(abs(tree.leaf_value).max() for tree in trees_of(arrays)) + abs(arrays["baseline"]).max()
    np.testing.assert_allclose(found, expected_contributions(arrays, X), rtol=1e-12, atol=1e-13 * largest)


def test_hand_computed_tree() -> None:
    # x0 <= 0: leaf 0 of value 4 and 3 rows; else x1 <= 0: values 8 and 0 with 1 row each.
    arrays = chain(2, 2) | {
        "threshold": np.zeros(2),
        "left": np.array([~0, ~1], np.int32),
        "right": np.array([1, ~2], np.int32),
        "node_count": np.array([5, 2]),
        "leaf_value": np.array([[4.0], [8.0], [0.0]]),
        "leaf_count": np.array([3, 1, 1]),
    }
    # Of the row (1, 1): v() = 4, v(0) = 4, v(1) = 3/5 4 + 2/5 0 = 2.4, v(0, 1) = 0.
    contributions = _core.contributions(_core.TreeModel.from_arrays(arrays), np.ones((1, 2)))
    np.testing.assert_allclose(contributions[0, :, 0], [(0.0 - 2.4) / 2, (-1.6 - 4.0) / 2, 4.5], rtol=1e-14)


@given(data=st.data(), X=matrices(max_rows=24, max_features=4), params=tree_params())
def test_contributions_equal_the_definition(data: st.DataObject, X: Floats, params: dict[str, Any]) -> None:
    y, weights = data.draw(targets(len(X), 1e100)), data.draw(sample_weights(len(X)))
    model = train(X, y, weights, n_iterations=2, **params).model()
    others = data.draw(matrices(max_rows=2, max_features=1))
    rows = np.resize(np.append(X.ravel(), others), (2, X.shape[1]))
    assert_equal_to_the_twin(copy_of(model), rows)


@pytest.mark.parametrize("counts", ["falling", "zero", "heavy leaves", "heavy end"])
@pytest.mark.parametrize(("n_nodes", "n_features"), [(1, 1), (7, 1), (6, 6), (20, 5)])
def test_contributions_of_a_chain_equal_the_definition(n_nodes: int, n_features: int, counts: str) -> None:
    X = np.random.default_rng(0).random((5, n_features))
    X[0] = -1.0
    X[1, 0] = np.nan
    assert_equal_to_the_twin(chain(n_nodes, n_features, counts), X)


@given(data=st.data())
def test_any_counts_that_a_file_may_claim_have_a_meaning(data: st.DataObject) -> None:
    X, y = make_data(60, 3)
    arrays = copy_of(train(X, y, n_iterations=2, max_leaf_nodes=9).model())
    counts = st.sampled_from([0, 0, 1, 5, 2**62, 2**63 - 1])
    for name in ("node_count", "leaf_count"):
        arrays[name] = np.array(data.draw(st.lists(counts, min_size=len(arrays[name]), max_size=len(arrays[name]))))
    assert_equal_to_the_twin(arrays, X[:2])


def test_each_output_has_its_own_trees() -> None:
    X, y = make_data(200, 3)
    labels = np.digitize(y, [-0.5, 0.5]).astype(float)
    model = train(X, labels, n_iterations=3, objective="multiclass_log_loss", n_classes=3, max_leaf_nodes=6).model()
    assert_equal_to_the_twin(copy_of(model), X[:3])


def test_models_without_trees_or_nodes_expect_their_constant() -> None:
    X, y = make_data(30, 2)
    without_trees = train(X, y, n_iterations=0).model()
    without_nodes = train(X, y, n_iterations=2, min_samples_leaf=31).model()
    for model in (without_trees, without_nodes):
        found = _core.contributions(model, X[:3])
        np.testing.assert_array_equal(found[:, :-1], 0.0)
        np.testing.assert_allclose(found[:, -1], model.predict_raw(X[:3]), rtol=1e-14)


# Many nodes of one feature on a path, or so many features that quadrature needs fewer points than half of them.
@pytest.mark.parametrize(("n_nodes", "n_features"), [(3000, 1), (3000, 3), (600, 600), (900, 300)])
def test_rows_of_deep_trees_add_up_to_their_scores(n_nodes: int, n_features: int) -> None:
    for counts in ("falling", "heavy leaves", "heavy end"):
        model = _core.TreeModel.from_arrays(chain(n_nodes, n_features, counts))
        X = np.random.default_rng(1).random((20, n_features))
        X[:3] = [[-1.0], [0.5], [2.0]]
        found = _core.contributions(model, X)
        np.testing.assert_allclose(found.sum(axis=1), model.predict_raw(X), rtol=1e-9, atol=1e-9)


def test_features_that_play_the_same_part_share_alike_in_deep_trees() -> None:
    # The leaf at the end of the path is all that counts: the game in which all of 400 features are needed.
    arrays = chain(400, 400, "zero")
    arrays["leaf_value"][:] = 0.0
    arrays["leaf_value"][-1] = 1.0
    found = _core.contributions(_core.TreeModel.from_arrays(arrays), np.full((1, 400), -1.0))[0, :-1, 0]
    np.testing.assert_allclose(found, 1 / 400, rtol=1e-9)


def test_tree_of_every_row_of_sorted_data_adds_up() -> None:
    X = np.arange(2000.0).reshape(-1, 1) ** 3
    model = train(X, X.ravel(), n_iterations=2, max_leaf_nodes=0).model()
    found = _core.contributions(model, X)
    np.testing.assert_allclose(found.sum(axis=1), model.predict_raw(X), rtol=1e-9, atol=1e-6 * X.max())


@pytest.mark.parametrize("scale", [1e-310, 8e307, np.finfo(float).max])
def test_leaf_values_at_the_ends_of_float64_give_finite_contributions(scale: float) -> None:
    arrays = chain(8, 4)
    arrays["leaf_value"] = np.where(arrays["leaf_value"] > 0, 1.0, -1.0)
    arrays["baseline"] = np.zeros(1)
    X = np.random.default_rng(0).random((9, 4))
    unscaled = expected_contributions(arrays, X)
    arrays["leaf_value"] *= scale
    found = _core.contributions(_core.TreeModel.from_arrays(arrays), X)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found / scale, np.clip(unscaled, -1.79e308 / scale, 1.79e308 / scale), rtol=1e-2)


@pytest.mark.isa
@pytest.mark.usefixtures("eager_threads")
def test_bits_depend_neither_on_threads_nor_simd_level_nor_layout_nor_other_rows() -> None:
    X, y = make_data(150, 5)
    X = X.astype(np.float32).astype(np.float64)
    model = train(X, y, n_iterations=40, max_leaf_nodes=31).model()
    _core.set_simd_level(_core.simd_levels()[0])
    expected = _core.contributions(model, X, n_threads=1)
    for level, n_threads in itertools.product(_core.simd_levels(), (1, 2, 3, 7)):
        _core.set_simd_level(level)
        assert same_bits(_core.contributions(model, X, n_threads=n_threads), expected)
    for other in (np.asfortranarray(X), X.astype(np.float32), np.repeat(X, 2, axis=0)[::2], X[::-1].copy()[::-1]):
        assert same_bits(_core.contributions(model, other), expected)
    alone = np.concatenate([_core.contributions(model, X[i : i + 1]) for i in range(len(X))])
    assert same_bits(alone, expected)


@pytest.mark.isa
@pytest.mark.usefixtures("eager_threads")
def test_bits_of_a_tree_that_keeps_no_factors_do_not_depend_on_threads_or_simd_level() -> None:
    model = _core.TreeModel.from_arrays(chain(900, 300))
    X = np.random.default_rng(1).random((40, 300))
    _core.set_simd_level(_core.simd_levels()[0])
    expected = _core.contributions(model, X, n_threads=1)
    for level in _core.simd_levels():
        _core.set_simd_level(level)
        assert same_bits(_core.contributions(model, X, n_threads=3), expected)


def test_leaf_indices_lead_to_the_leaf_values_of_the_score() -> None:
    X, y = make_data(120, 3)
    labels = np.digitize(y, [-0.5, 0.5]).astype(float)
    model = train(X, labels, n_iterations=4, objective="multiclass_log_loss", n_classes=3, max_leaf_nodes=6).model()
    arrays = model.to_arrays()
    leaves = _core.leaf_indices(model, X)
    assert leaves.shape == (120, 4, 3)
    raw = np.tile(arrays["baseline"], (120, 1))
    for iteration, k in itertools.product(range(4), range(3)):
        raw[:, k] += arrays["leaf_value"][arrays["leaf_offset"][3 * iteration + k] + leaves[:, iteration, k], 0]
    assert same_bits(raw, model.predict_raw(X))


@pytest.mark.usefixtures("eager_threads")
def test_leaf_indices_do_not_depend_on_threads() -> None:
    X, y = make_data(3000, 3)
    model = train(X, y, n_iterations=20, max_leaf_nodes=31).model()
    assert same_bits(_core.leaf_indices(model, X, n_threads=3), _core.leaf_indices(model, X, n_threads=1))


@pytest.mark.parametrize("ask", [_core.contributions, _core.leaf_indices])
def test_rows_of_another_width_or_shape_are_refused(ask: Any) -> None:
    X, y = make_data(30, 2)
    model = train(X, y).model()
    with pytest.raises(ValueError, match="X has 3 features, but the model expects 2"):
        ask(model, np.zeros((4, 3)))
    with pytest.raises(ValueError, match="X must have 2 dimensions, got 1"):
        ask(model, np.zeros(4))
    with pytest.raises(TypeError, match="X must be a native"):
        ask(model, np.zeros((4, 2), dtype=int))
