"""Constraints in the engine: the twin's trees, values in order, features of a path in one group, the same bits."""

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
    Floats,
    Tree,
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

# Objective and parameters, and the targets it takes.
OBJECTIVES: list[tuple[dict[str, Any], Any]] = [
    ({"objective": "squared_error"}, lambda y: y),
    ({"objective": "absolute_error"}, lambda y: 100 * y),
    ({"objective": "quantile", "quantile": 0.3}, lambda y: 100 * y),
    ({"objective": "huber", "quantile": 0.8}, lambda y: y),
    ({"objective": "poisson"}, lambda y: np.floor(np.exp(2 * y))),
    ({"objective": "gamma"}, lambda y: np.exp(3 * y)),
    ({"objective": "tweedie", "power": 1.4}, lambda y: np.floor(np.exp(2 * y))),
    ({"objective": "binary_log_loss"}, lambda y: (y > 0).astype(float)),
]
over_objectives = pytest.mark.parametrize(("options", "target"), OBJECTIVES, ids=case_id)


def weights_of(kind: str, n_rows: int) -> Floats | None:
    rng = np.random.default_rng(n_rows)
    return {
        "one": None,
        "frequencies": rng.integers(1, 4, size=n_rows).astype(float),
        "factors": rng.uniform(0.5, 2.0, size=n_rows),
    }[kind]


