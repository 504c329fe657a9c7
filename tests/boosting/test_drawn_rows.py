"""Trees of drawn rows: those of the twin, what is promised of them, the same bits."""

from __future__ import annotations

from collections.abc import Iterator
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
    trees_of,
)
from tests.boosting.test_trainer import OBJECTIVES, make_task

pytestmark = pytest.mark.isa

SEEDS = st.sampled_from([0, 1, 2**32 + 7, 2**64 - 1])
BOTH = [{"gradient_based_sampling": False}, {"gradient_based_sampling": True}]
over_methods = pytest.mark.parametrize("method", BOTH, ids=["uniform", "gradient_based"])


@pytest.fixture
def runtime() -> Iterator[None]:
    """Let threads run for any number of rows on any machine; put everything back."""
    level = _core.simd_level()
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    _core.set_simd_level(level)


# Trees of the twin -----------------------------------------------------------------------------------


@given(
    data=st.data(),
    X=matrices(),
    params=tree_params(),
    seed=SEEDS,
    subsample=st.sampled_from([0.01, 0.5, 0.9]),
    method=st.sampled_from(BOTH),
)
def test_trees_of_hostile_data_equal_the_twin(
    data: st.DataObject, X: Floats, params: dict[str, Any], seed: int, subsample: float, method: dict[str, bool]
) -> None:
    y, weights = data.draw(targets(len(X), 1e100)), data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, n_iterations=3, subsample=subsample, seed=seed, **method, **params)
    assert_same_trees(engine.model(), twin)
    np.testing.assert_array_equal(engine.raw_predictions(), twin.raw)


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@pytest.mark.parametrize("weighting", ["none", "frequencies", "factors"])
@over_methods
def test_trees_of_every_loss_equal_the_twin(
    objective: str, n_classes: int, weighting: str, method: dict[str, bool]
) -> None:
    X, y = make_task(objective, n_classes, 151, seed=5)
    rng = np.random.default_rng(6)
    weights = {
        "none": None,
        "frequencies": rng.integers(1, 4, size=151).astype(float),
        "factors": rng.uniform(0.1, 3.0, size=151),
    }[weighting]
    engine, twin = train_both(
        X,
        y,
        weights,
        objective=objective,
        n_classes=n_classes,
        n_iterations=3,
        max_leaf_nodes=5,
        min_samples_leaf=5,
        subsample=0.6,
        seed=1,
        **method,
    )
    assert_same_trees(engine.model(), twin, rtol=1e-9)
    np.testing.assert_allclose(engine.raw_predictions(), twin.raw, rtol=1e-9, atol=1e-12)


@given(data=st.data(), params=tree_params(), seed=SEEDS, method=st.sampled_from(BOTH))
def test_trees_under_constraints_with_drawn_columns_equal_the_twin(
    data: st.DataObject, params: dict[str, Any], seed: int, method: dict[str, bool]
) -> None:
    X, y = make_data(80, 4, seed=data.draw(st.integers(0, 999)), n_values=10)
    objective = data.draw(st.sampled_from(["squared_error", "absolute_error", "huber"]))
    limits = {"monotonic_cst": [1, 0, 0, -1], "interaction_cst": [[0, 1], [1, 2, 3]], "l1_regularization": 0.2}
    drawn = {"colsample_bytree": 0.8, "max_features": 0.7, "extra_trees": data.draw(st.booleans()), "seed": seed}
    engine, twin = train_both(
        X, y, n_iterations=3, subsample=0.7, objective=objective, **method, **params, **limits, **drawn
    )
    assert_same_trees(engine.model(), twin)


@pytest.mark.parametrize("n_categories", [9, 400])
@over_methods
def test_trees_with_categories_equal_the_twin(n_categories: int, method: dict[str, bool]) -> None:
    X, y = make_data(300, 3, seed=1)
    X[:, 1] = np.floor(np.abs(X[:, 1]) * n_categories / 3)
    category: dict[str, Any] = {"categories": {1: n_categories}, "cat_l2": 2.0, "cat_smooth": 1.0, "cat_cost": 0.2}
    engine, twin = train_both(X, y, n_iterations=4, max_leaf_nodes=9, subsample=0.5, **method, **category)
    assert_same_trees(engine.model(), twin, rtol=1e-12)
    np.testing.assert_allclose(engine.raw_predictions(), twin.raw, rtol=1e-12)


# What is promised of them ----------------------------------------------------------------------------


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@over_methods
def test_rows_that_were_not_drawn_are_scored_too(objective: str, n_classes: int, method: dict[str, bool]) -> None:
    X, y = make_task(objective, n_classes, 3000)
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes, "max_leaf_nodes": 15, **method}
    engine = train(X, y, n_iterations=5, subsample=0.3, **params)
    assert same_bits(engine.raw_predictions(), engine.model().predict_raw(X))


@over_methods
def test_trees_of_an_iteration_learn_from_the_same_rows(method: dict[str, bool]) -> None:
    X, y = make_task("multiclass_log_loss", 4, 2000)
    model = train(
        X, y, objective="multiclass_log_loss", n_classes=4, n_iterations=3, max_leaf_nodes=6, subsample=0.4, **method
    ).model()
    sizes = np.array([tree.leaf_count.sum() for tree in trees_of(model.to_arrays())]).reshape(3, 4)
    assert (sizes == sizes[:, :1]).all()
    assert len(set(sizes[:, 0])) == 3
    assert np.abs(sizes - 800).max() < 5 * np.sqrt(480)


