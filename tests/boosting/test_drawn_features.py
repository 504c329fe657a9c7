"""Features drawn for a tree, a level and a node: the twin's trees, what is left out is never asked, the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from tests.boosting.support import (
    Floats,
    Tree,
    assert_same_arrays,
    assert_same_trees,
    make_data,
    matrices,
    sample_weights,
    targets,
    train,
    train_both,
    tree_params,
    trees_of,
)
from tests.reference.columns import level_features, tree_features

pytestmark = pytest.mark.isa


def shares() -> st.SearchStrategy[dict[str, Any]]:
    share = st.sampled_from([1.0, 0.01, 0.3, 0.5, 0.7, 0.99])
    seeds = st.sampled_from([0, 1, 2**32 + 7, 2**64 - 1])
    return st.fixed_dictionaries(
        {"colsample_bytree": share, "colsample_bylevel": share, "max_features": share, "seed": seeds}
    )


def depths(tree: Tree, child: int, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Depth and feature of each node."""
    if child >= 0:
        yield depth, int(tree.nodes["feature"][child])
        for side in ("left", "right"):
            yield from depths(tree, int(tree.nodes[side][child]), depth + 1)


# Trees of the twin -----------------------------------------------------------------------------------


@given(data=st.data(), X=matrices(max_features=6), params=tree_params(), drawn=shares())
def test_a_tree_of_hostile_data_equals_the_twin(
    data: st.DataObject, X: Floats, params: dict[str, Any], drawn: dict[str, Any]
) -> None:
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, **params, **drawn)
    assert_same_trees(engine.model(), twin)


@given(data=st.data(), seed=st.integers(0, 2**32 - 1), params=tree_params(), drawn=shares())
def test_trees_under_constraints_equal_the_twin(
    data: st.DataObject, seed: int, params: dict[str, Any], drawn: dict[str, Any]
) -> None:
    X, y = make_data(80, 5, seed=seed, n_values=10)
    groups = data.draw(st.none() | st.lists(st.lists(st.integers(0, 4), max_size=3), max_size=4))
    limits: dict[str, Any] = {"max_path_features": 2} if groups is None else {"interaction_cst": groups}
    limits["monotonic_cst"] = [1, 0, 0, -1, 0]
    engine, twin = train_both(X, y, n_iterations=3, **params, **drawn, **limits)
    assert_same_trees(engine.model(), twin)


@given(seed=st.integers(0, 2**32 - 1), params=tree_params(), drawn=shares(), n_categories=st.sampled_from([9, 400]))
def test_trees_with_categories_equal_the_twin(
    seed: int, params: dict[str, Any], drawn: dict[str, Any], n_categories: int
) -> None:
    X, y = make_data(80, 4, seed=seed)
    for f in (1, 2):
        X[:, f] = np.floor(np.abs(X[:, f]) * n_categories / 3)
    category = {"categories": {1: n_categories, 2: 9}, "cat_l2": 2.0}
    engine, twin = train_both(X, y, n_iterations=3, **params, **drawn, **category)
    assert_same_trees(engine.model(), twin)


def test_trees_of_several_classes_draw_for_themselves() -> None:
    X, y = make_data(300, 6, seed=3)
    classes = np.digitize(y, [-0.5, 0.5]).astype(float)
    params: dict[str, Any] = {"objective": "multiclass_log_loss", "n_classes": 3, "max_leaf_nodes": 8}
    drawn = {"colsample_bytree": 0.5, "colsample_bylevel": 0.7, "seed": 4}
    engine, twin = train_both(X, classes, n_iterations=2, **params, **drawn)
    assert_same_trees(engine.model(), twin, rtol=1e-9)
    assert len({tuple(tree_features(4, tree, 6, 0.5)) for tree in range(6)}) > 1


# What is left out ------------------------------------------------------------------------------------


