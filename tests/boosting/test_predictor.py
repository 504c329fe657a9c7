"""Prediction equals a plain walk of every row through every tree, for any input and any layout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hornbeam import _core
from tests.boosting.support import (
    Arrays,
    Floats,
    make_data,
    same_bits,
    train,
    train_both,
    trees_of,
)

pytestmark = pytest.mark.isa


def walk(arrays: Arrays, X: Floats) -> Floats:
    """Return the raw scores as the arrays define them, one row and one tree at a time."""
    raw = np.tile(arrays["baseline"], (len(X), 1))
    n_outputs = raw.shape[1]
    for number, tree in enumerate(trees_of(arrays)):
        for i, row in enumerate(X):
            child = tree.root
            while child >= 0:
                x = row[tree.nodes["feature"][child]]
                goes_left = tree.nodes["missing_left"][child] if np.isnan(x) else x <= tree.nodes["threshold"][child]
                child = int(tree.nodes["left" if goes_left else "right"][child])
            raw[i, number % n_outputs] += tree.leaf_value[~child]
    return raw


def multiclass_data(n_rows: int, seed: int = 0, **data: Any) -> tuple[Floats, Floats]:
    X, y = make_data(n_rows, 4, seed=seed, **data)
    return X, np.digitize(y, [-0.5, 0.5]).astype(float)


def multiclass_model(max_leaf_nodes: int = 10, n_iterations: int = 5, **data: Any) -> _core.TreeModel:
    X, y = multiclass_data(500, **data)
    params: dict[str, Any] = {"objective": "multiclass_log_loss", "n_classes": 3, "max_leaf_nodes": max_leaf_nodes}
    return train(X, y, n_iterations=n_iterations, **params).model()


def probes(model: _core.TreeModel, n_rows: int) -> Floats:
    """Rows on the thresholds, right beside them, missing, infinite, and far away."""
    rng = np.random.default_rng(5)
    on = model.to_arrays()["threshold"]
    special = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, -1e300, 5e-324]
    values = np.concatenate([on, np.nextafter(on, np.inf), np.nextafter(on, -np.inf), special])
    return rng.choice(values, size=(n_rows, model.n_features))


@pytest.mark.parametrize("max_leaf_nodes", [2, 3, 31, 0])
def test_prediction_equals_the_walk_on_and_beside_thresholds(max_leaf_nodes: int) -> None:
    model = multiclass_model(max_leaf_nodes)
    X = probes(model, 300)
    np.testing.assert_array_equal(model.predict_raw(X), walk(model.to_arrays(), X))


@pytest.mark.parametrize("n_leaves", [1, 2, 7, 8, 9, 16, 17, 24, 31, 32, 33, 64, 65, 255, 256, 257, 300])
def test_prediction_equals_the_walk_for_any_number_of_leaves(n_leaves: int) -> None:
    X, y = make_data(1500, 3, seed=n_leaves, missing=0.1)
    params: dict[str, Any] = {"n_iterations": 4, "max_leaf_nodes": max(n_leaves, 2), "min_samples_leaf": 1}
    model = train(X, y * 0.0 if n_leaves == 1 else y, **params).model()
    assert np.diff(model.to_arrays()["leaf_offset"]).max() == n_leaves
    X_new = probes(model, 300)
    np.testing.assert_array_equal(model.predict_raw(X_new), walk(model.to_arrays(), X_new))


@pytest.mark.parametrize("grows_left", [False, True])
def test_prediction_equals_the_walk_down_a_chain(grows_left: bool) -> None:
    # Every split cuts off the row whose target is largest by far, so one child of every node is a leaf.
    X = np.arange(100.0)[:, None]
    y = 4.0 ** X[:, 0]
    model = train(X if grows_left else -X, y, n_iterations=4, min_samples_leaf=1, max_leaf_nodes=60).model()
    X_new = probes(model, 500)
    np.testing.assert_array_equal(model.predict_raw(X_new), walk(model.to_arrays(), X_new))


@pytest.mark.parametrize("n_rows", [0, 1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 257, 1023, 1024, 1025, 1161])
def test_prediction_equals_the_walk_for_any_number_of_rows(n_rows: int) -> None:
    model = multiclass_model()
    X = probes(model, n_rows)
    raw = model.predict_raw(X)
    assert raw.shape == (n_rows, 3)
    np.testing.assert_array_equal(raw, walk(model.to_arrays(), X))


def test_prediction_equals_the_twin() -> None:
    X, y = make_data(150, 3, missing=0.2)
    engine, twin = train_both(X, y, n_iterations=4, max_leaf_nodes=8)
    X_new, _ = make_data(200, 3, seed=1, missing=0.2)
    np.testing.assert_array_equal(engine.model().predict_raw(X_new), twin.predict_raw(X_new))


def test_prediction_of_the_training_rows_is_the_trainers_raw_scores() -> None:
    X, y = make_data(3000, 4)
    engine = train(X, y, n_iterations=20, max_leaf_nodes=31)
    assert same_bits(engine.model().predict_raw(X), engine.raw_predictions())


def test_missing_values_unseen_in_training_go_to_the_larger_child() -> None:
    X, y = np.arange(10.0)[:, None], (np.arange(10) >= 7).astype(float)
    model = train(X, y, max_leaf_nodes=2).model()
    np.testing.assert_array_equal(model.predict_raw(np.array([[np.nan]])), model.predict_raw(np.array([[0.0]])))


def test_more_thresholds_of_a_feature_than_a_byte_can_number() -> None:
    # Trees of different data, so that one model has thousands of distinct thresholds per feature.
    model = None
    for seed in range(6):
        X, y = make_data(2000, 2, seed=seed)
        params: dict[str, Any] = {"max_leaf_nodes": 0, "min_samples_leaf": 4, "init_model": model}
        model = train(X, y, n_iterations=2, **params).model()
    assert model is not None
    arrays = model.to_arrays()
    assert len(np.unique(arrays["threshold"][arrays["feature"] == 0])) > 600
    X = probes(model, 400)
    np.testing.assert_array_equal(model.predict_raw(X), walk(arrays, X))


def test_any_iterations_of_trees_on_other_thresholds_add_up_to_the_walk() -> None:
    # A byte numbers the thresholds of a few iterations at a time.
    model = None
    for seed in range(5):
        X, y = make_data(2000, 2, seed=seed)
        model = train(X, y, n_iterations=8, max_leaf_nodes=40, min_samples_leaf=4, init_model=model).model()
    assert model is not None
    X = probes(model, 300)
    for begin, end in [(0, 40), (3, 37), (7, 9), (16, 24), (20, 20)]:
        out = np.tile(model.baseline(), (len(X), 1))
        model.add_raw(X, out, begin, end)
        one_by_one = np.tile(model.baseline(), (len(X), 1))
        for row, score in zip(X, one_by_one, strict=True):  # a single row is walked
            model.add_raw(row[None], score[None], begin, end)
        assert same_bits(out, one_by_one)


def test_many_features_and_deep_trees() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 400))
    y = X[:, ::40].sum(axis=1) + 4.0 ** np.arange(300) * 1e-60
    model = train(X, y, n_iterations=3, learning_rate=1.0).model()
    X_new = rng.normal(size=(60, 400))
    np.testing.assert_array_equal(model.predict_raw(X_new), walk(model.to_arrays(), X_new))


@pytest.mark.parametrize("n_rows", [1, 100, 5000])
def test_prediction_does_not_depend_on_layout_type_or_threads(n_rows: int) -> None:
    model = multiclass_model()
    X32 = make_data(n_rows, 4, seed=2)[0].astype(np.float32)
    X = X32.astype(np.float64)
    expected = model.predict_raw(X, n_threads=1)
    read_only = X.copy()
    read_only.flags.writeable = False
    spaced = np.zeros((n_rows, 8))
    spaced[:, ::2] = X
    for layout in (X32, np.asfortranarray(X), np.asfortranarray(X32), read_only, spaced[:, ::2], X[::-1].copy()[::-1]):
        for n_threads in (1, 3):
            assert same_bits(model.predict_raw(layout, n_threads=n_threads), expected)


def test_iterations_add_up_to_the_prediction() -> None:
    model = multiclass_model(n_iterations=5)
    X = probes(model, 200)
    out = np.tile(model.baseline(), (200, 1))
    for begin, end in [(0, 2), (2, 2), (2, 5)]:
        model.add_raw(X, out, begin, end)
    assert same_bits(out, model.predict_raw(X))


@pytest.mark.parametrize(("begin", "end"), [(0, 6), (3, 2), (6, 6)])
def test_iterations_beyond_the_model_are_refused(begin: int, end: int) -> None:
    model = multiclass_model(n_iterations=5)
    with pytest.raises((ValueError, IndexError)):
        model.add_raw(np.zeros((2, 4)), np.zeros((2, 3)), begin, end)


def test_another_number_of_features_is_refused() -> None:
    with pytest.raises(ValueError, match="features"):
        multiclass_model().predict_raw(np.zeros((2, 3)))


def test_an_output_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="out"):
        multiclass_model().add_raw(np.zeros((2, 4)), np.zeros((2, 2)), 0, 1)
