"""A sparse table gives the bits of the dense one, however its features are stored; a malformed one is refused."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.sparse import csr_array

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    matrices,
    same_bits,
    sample_weights,
    targets,
    train,
    tree_params,
)


def table(n_rows: int, shares: list[float], *, n_values: int = 40, seed: int = 0) -> Floats:
    """Columns of which these shares are not zero, in no order, and a few of those are missing."""
    rng = np.random.default_rng(seed)
    X = rng.integers(-n_values // 3, n_values - n_values // 3, (n_rows, len(shares))).astype(float)
    X[rng.random(X.shape) >= np.array(shares)] = 0
    X[(X != 0) & (rng.random(X.shape) < 0.05)] = np.nan
    return X


def target(X: Floats, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    y: Floats = np.nan_to_num(X) @ rng.normal(size=X.shape[1]) + rng.normal(size=len(X))
    return y


def assert_same_model(X: Floats, y: Floats, weights: Floats | None = None, **params: Any) -> _core.TreeModel:
    dense, sparse = (train(table, y, weights, **params) for table in (X, csr_array(X)))
    assert_same_arrays(sparse.model().to_arrays(), dense.model().to_arrays())
    assert same_bits(sparse.raw_predictions(), dense.raw_predictions())
    return sparse.model()


# Which features are stored how.


def test_nearly_empty_features_are_listed_and_full_ones_stored() -> None:
    X = table(2000, [0.9, 0.02, 0.5, 0.03], seed=1)
    columns, n_stored = testing.feature_columns(csr_array(X), 255)
    assert n_stored == 2
    assert columns == [0, 2, 1, 2]


def test_exclusive_features_share_a_stored_column_if_they_fill_it() -> None:
    level = np.random.default_rng(2).integers(0, 20, 2000)
    one_hot = (level[:, None] == np.arange(20)).astype(float)
    assert testing.feature_columns(csr_array(one_hot), 255) == ([0] * 20, 1)


def test_listed_columns_are_filled_to_the_last_byte() -> None:
    # 85 bytes each: values but zero, and missing ones. Three of them and that of zero are 256.
    X = np.zeros((9000, 7))
    for f in range(7):
        X[f * 1000 : f * 1000 + 900, f] = np.arange(900) % 84 + 1
        X[f * 1000 + 900 : f * 1000 + 950, f] = np.nan
    X[:30, :] = 1  # no two are exclusive
    assert testing.feature_columns(csr_array(X), 255) == ([0, 0, 0, 1, 1, 1, 2], 0)
    assert_same_model(X, target(X), max_leaf_nodes=31, n_iterations=3)


# Edges and bins.


@given(data=st.data(), X=matrices(max_rows=40), max_bins=st.sampled_from([2, 3, 7, 255]))
def test_edges_and_bins_are_those_of_the_dense_table(data: st.DataObject, X: Floats, max_bins: int) -> None:
    weights = data.draw(sample_weights(len(X)))
    sparse = csr_array(X)
    for found, expected in zip(
        testing.bin_edges(sparse, weights, max_bins), testing.bin_edges(X, weights, max_bins), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(
        testing.bin_matrix(sparse, weights, max_bins), testing.bin_matrix(X, weights, max_bins)
    )


def test_a_stored_zero_is_a_zero() -> None:
    X = table(300, [0.1, 0.6])
    stored = csr_array(X)
    stored.data[::3] = 0
    X[tuple(np.array(stored.nonzero()))] = stored.data[stored.data != 0]
    X = stored.toarray()
    np.testing.assert_array_equal(testing.bin_matrix(stored, None, 255), testing.bin_matrix(X, None, 255))
    y = target(X)
    assert_same_arrays(train(stored, y).model().to_arrays(), train(X, y).model().to_arrays())


# Models.


@given(data=st.data(), X=matrices(max_rows=30), params=tree_params())
def test_models_of_hostile_tables_have_the_same_bits(data: st.DataObject, X: Floats, params: dict[str, Any]) -> None:
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    model = assert_same_model(X, y, weights, n_iterations=3, **params)
    assert same_bits(model.predict_raw(csr_array(X)), model.predict_raw(X))


SHARES = [0.01, 0.02, 0.6, 0.05, 0.9, 0.002, 0.0, 0.2]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"max_bins": 9, "l2_regularization": 1.0},
        {"colsample_bytree": 0.4, "max_features": 0.5},
        {"subsample": 0.5},
        {"objective": "absolute_error"},
        {"extra_trees": True},
        {"min_samples_leaf": 70},
        {"monotonic_cst": np.array([1, -1] * 12, dtype=np.int8)},
    ],
)
@pytest.mark.parametrize("outlier", [1.0, 1e12])  # packed gradients and wide ones
@pytest.mark.isa
def test_models_have_the_same_bits(params: dict[str, Any], outlier: float, simd_level: str) -> None:
    X = table(5000, SHARES * 3)
    y = target(X)
    y[0] *= outlier
    assert_same_model(X, y, n_iterations=4, max_leaf_nodes=15, **params)


@pytest.mark.parametrize("min_samples_leaf", [9, 10, 11])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_feature_is_left_out_if_no_leaf_could_be_large_enough(
    min_samples_leaf: int, missing: bool, weighted: bool
) -> None:
    X = np.zeros((100, 1))
    X[40:45] = np.nan if missing else 1
    weight = np.full(100, 2.0)
    if not weighted:
        X[45:50] = X[40]
    y = np.arange(100.0)
    model = assert_same_model(X, y, weight if weighted else None, min_samples_leaf=min_samples_leaf)
    assert model.n_leaves == (2 if min_samples_leaf <= 10 else 1)


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("n_features", [30, 260])  # threads share the rows of the stored columns, or the columns
def test_bits_do_not_depend_on_threads(n_threads: int, n_features: int, many_threads: None) -> None:
    X = table(70_000, [0.01] * 30 + [0.3] * (n_features - 30), n_values=200)
    assert_same_model(X, target(X), max_leaf_nodes=6, n_threads=n_threads)


def test_validation_rows_may_hold_what_no_training_row_does() -> None:
    X = table(1500, SHARES)
    X[:, 0] = np.nan_to_num(X[:, 0])
    y = target(X)
    X_val = table(400, [0.5, 0.1, 0.1, 0.9, 0.01, 0.3, 0.2, 0.01], seed=3) * 1.5
    trainers = []
    for form in (np.asarray, csr_array):
        trainer = _core.Trainer(form(X), y, None, objective="squared_error", min_samples_leaf=5)
        trainer.set_validation(form(X_val), target(X_val), None)
        for _ in range(10):
            trainer.boost()
        trainers.append(trainer)
    dense, sparse = trainers
    assert same_bits(sparse.validation_raw_predictions(), dense.validation_raw_predictions())
    assert same_bits(sparse.validation_raw_predictions(), dense.model().predict_raw(X_val))


def test_continued_models_have_the_same_bits() -> None:
    X = table(900, SHARES)
    y = target(X)
    first = train(X, y, n_iterations=3).model()
    dense, sparse = (train(form, y, n_iterations=2, init_model=first) for form in (X, csr_array(X)))
    assert_same_arrays(sparse.model().to_arrays(), dense.model().to_arrays())


# What a model says of sparse rows.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_a_model_says_of_sparse_rows_what_it_says_of_dense_ones(
    dtype: type[np.floating[Any]], index: type[np.signedinteger[Any]]
) -> None:
    X = table(700, SHARES).astype(dtype)
    y = target(X.astype(float))
    model = train(X, y, n_iterations=30, max_leaf_nodes=8).model()
    rows = csr_array(X)
    rows.indices, rows.indptr = rows.indices.astype(index), rows.indptr.astype(index)
    assert same_bits(model.predict_raw(rows), model.predict_raw(X))
    assert same_bits(_core.contributions(model, rows), _core.contributions(model, X))
    np.testing.assert_array_equal(_core.leaf_indices(model, rows), _core.leaf_indices(model, X))
    refitted = [
        _core.refit(model, form, 2 * y, None, objective="squared_error", decay=0.5).to_arrays() for form in (X, rows)
    ]
    assert_same_arrays(*refitted)
    predictor = _core.CompiledPredictor(model, None)
    assert same_bits(predictor.predict(rows), predictor.predict(X))


@pytest.mark.parametrize("n_features", [7, 65_536, 65_537, 400_000])
def test_many_rows_of_wide_tables_are_predicted_as_few_are(n_features: int) -> None:
    rng = np.random.default_rng(0)
    used = np.unique(np.concatenate([[0, n_features - 1], rng.integers(0, n_features, 40)]))
    rows, columns = rng.integers(0, 600, 9000), rng.choice(used, 9000)
    values = rng.integers(-3, 4, 9000).astype(float)
    X = csr_array((values, (rows, columns)), shape=(600, n_features))
    model = train(X, np.asarray(X.sum(axis=1)), n_iterations=20, max_leaf_nodes=20).model()
    few = np.concatenate([model.predict_raw(X[i : i + 10]) for i in range(0, 600, 10)])
    assert same_bits(model.predict_raw(X), few)