# Histograms are packed or wide, by the number of rows and the size of gradients; threads share rows or features, by the
# number of features. 230 features have gaps of every width.
@pytest.mark.parametrize("weights", ["one", "factors", "one outlier"])
@pytest.mark.parametrize(
    ("n_rows", "n_features", "share"),
    [(900, 28, 0.5), (900, 230, 0.8), (900, 600, 0.05), (12_000, 70, 0.3), (12_000, 230, 0.9), (70_000, 28, 0.7)],
)
def test_a_feature_that_is_not_drawn_might_as_well_never_vary(
    n_rows: int, n_features: int, share: float, weights: str, many_threads: None
) -> None:
    X, y = make_data(n_rows, n_features, missing=0.02, n_values=20)
    sample_weight = {
        "one": None,
        "factors": np.random.default_rng(1).uniform(0.5, 2.0, size=n_rows),
        "one outlier": np.where(np.arange(n_rows) == 7, 1e9, 1.5),  # its gradient fits no packed cell
    }[weights]
    y = (y > 0).astype(float)
    params: dict[str, Any] = {"objective": "binary_log_loss", "max_leaf_nodes": 12, "seed": 5}
    drawn = tree_features(5, 0, n_features, share)
    others = np.setdiff1d(np.arange(n_features), drawn)
    constant = X.copy()
    constant[:, others] = 0.0
    expected = train(constant, y, sample_weight, **params).model().to_arrays()
    for n_threads in (1, 3):
        found = train(X, y, sample_weight, colsample_bytree=share, n_threads=n_threads, **params).model().to_arrays()
        assert_same_arrays(found, expected)


def test_nodes_of_a_level_ask_what_the_level_drew() -> None:
    X, _ = make_data(3000, 10, missing=0.0)
    y = X @ np.arange(1.0, 11.0)
    shares = {"colsample_bytree": 0.8, "colsample_bylevel": 0.4, "seed": 2}
    trees = trees_of(train(X, y, n_iterations=5, max_leaf_nodes=40, **shares).model().to_arrays())
    for number, tree in enumerate(trees):
        of_tree = tree_features(2, number, 10, 0.8)
        asked = set(depths(tree, tree.root))
        assert all(f in level_features(2, number, depth, of_tree, 0.4) for depth, f in asked)
        assert len({f for _, f in asked}) > 3


def test_a_node_whose_groups_were_hardly_drawn_still_has_a_feature() -> None:
    X, _ = make_data(2000, 8, missing=0.0)
    y = (X**2).sum(axis=1)
    shares = {"colsample_bytree": 0.3, "colsample_bylevel": 0.1, "max_features": 0.1, "seed": 3}
    groups = [[i] for i in range(8)]
    model = train(X, y, n_iterations=20, max_leaf_nodes=16, interaction_cst=groups, **shares).model()
    assert model.n_leaves == 20 * 16


def test_every_feature_has_its_turn() -> None:
    X, _ = make_data(300, 12, missing=0.0)
    model = train(X, X.sum(axis=1), n_iterations=60, max_leaf_nodes=4, colsample_bytree=0.25).model()
    assert (model.feature_importances() > 0).all()


def test_shares_of_one_change_nothing() -> None:
    X, y = make_data(300, 3)
    everything = {"colsample_bytree": 1.0, "colsample_bylevel": 1.0, "seed": 9}
    expected = train(X, y, n_iterations=3).model().to_arrays()
    assert_same_arrays(train(X, y, n_iterations=3, **everything).model().to_arrays(), expected)


@pytest.mark.parametrize("n_rows", [900, 70_000])
def test_bits_do_not_depend_on_threads_or_simd_level(n_rows: int, many_threads: None) -> None:
    X, y = make_data(n_rows, 40, missing=0.05, n_values=30)
    params = {"colsample_bytree": 0.6, "colsample_bylevel": 0.7, "max_features": 0.8, "max_leaf_nodes": 12}
    level, found = _core.simd_level(), []
    try:
        for name in _core.simd_levels():
            _core.set_simd_level(name)
            found += [train(X, y, n_iterations=2, n_threads=n, **params).model() for n in (1, 2, 3, 5)]
    finally:
        _core.set_simd_level(level)
    for model in found[1:]:
        assert_same_arrays(model.to_arrays(), found[0].to_arrays())


@pytest.mark.parametrize("name", ["colsample_bytree", "colsample_bylevel", "max_features"])
@pytest.mark.parametrize("value", [0.0, -0.5, 1.1, np.nan])
def test_a_share_out_of_range_is_refused(name: str, value: float) -> None:
    X, y = make_data(30, 2)
    with pytest.raises(ValueError, match=rf"{name} must be in \(0, 1\], got"):
        train(X, y, **{name: value})