def constraints(n_features: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw signs, or groups, or both, and a share of features."""
    signs = st.lists(st.sampled_from([-1, 0, 1]), min_size=n_features, max_size=n_features)
    groups = st.lists(st.lists(st.integers(0, n_features - 1), max_size=3), max_size=4)
    return st.fixed_dictionaries(
        {"monotonic_cst": signs},
        optional={"interaction_cst": groups, "max_features": st.sampled_from([0.3, 0.7]), "seed": st.integers(0, 9)},
    ) | st.fixed_dictionaries({"monotonic_cst": signs, "max_path_features": st.sampled_from([1, 2])})


# Trees of the twin -----------------------------------------------------------------------------------


@pytest.mark.isa
@given(data=st.data(), X=matrices(), params=tree_params())
def test_a_tree_of_hostile_data_equals_the_twin(data: st.DataObject, X: Floats, params: dict[str, Any]) -> None:
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, **params, **data.draw(constraints(X.shape[1])))
    assert_same_trees(engine.model(), twin)


@pytest.mark.isa
@given(data=st.data(), seed=st.integers(0, 2**32 - 1), params=tree_params(), n_values=st.sampled_from([3, 10, None]))
def test_trees_of_ordinary_data_equal_the_twin(
    data: st.DataObject, seed: int, params: dict[str, Any], n_values: int | None
) -> None:
    X, y = make_data(70, 4, seed=seed, missing=0.2, n_values=n_values)
    weights = weights_of(data.draw(st.sampled_from(["one", "frequencies", "factors"])), 70)
    options, _ = data.draw(st.sampled_from(OBJECTIVES[:4]))
    engine, twin = train_both(X, y, weights, n_iterations=2, **params, **options, **data.draw(constraints(4)))
    assert_same_trees(engine.model(), twin)


@given(data=st.data(), seed=st.integers(0, 2**32 - 1), params=tree_params(), max_cat_to_onehot=st.sampled_from([0, 9]))
def test_trees_with_categorical_features_equal_the_twin(
    data: st.DataObject, seed: int, params: dict[str, Any], max_cat_to_onehot: int
) -> None:
    X, y = make_data(70, 3, seed=seed, missing=0.1)
    X[:, 1] = np.floor(np.abs(X[:, 1]) * 3)
    limits = data.draw(constraints(3))
    limits["monotonic_cst"][1] = 0
    category = {"categories": {1: 9}, "cat_l2": 2.0, "max_cat_to_onehot": max_cat_to_onehot}
    engine, twin = train_both(X, y, n_iterations=2, **params, **limits, **category)
    assert_same_trees(engine.model(), twin)


@pytest.mark.parametrize("n_rows", [1000, 5000])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_tree_of_many_rows_equals_the_twin(n_rows: int, weighted: bool) -> None:
    X, y = make_data(n_rows, 3, seed=n_rows)
    weights = np.random.default_rng(0).uniform(0.1, 2.0, size=n_rows) if weighted else None
    engine, twin = train_both(X, y, weights, max_leaf_nodes=12, min_samples_leaf=20, monotonic_cst=[1, 0, -1])
    assert_same_trees(engine.model(), twin)


@over_objectives
def test_losses_of_curved_steps_equal_the_twin(options: dict[str, Any], target: Any) -> None:
    X, y = make_data(200, 3, seed=1)
    limits = {"monotonic_cst": [1, 0, -1], "max_leaf_nodes": 9, "learning_rate": 0.5}
    engine, twin = train_both(X, target(y), n_iterations=2, **options, **limits)
    assert_same_trees(engine.model(), twin, rtol=1e-9)


@given(data=st.data(), X=matrices(max_rows=24), params=tree_params(), decay=st.sampled_from([0.0, 0.25, 1.0]))
def test_refit_gives_the_values_of_the_twin(
    data: st.DataObject, X: Floats, params: dict[str, Any], decay: float
) -> None:
    options, _ = data.draw(st.sampled_from(OBJECTIVES[:4]))
    y, weights = data.draw(targets(len(X), 1e100)), data.draw(sample_weights(len(X)))
    grown = data.draw(constraints(X.shape[1]))
    engine, twin = train_both(X, y, weights, n_iterations=2, **params, **options, **grown)
    others = np.resize(data.draw(matrices(max_rows=24)), (data.draw(st.integers(1, 30)), X.shape[1]))
    other_y, other_weights = data.draw(targets(len(others), 1e100)), data.draw(sample_weights(len(others)))
    signs = data.draw(constraints(X.shape[1]))["monotonic_cst"]
    leaf_options = {name: params[name] for name in ("learning_rate", "l2_regularization")}
    found = _core.refit(
        engine.model(), others, other_y, other_weights, decay=decay, monotonic_cst=signs, **options, **leaf_options
    )
    refit_twin(twin, others, other_y, other_weights, TreeParams(**leaf_options, monotonic_cst=signs), decay)
    assert_same_trees(found, twin)


# Order -----------------------------------------------------------------------------------------------


def assert_monotone(model: _core.TreeModel, X: Floats, signs: list[int]) -> None:
    """Assert that scores follow the signs, to the last bit, from any row on."""
    for f, sign in enumerate(signs):
        if sign == 0:
            continue
        values = np.unique(np.concatenate([X[:, f][np.isfinite(X[:, f])], [-1e300, 0.3, 1e300]]))
        grid = np.repeat(X, len(values), axis=0)
        grid[:, f] = np.tile(values, len(X))
        raw = model.predict_raw(grid)[:, 0].reshape(len(X), -1)
        assert (sign * np.diff(raw, axis=1) >= 0).all()


@over_objectives
@pytest.mark.parametrize("weights", ["one", "frequencies", "factors"])
@pytest.mark.parametrize("limits", [{}, {"max_depth": 3}, {"l2_regularization": 5.0}, {"max_features": 0.5}], ids=str)
def test_scores_follow_the_signs(options: dict[str, Any], target: Any, weights: str, limits: dict[str, Any]) -> None:
    signs = [1, -1, 0, -1]
    X, y = make_data(400, 4, seed=3)
    y = target(y)
    params = {"n_iterations": 10, "max_leaf_nodes": 20, "learning_rate": 0.4, **options, **limits}
    model = train(X, y, weights_of(weights, 400), monotonic_cst=signs, **params).model()
    assert_monotone(model, X[:40], signs)
    unconstrained = train(X, y, weights_of(weights, 400), **params).model()
    with pytest.raises(AssertionError):
        assert_monotone(unconstrained, X[:40], signs)
    others, other_y = make_data(60, 4, seed=4)
    for decay in (0.0, 0.3):
        leaf_options = {"learning_rate": 0.4, "l2_regularization": limits.get("l2_regularization", 0.0)}
        refitted = _core.refit(
            model, others, target(-other_y), None, decay=decay, monotonic_cst=signs, **options, **leaf_options
        )
        assert_monotone(refitted, X[:40], signs)


def test_signs_that_the_data_follow_change_little() -> None:
    X, _ = make_data(2000, 3, missing=0.0)
    y = X[:, 0] - 2 * X[:, 1] + np.sin(3 * X[:, 2])
    params: dict[str, Any] = {"n_iterations": 50, "max_leaf_nodes": 16}
    for options, _ in OBJECTIVES[:4]:
        free, bound = (train(X, y, monotonic_cst=signs, **params, **options) for signs in ([0, 0, 0], [1, -1, 0]))
        assert bound.train_loss() < 1.1 * free.train_loss() + 0.01


def test_zeros_are_no_constraints() -> None:
    X, y = make_data(300, 3)
    expected = train(X, y, n_iterations=3).model().to_arrays()
    nothing: dict[str, Any] = {"monotonic_cst": [0, 0, 0], "interaction_cst": [[0, 1, 2]], "max_path_features": 0}
    assert_same_arrays(train(X, y, n_iterations=3, **nothing).model().to_arrays(), expected)


def test_missing_values_may_score_whatever_they_do() -> None:
    x = np.repeat([np.nan, *range(9)], 10)
    y = np.where(np.isnan(x), 4.2, x)
    for signs in ([1], [-1]):
        model = train(x[:, None], y * signs[0], n_iterations=60, learning_rate=0.3, monotonic_cst=signs).model()
        np.testing.assert_allclose(model.predict_raw(x[:, None])[:, 0], y * signs[0], atol=1e-3)


# Paths -----------------------------------------------------------------------------------------------


def paths(tree: Tree, child: int, used: frozenset[int] = frozenset()) -> Iterator[frozenset[int]]:
    """The features on the way to each leaf."""
    if child < 0:
        yield used
        return
    for side in ("left", "right"):
        yield from paths(tree, int(tree.nodes[side][child]), used | {int(tree.nodes["feature"][child])})


@pytest.mark.parametrize("max_features", [1.0, 0.4])
@pytest.mark.parametrize(
    "groups",
    [[[0, 1], [1, 2]], [[0], [1, 2, 3]], [[0, 1, 2, 3]], [[]], [[4, 0], [0, 1], [1, 4]], [[i] for i in range(5)]],
    ids=str,
)
def test_features_of_a_path_lie_in_one_group(groups: list[list[int]], max_features: float) -> None:
    X, _ = make_data(800, 5, missing=0.02)
    y = np.nan_to_num(X).sum(axis=1) + np.nan_to_num(X[:, 1] * X[:, 2] + X[:, 0] * X[:, 4])
    model = train(X, y, n_iterations=5, max_leaf_nodes=20, max_features=max_features, interaction_cst=groups).model()
    rest = set(range(5)).difference(*groups)
    found = {path for tree in trees_of(model.to_arrays()) for path in paths(tree, tree.root)}
    assert all(any(path <= set(group) for group in [*groups, rest]) for path in found)
    largest = max(len(group) for group in [*groups, rest])
    assert max(len(path) for path in found) == largest


@pytest.mark.parametrize("largest", [1, 2])
def test_groups_of_a_size_are_its_number(largest: int) -> None:
    X, y = make_data(300, 4)
    params: dict[str, Any] = {"n_iterations": 4, "max_leaf_nodes": 12, "max_features": 0.6}
    groups = [list(group) for group in itertools.combinations(range(4), largest)]
    found = [
        train(X, y, **params, **limits).model().to_arrays()
        for limits in ({"interaction_cst": groups}, {"max_path_features": largest})
    ]
    assert_same_arrays(*found)


# Bits, and what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("options", [OBJECTIVES[0][0], OBJECTIVES[1][0], OBJECTIVES[7][0]], ids=str)
@pytest.mark.parametrize("n_rows", [900, 70_000])
def test_bits_do_not_depend_on_threads_or_simd_level(options: dict[str, Any], n_rows: int) -> None:
    X, y = make_data(n_rows, 5, missing=0.05)
    y = (y > 0).astype(float) if options["objective"] == "binary_log_loss" else y
    limits = {"monotonic_cst": [1, -1, 0, 0, 1], "interaction_cst": [[0, 1, 2], [2, 3]], "max_leaf_nodes": 20}
    level = _core.simd_level()
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    try:
        found = []
        for name in _core.simd_levels():
            _core.set_simd_level(name)
            found += [train(X, y, n_iterations=2, n_threads=n, **options, **limits).model() for n in (1, 3)]
    finally:
        testing.set_serial_cutoff(testing.default_serial_cutoff)
        testing.set_core_cap(0)
        _core.set_simd_level(level)
    for model in found[1:]:
        assert_same_arrays(model.to_arrays(), found[0].to_arrays())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"monotonic_cst": [1]}, ValueError, "monotonic_cst must have an element for each of 2 features, got 1"),
        ({"monotonic_cst": [2, 0]}, ValueError, "monotonic_cst must consist of -1, 0 and 1, got 2"),
        ({"monotonic_cst": "ab"}, TypeError, "wrong type for monotonic_cst"),
        ({"monotonic_cst": [1, 0], "n_categories": np.array([3, 0])}, ValueError, "must be 0 for categorical features"),
        ({"monotonic_cst": [1, 0], "objective": "multiclass_log_loss", "n_classes": 3}, ValueError, "of one output"),
        ({"interaction_cst": [[0, 2]]}, ValueError, "interaction_cst must name features below 2, got 2"),
        ({"interaction_cst": [[-1]]}, TypeError, "wrong type for interaction_cst"),
        ({"max_path_features": -1}, TypeError, "wrong type for max_path_features"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    X, y = np.zeros((4, 2)), np.array([0.0, 1.0, 2.0, 1.0])
    with pytest.raises(error, match=message):
        train(X, y, **arguments)
    if set(arguments) == {"monotonic_cst"}:
        with pytest.raises(error, match=message):
            _core.refit(train(X, y).model(), X, y, None, objective="squared_error", decay=0.0, **arguments)