def test_leaves_count_the_rows_that_were_drawn() -> None:
    X, y = make_data(1000, 3)
    for tree in trees_of(train(X, y, n_iterations=4, subsample=0.5, min_samples_leaf=40).model().to_arrays()):
        assert tree.leaf_count.min() >= 40
        assert tree.leaf_count.sum() < 600


def test_a_frequency_is_drawn_as_one_row() -> None:
    X, y = make_data(500, 2)
    weights = np.full(500, 7.0)
    weighted, plain = (train(X, y, w, subsample=0.5, n_iterations=3).model().to_arrays() for w in (weights, None))
    np.testing.assert_array_equal(weighted["leaf_count"], 7 * plain["leaf_count"])
    np.testing.assert_array_equal(weighted["threshold"], plain["threshold"])


@over_methods
def test_a_share_of_which_nothing_is_drawn_gives_trees_of_zero(method: dict[str, bool]) -> None:
    X, y = make_data(50, 2)
    engine = train(X, y, n_iterations=3, subsample=1e-12, **method)
    arrays = engine.model().to_arrays()
    assert arrays["leaf_value"].tolist() == [[0.0]] * 3
    assert arrays["leaf_count"].tolist() == [0] * 3
    assert (engine.raw_predictions() == engine.model().baseline()).all()


@over_methods
def test_targets_that_are_met_leave_nothing_to_draw(method: dict[str, bool]) -> None:
    X, _ = make_data(50, 2)
    engine = train(X, np.full(50, 3.0), n_iterations=3, subsample=0.5, **method)
    assert (engine.raw_predictions() == 3.0).all()


def test_a_subsample_of_one_is_no_sampling() -> None:
    X, y = make_data(300, 3)
    expected = train(X, y, n_iterations=3).model().to_arrays()
    for method in BOTH:
        found = train(X, y, n_iterations=3, subsample=1.0, seed=4, **method).model().to_arrays()
        assert_same_arrays(found, expected)


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@over_methods
def test_warm_start_equals_an_uninterrupted_run(objective: str, n_classes: int, method: dict[str, bool]) -> None:
    X, y = make_task(objective, n_classes, 400)
    params: dict[str, Any] = {
        "objective": objective,
        "n_classes": n_classes,
        "max_leaf_nodes": 8,
        "subsample": 0.5,
        "colsample_bytree": 0.7,
        "seed": 11,
        **method,
    }
    half = train(X, y, n_iterations=3, **params).model()
    resumed = train(X, y, n_iterations=4, init_model=half, **params)
    straight = train(X, y, n_iterations=7, **params)
    assert_same_arrays(resumed.model().to_arrays(), straight.model().to_arrays())
    assert same_bits(resumed.raw_predictions(), straight.raw_predictions())


@over_methods
def test_drawn_rows_teach_nearly_as_much_as_all(method: dict[str, bool]) -> None:
    X, y = make_data(4000, 4, missing=0.0)
    X_val, y_val = make_data(4000, 4, seed=1, missing=0.0)
    losses = {}
    for subsample in (1.0, 0.3):
        engine = train(X, y, n_iterations=0, subsample=subsample, max_leaf_nodes=8, min_samples_leaf=10, **method)
        engine.set_validation(X_val, y_val, None)
        for _ in range(60):
            engine.boost()
        losses[subsample] = engine.validation_loss()
    assert losses[0.3] < 1.1 * losses[1.0]


# Histograms are packed or wide, and blocks of rows one or more.
@pytest.mark.parametrize("weights", ["one", "frequencies", "one outlier"])
@pytest.mark.parametrize("n_rows", [900, 70_000, 140_001])
@over_methods
def test_bits_do_not_depend_on_threads_or_simd_level(
    n_rows: int, weights: str, method: dict[str, bool], runtime: None
) -> None:
    X, y = make_data(n_rows, 4, missing=0.05, n_values=50)
    rng = np.random.default_rng(n_rows)
    sample_weight = {
        "one": None,
        "frequencies": rng.integers(1, 4, size=n_rows).astype(float),
        "one outlier": np.where(np.arange(n_rows) == 7, 1e9, 1.5),
    }[weights]
    params: dict[str, Any] = {"objective": "binary_log_loss", "max_leaf_nodes": 9, "subsample": 0.6, **method}
    found = []
    for name in _core.simd_levels():
        _core.set_simd_level(name)
        for n_threads in (1, 2, 3, 5):
            engine = train(X, (y > 0).astype(float), sample_weight, n_iterations=2, n_threads=n_threads, **params)
            found.append((engine.model().to_arrays(), engine.raw_predictions()))
    for arrays, raw in found[1:]:
        assert_same_arrays(arrays, found[0][0])
        assert same_bits(raw, found[0][1])


@pytest.mark.parametrize("subsample", [0.0, -0.5, 1.1, np.nan])
def test_a_share_out_of_range_is_refused(subsample: float) -> None:
    X, y = make_data(30, 2)
    with pytest.raises(ValueError, match=r"subsample must be in \(0, 1\], got"):
        train(X, y, subsample=subsample)
