"""l1_regularization, min_split_gain, min_child_weight: the twin's trees, cases by hand, what is refused."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    assert_same_trees,
    case_id,
    make_data,
    matrices,
    sample_weights,
    targets,
    train,
    train_both,
    tree_params,
    trees_of,
)
from tests.reference.gains import TreeParams
from tests.reference.refit import refit as refit_twin

pytestmark = pytest.mark.isa

# Objectives, and targets that they take.
OBJECTIVES: list[tuple[str, Any]] = [
    ("squared_error", lambda y: y),
    ("absolute_error", lambda y: y),
    ("quantile", lambda y: y),
    ("huber", lambda y: y),
    ("poisson", lambda y: np.floor(np.exp(2 * y))),
    ("gamma", np.exp),
    ("tweedie", lambda y: np.floor(np.exp(2 * y))),
    ("binary_log_loss", lambda y: (y > 0).astype(float)),
]


def penalties() -> st.SearchStrategy[dict[str, float]]:
    return st.fixed_dictionaries(
        {
            "l1_regularization": st.sampled_from([0.0, 1e-300, 0.1, 2.0, 50.0, 1e300]),
            "min_split_gain": st.sampled_from([0.0, 1e-300, 0.5, 20.0, 1e300]),
            "min_child_weight": st.sampled_from([0.0, 1e-3, 1.7, 1e300]),
        }
    )


# Trees of the twin -----------------------------------------------------------------------------------


@given(data=st.data(), X=matrices(), params=tree_params(), limits=penalties())
def test_a_tree_of_hostile_data_equals_the_twin(
    data: st.DataObject, X: Floats, params: dict[str, Any], limits: dict[str, float]
) -> None:
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    signs = data.draw(st.none() | st.lists(st.sampled_from([-1, 0, 1]), min_size=X.shape[1], max_size=X.shape[1]))
    engine, twin = train_both(X, y, weights, **params, **limits, monotonic_cst=signs or [0] * X.shape[1])
    assert_same_trees(engine.model(), twin)


@given(seed=st.integers(0, 2**32 - 1), params=tree_params(), limits=penalties(), onehot=st.sampled_from([0, 9]))
def test_trees_with_categories_equal_the_twin(
    seed: int, params: dict[str, Any], limits: dict[str, float], onehot: int
) -> None:
    X, y = make_data(70, 3, seed=seed)
    X[:, 1] = np.floor(np.abs(X[:, 1]) * 3)
    category = {"categories": {1: 9}, "cat_l2": 2.0, "cat_smooth": 1.0, "max_cat_to_onehot": onehot}
    engine, twin = train_both(X, y, n_iterations=2, **params, **limits, **category)
    assert_same_trees(engine.model(), twin)


@pytest.mark.parametrize(("objective", "target"), OBJECTIVES, ids=case_id)
@pytest.mark.parametrize("limits", [{"l1_regularization": 3.0}, {"min_split_gain": 12.0}, {"min_child_weight": 12.0}])
def test_every_loss_equals_the_twin(objective: str, target: Any, limits: dict[str, float]) -> None:
    X, y = make_data(151, 3, seed=5)
    engine, twin = train_both(X, target(y), objective=objective, n_iterations=3, max_leaf_nodes=25, **limits)
    assert_same_trees(engine.model(), twin, rtol=1e-9)
    plain = train(X, target(y), objective=objective, n_iterations=3, max_leaf_nodes=25).model()
    with pytest.raises(AssertionError):
        assert_same_arrays(engine.model().to_arrays(), plain.to_arrays())


@given(data=st.data(), X=matrices(), params=tree_params(), l1=st.sampled_from([0.1, 2.0, 1e300]))
def test_refit_gives_the_values_of_the_twin(data: st.DataObject, X: Floats, params: dict[str, Any], l1: float) -> None:
    y, other_y = data.draw(targets(len(X), 1e100)), data.draw(targets(len(X), 1e100))
    weights = data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, **params)
    leaf_options = {name: params[name] for name in ("learning_rate", "l2_regularization")} | {"l1_regularization": l1}
    found = _core.refit(engine.model(), X, other_y, weights, decay=0.0, objective="squared_error", **leaf_options)
    refit_twin(twin, X, other_y, weights, TreeParams(**leaf_options))
    assert_same_trees(found, twin)


# Cases by hand ---------------------------------------------------------------------------------------

FOUR = np.array([[1.0], [2.0], [3.0], [4.0]])


def test_l1_takes_a_constant_off_every_sum_of_gradients() -> None:
    # baseline 3; g = 3, 3, -1, -5; left 6 - 2 over 2 rows, right -6 + 2, parent nothing
    (tree,) = trees_of(
        train(FOUR, np.array([0.0, 0.0, 4.0, 8.0]), l1_regularization=2.0, max_leaf_nodes=2, learning_rate=1.0)
        .model()
        .to_arrays()
    )
    assert tree.nodes["gain"].tolist() == [16.0]
    assert tree.leaf_value.tolist() == [-2.0, 2.0]


def test_leaves_whose_gradients_l1_swallows_are_zero() -> None:
    y = np.array([0.0, 0.0, 4.0, 8.0])
    assert train(FOUR, y, l1_regularization=6.0).model().n_leaves == 1
    model = train(FOUR, y, max_leaf_nodes=2).model()
    refitted = _core.refit(model, FOUR, y, None, decay=0.0, objective="squared_error", l1_regularization=6.0)
    assert refitted.to_arrays()["leaf_value"].tolist() == [[0.0], [0.0]]


def test_l1_does_not_touch_exact_quantiles_of_leaves() -> None:
    y = np.array([0.0, 0.0, 40.0, 80.0])
    arrays = [
        train(FOUR, y, objective="absolute_error", max_leaf_nodes=2, l1_regularization=l1).model().to_arrays()
        for l1 in (0.0, 0.5)
    ]
    np.testing.assert_array_equal(arrays[0]["leaf_value"], arrays[1]["leaf_value"])
    assert arrays[0]["gain"][0] == 4.0  # signs of gradients: 4 / 2 + 4 / 2, or with 2 - 1/2
    assert arrays[1]["gain"][0] == 2.25


@pytest.mark.parametrize(("min_split_gain", "n_leaves"), [(36.0, 2), (36.000001, 1), (1e300, 1), (8.0, 3), (8.1, 2)])
def test_a_split_gains_at_least_min_split_gain(min_split_gain: float, n_leaves: int) -> None:
    # 36 / 2 + 36 / 2, then 1 + 25 - 36 / 2
    y = np.array([0.0, 0.0, 4.0, 8.0])
    assert train(FOUR, y, min_split_gain=min_split_gain).model().n_leaves == n_leaves


def test_min_split_gain_is_in_the_units_of_targets_and_weights() -> None:
    y, weights = np.array([0.0, 0.0, 4.0, 8.0]), np.full(4, 0.25)
    for size in (1.0, 2.0**40, 2.0**-40):
        gain = 9.0 * size**2
        assert train(FOUR, size * y, weights, min_split_gain=gain).model().n_leaves == 2
        assert train(FOUR, size * y, weights, min_split_gain=1.001 * gain).model().n_leaves == 1


@pytest.mark.parametrize(("min_child_weight", "n_leaves"), [(0.0, 4), (1.0, 4), (1.01, 2), (2.0, 2), (2.01, 1)])
def test_a_child_needs_min_child_weight(min_child_weight: float, n_leaves: int) -> None:
    y = np.array([0.0, 1.0, 5.0, 7.0])
    assert train(FOUR, y, min_child_weight=min_child_weight).model().n_leaves == n_leaves
    weights = np.full(4, 0.125)
    assert train(FOUR, y, weights, min_child_weight=min_child_weight / 8).model().n_leaves == n_leaves


def test_rows_without_hessian_make_no_child_of_their_own() -> None:
    # Means of e^-700 and e^700: the hessians of the first two rows vanish beside those of the others.
    y, init_score = np.array([1.0, 3.0, 1e300, 1.2e300]), np.array([[-700.0], [-700.0], [690.0], [690.0]])
    params: dict[str, Any] = {"objective": "poisson", "init_score": init_score, "min_child_weight": 0.0}
    engine, twin = train_both(FOUR, y, **params)
    assert_same_trees(engine.model(), twin, rtol=1e-9)
    assert np.isfinite(engine.model().to_arrays()["leaf_value"]).all()


# What the defaults are, and what is refused ----------------------------------------------------------


def test_defaults_restrain_as_little_as_ever() -> None:
    X, y = make_data(300, 3)
    nothing = {"l1_regularization": 0.0, "min_split_gain": 0.0, "min_child_weight": 1e-3}
    expected = train(X, y, n_iterations=3).model().to_arrays()
    assert_same_arrays(train(X, y, n_iterations=3, **nothing).model().to_arrays(), expected)


@pytest.mark.parametrize("name", ["l1_regularization", "min_split_gain", "min_child_weight"])
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_a_value_out_of_range_is_refused(name: str, value: float) -> None:
    X, y = make_data(30, 2)
    with pytest.raises(ValueError, match=f"{name} must be non-negative and finite, got"):
        train(X, y, **{name: value})
