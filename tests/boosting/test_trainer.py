"""Boosting as a whole: the twin's trees and scores, losses, weights, symmetries, edge cases, warm start."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    assert_same_trees,
    make_data,
    matrices,
    same_bits,
    sample_weights,
    targets,
    train,
    train_both,
    tree_params,
)
from tests.reference.boosting import boost

pytestmark = pytest.mark.isa

PRIME = 97  # rows: no sum of |gradients| at the baseline is a power of two, where ulps would move the scale

# Their leaves are exact quantiles: the gradients do not fall to zero, and a step may overshoot for a row.
CORNERED = [("absolute_error", 1), ("quantile", 1), ("huber", 1)]
SMOOTH = [
    ("squared_error", 1),
    ("binary_log_loss", 1),
    ("multiclass_log_loss", 4),
    ("poisson", 1),
    ("gamma", 1),
    ("tweedie", 1),
]
OBJECTIVES = [*SMOOTH, *CORNERED]
LOG_LINK = ("poisson", "gamma", "tweedie")


def make_task(objective: str, n_classes: int, n_rows: int, *, seed: int = 0) -> tuple[Floats, Floats]:
    X, y = make_data(n_rows, 3, seed=seed)
    if objective == "binary_log_loss":
        y = (y > 0.3).astype(float)
    if objective == "multiclass_log_loss":
        y = np.digitize(y, np.quantile(y, np.arange(1, n_classes) / n_classes)).astype(float)
    if objective in LOG_LINK:
        y = np.exp(y)
    if objective == "tweedie":
        y[y < 0.8] = 0.0
    return X, y


# The twin ---------------------------------------------------------------------------------------------


@given(data=st.data(), X=matrices(max_rows=16), params=tree_params())
def test_squared_error_equals_the_twin_exactly(data: st.DataObject, X: Floats, params: dict[str, Any]) -> None:
    y, weights = data.draw(targets(len(X), 1e100)), data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, n_iterations=4, **params)
    assert_same_trees(engine.model(), twin)
    np.testing.assert_array_equal(engine.raw_predictions(), twin.raw)
    np.testing.assert_array_equal(engine.model().baseline(), twin.baseline)


@given(seed=st.integers(0, 2**32 - 1), objective=st.sampled_from(OBJECTIVES), params=tree_params())
def test_the_first_iteration_equals_the_twin(seed: int, objective: tuple[str, int], params: dict[str, Any]) -> None:
    name, n_classes = objective
    X, y = make_task(name, n_classes, PRIME, seed=seed)
    engine, twin = train_both(X, y, objective=name, n_classes=n_classes, **params)
    assert_same_trees(engine.model(), twin, rtol=1e-12)
    np.testing.assert_allclose(engine.raw_predictions(), twin.raw, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@pytest.mark.parametrize("weighting", ["none", "frequencies", "factors"])
def test_ten_iterations_equal_the_twin(objective: str, n_classes: int, weighting: str) -> None:
    X, y = make_task(objective, n_classes, 151, seed=5)
    rng = np.random.default_rng(6)
    weights = {
        "none": None,
        "frequencies": rng.integers(1, 4, size=151).astype(float),
        "factors": rng.uniform(0.1, 3.0, size=151),
    }[weighting]
    engine, twin = train_both(
        X, y, weights, objective=objective, n_classes=n_classes, n_iterations=10, max_leaf_nodes=5, min_samples_leaf=5
    )
    assert_same_trees(engine.model(), twin, rtol=1e-9)
    np.testing.assert_allclose(engine.raw_predictions(), twin.raw, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(engine.train_loss(), twin.mean_loss(twin.raw, y, weights), rtol=1e-9)
    np.testing.assert_allclose(engine.model().feature_importances(), twin.feature_importances(), rtol=1e-9)


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_validation_loss_equals_the_twin(objective: str, n_classes: int) -> None:
    X, y = make_task(objective, n_classes, 151, seed=5)
    X_val, y_val = make_task(objective, n_classes, 89, seed=6)
    w_val = np.random.default_rng(7).uniform(0.5, 2.0, size=89)
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes}
    engine = train(X, y, n_iterations=0, max_leaf_nodes=4, **params)
    engine.set_validation(X_val, y_val, w_val)
    for _ in range(3):
        engine.boost()
    twin = boost(X, y, n_iterations=3, max_leaf_nodes=4, **params)
    raw = twin.predict_raw(X_val)
    np.testing.assert_allclose(engine.validation_raw_predictions(), raw, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(engine.validation_loss(), twin.mean_loss(raw, y_val, w_val), rtol=1e-9)


# Losses -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_training_loss_never_rises(objective: str, n_classes: int) -> None:
    X, y = make_task(objective, n_classes, 800)
    engine = train(X, y, n_iterations=0, objective=objective, n_classes=n_classes, max_leaf_nodes=15)
    losses = [engine.train_loss()]
    for _ in range(60):
        engine.boost()
        losses.append(engine.train_loss())
    assert losses == sorted(losses, reverse=True)
    least = 0.0
    if objective in LOG_LINK:  # what is left if every row is predicted perfectly
        perfect = np.log(np.maximum(y, 1e-300))[:, None]
        least = testing.evaluate_objective(objective, y, perfect)[2].mean()
    assert losses[-1] - least < 0.5 * (losses[0] - least)


def test_validation_on_the_training_rows_has_the_training_loss() -> None:
    X, y = make_data(300, 3)
    engine = train(X, y, n_iterations=0, max_leaf_nodes=8)
    engine.set_validation(X, y, None)
    for _ in range(5):
        engine.boost()
    assert engine.validation_loss() == engine.train_loss()
    assert same_bits(engine.validation_raw_predictions(), engine.raw_predictions())


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_one_class_or_value_gives_a_finite_constant(objective: str, n_classes: int) -> None:
    X, _ = make_data(50, 2)
    y = np.full(50, 1.0 if objective in LOG_LINK else 0.0)
    engine = train(X, y, n_iterations=3, objective=objective, n_classes=n_classes)
    raw = engine.raw_predictions()
    assert np.isfinite(raw).all()
    assert (raw == raw[0]).all()
    least = testing.evaluate_objective(objective, y[:1], np.zeros((1, 1)))[2][0] if objective in LOG_LINK else 0.0
    assert least <= engine.train_loss() < least + 1e-9


# Weights ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@pytest.mark.parametrize("n_distinct", [60, 3000])
def test_a_frequency_equals_copies_bit_for_bit(objective: str, n_classes: int, n_distinct: int) -> None:
    X, y = make_task(objective, n_classes, n_distinct)
    copies = np.random.default_rng(1).integers(1, 6, size=n_distinct)
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes, "n_iterations": 5, "max_leaf_nodes": 9}
    weighted = train(X, y, copies.astype(float), min_samples_leaf=4, **params)
    copied = train(np.repeat(X, copies, axis=0), np.repeat(y, copies), min_samples_leaf=4, **params)
    assert_same_arrays(weighted.model().to_arrays(), copied.model().to_arrays())
    assert weighted.train_loss() == copied.train_loss()


def test_weights_of_one_equal_no_weights() -> None:
    X, y = make_data(300, 3)
    weighted = train(X, y, np.ones(300), n_iterations=3, max_leaf_nodes=8)
    assert_same_arrays(weighted.model().to_arrays(), train(X, y, n_iterations=3, max_leaf_nodes=8).model().to_arrays())


def test_weights_scaled_by_a_power_of_two_give_the_same_trees_without_regularisation() -> None:
    X, y = make_data(300, 3)
    weights = np.random.default_rng(2).uniform(0.5, 1.0, size=300)
    small, large = (train(X, y, s * weights, n_iterations=3, max_leaf_nodes=8).model().to_arrays() for s in (1.0, 8.0))
    for name in ("feature", "threshold", "missing_left", "leaf_value"):
        assert same_bits(small[name], large[name])


# Symmetries -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_a_permutation_of_the_rows_changes_no_bit(objective: str, n_classes: int) -> None:
    X, y = make_task(objective, n_classes, 1200)
    weights = np.random.default_rng(3).uniform(0.1, 2.0, size=1200)
    order = np.random.default_rng(4).permutation(1200)
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes, "n_iterations": 4, "max_leaf_nodes": 12}
    straight = train(X, y, weights, **params)
    permuted = train(X[order], y[order], weights[order], **params)
    assert_same_arrays(straight.model().to_arrays(), permuted.model().to_arrays())
    assert same_bits(straight.raw_predictions()[order], permuted.raw_predictions())
    assert straight.train_loss() == permuted.train_loss()


def test_a_permutation_of_the_columns_permutes_the_importances() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(400, 4))
    y = X @ [3.0, 1.0, 0.3, 2.0] + rng.normal(size=400)
    order = [2, 0, 3, 1]
    straight, permuted = (train(Z, y, n_iterations=4, max_leaf_nodes=8).model() for Z in (X, X[:, order]))
    np.testing.assert_allclose(permuted.feature_importances(), straight.feature_importances()[order], rtol=1e-12)
    assert same_bits(permuted.predict_raw(X[:, order].copy()), straight.predict_raw(X))


def test_a_monotone_map_of_a_column_changes_no_score() -> None:
    X, y = make_data(200, 2, missing=0.0)
    mapped = np.column_stack([np.exp(X[:, 0]), X[:, 1] ** 3])
    straight, transformed = (train(Z, y, n_iterations=4, max_leaf_nodes=8) for Z in (X, mapped))
    assert same_bits(straight.raw_predictions(), transformed.raw_predictions())


# Edge cases -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "X",
    [
        pytest.param(np.array([[3.0]]), id="one value"),
        pytest.param(np.array([[np.nan]]), id="one missing value"),
        pytest.param(np.arange(7.0)[None, :], id="one row"),
        pytest.param(np.arange(30.0)[:, None] % 11, id="one column"),
        pytest.param(np.full((30, 2), 5.0), id="constant"),
        pytest.param(np.full((30, 2), np.nan), id="all missing"),
        pytest.param(np.where(np.arange(60).reshape(30, 2) % 3, 1.0, np.nan), id="constant or missing"),
        pytest.param(np.arange(30.0)[:, None] % 2 * 5e-324, id="denormal"),
        pytest.param((np.arange(60.0).reshape(30, 2) - 30) * 5e306, id="huge"),
        pytest.param(np.where(np.arange(30.0)[:, None] % 3, np.inf, -np.inf), id="infinite"),
        pytest.param(np.repeat(np.arange(3.0), 10)[:, None], id="duplicates"),
    ],
)
@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_edge_cases_equal_the_twin(X: Floats, objective: str, n_classes: int) -> None:
    y = (np.arange(len(X)) * 7 % 5 % (n_classes if n_classes > 1 else 2)).astype(float)
    y += objective in LOG_LINK
    engine, twin = train_both(X, y, objective=objective, n_classes=n_classes, n_iterations=2, max_leaf_nodes=5)
    assert_same_trees(engine.model(), twin, rtol=1e-12)
    np.testing.assert_allclose(engine.raw_predictions(), twin.raw, rtol=1e-12, atol=1e-13)


def test_wide_data_equals_the_twin() -> None:
    rng = np.random.default_rng(9)
    X, y = rng.normal(size=(20, 300)), rng.normal(size=20)
    engine, twin = train_both(X, y, n_iterations=2, max_leaf_nodes=4)
    assert_same_trees(engine.model(), twin)


def test_targets_near_the_largest_float_stay_finite() -> None:
    y = np.where(np.arange(40) % 2, 1e307, -1e307)
    engine = train(np.arange(40.0)[:, None] % 2, y, n_iterations=3, learning_rate=1.0)
    assert np.isfinite(engine.model().to_arrays()["leaf_value"]).all()
    np.testing.assert_allclose(engine.raw_predictions()[:, 0], y, rtol=1e-12)


def test_the_trainer_keeps_copies_of_its_arguments() -> None:
    X, y = make_data(300, 3)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, size=300)
    expected = train(X, y, weights, n_iterations=3, max_leaf_nodes=8).model().to_arrays()
    engine = train(X, y, weights, n_iterations=0, max_leaf_nodes=8)
    for array in (X, y, weights):
        array[:] = 0.25
    for _ in range(3):
        engine.boost()
    assert_same_arrays(engine.model().to_arrays(), expected)


# Continuation -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_warm_start_equals_an_uninterrupted_run(objective: str, n_classes: int) -> None:
    X, y = make_task(objective, n_classes, 400)
    params: dict[str, Any] = {
        "objective": objective,
        "n_classes": n_classes,
        "max_leaf_nodes": 8,
        "max_features": 0.5,
        "seed": 11,
    }
    half = train(X, y, n_iterations=3, **params).model()
    resumed = train(X, y, n_iterations=4, init_model=half, **params)
    straight = train(X, y, n_iterations=7, **params)
    assert resumed.n_iterations == straight.n_iterations == 7
    assert_same_arrays(resumed.model().to_arrays(), straight.model().to_arrays())
    assert same_bits(resumed.raw_predictions(), straight.raw_predictions())


def test_a_snapshot_does_not_change_with_further_iterations() -> None:
    X, y = make_data(200, 3)
    engine = train(X, y, n_iterations=2, max_leaf_nodes=8)
    snapshot = engine.model()
    before = {name: np.array(array) for name, array in snapshot.to_arrays().items()}
    engine.boost()
    assert_same_arrays(snapshot.to_arrays(), before)
    assert (snapshot.n_iterations, engine.model().n_iterations) == (2, 3)


def test_a_model_of_other_features_cannot_be_continued() -> None:
    X, y = make_data(50, 3)
    with pytest.raises(ValueError, match="features"):
        train(X[:, :2], y, init_model=train(X, y).model())


def test_the_objectives_are_registered() -> None:
    assert {name for name, _ in OBJECTIVES} <= set(_core.objective_names())


@pytest.mark.parametrize("weight", [1e-320, 1e-12, 1e12, 1e307])
def test_a_common_factor_of_the_weights_changes_no_split_and_no_leaf(weight: float) -> None:
    """Without regularisation only ratios of weights count, as long as the hessians pass their least sum."""
    X, y = make_data(200, 3)
    params: dict[str, Any] = {"n_iterations": 3, "max_leaf_nodes": 6}
    scaled = train(X, y, np.full(200, weight), **params).model().to_arrays()
    assert np.isfinite(scaled["leaf_value"]).all()
    if weight > 1e-3:
        plain = train(X, y, np.full(200, 1.5), **params).model().to_arrays()
        np.testing.assert_array_equal(scaled["feature"], plain["feature"])
        np.testing.assert_array_equal(scaled["threshold"], plain["threshold"])
        np.testing.assert_allclose(scaled["leaf_value"], plain["leaf_value"], rtol=1e-9)


@pytest.mark.parametrize("size", [1e-150, 1e150, 1e300])
def test_importances_of_targets_of_any_size_sum_to_one(size: float) -> None:
    X, y = make_data(200, 3)
    model = train(X, y * size, n_iterations=2).model()
    np.testing.assert_allclose(model.feature_importances().sum(), 1.0)
