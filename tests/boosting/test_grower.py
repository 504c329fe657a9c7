"""Growth of one tree: the twin's structure on hostile data, the limits, the order of growth."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from tests.boosting.support import (
    Floats,
    Tree,
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

pytestmark = pytest.mark.isa


def depth(tree: Tree, child: int) -> int:
    if child < 0:
        return 0
    return 1 + max(depth(tree, int(tree.nodes[side][child])) for side in ("left", "right"))


def count(tree: Tree, child: int) -> int:
    return int(tree.leaf_count[~child] if child < 0 else tree.nodes["node_count"][child])


@given(data=st.data(), X=matrices(), params=tree_params())
def test_a_tree_of_hostile_data_equals_the_twin(data: st.DataObject, X: Floats, params: dict[str, Any]) -> None:
    y = data.draw(targets(len(X)))
    engine, twin = train_both(X, y, data.draw(sample_weights(len(X))), **params)
    assert_same_trees(engine.model(), twin)


@given(seed=st.integers(0, 2**32 - 1), params=tree_params(), n_values=st.sampled_from([3, 10, None]))
def test_a_tree_of_ordinary_data_equals_the_twin(seed: int, params: dict[str, Any], n_values: int | None) -> None:
    X, y = make_data(70, 3, seed=seed, missing=0.2, n_values=n_values)
    engine, twin = train_both(X, y, **params)
    assert_same_trees(engine.model(), twin)


@pytest.mark.parametrize("n_rows", [1000, 5000])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_tree_of_many_rows_equals_the_twin(n_rows: int, weighted: bool) -> None:
    X, y = make_data(n_rows, 2, seed=n_rows)
    weights = np.random.default_rng(0).uniform(0.1, 2.0, size=n_rows) if weighted else None
    engine, twin = train_both(X, y, weights, max_leaf_nodes=12, min_samples_leaf=20)
    assert_same_trees(engine.model(), twin)


def test_equal_leaves_are_split_in_the_order_of_their_creation() -> None:
    # Both halves have the same gain; a third leaf goes to the left one.
    X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0.0, 2.0, 100.0, 102.0])
    (tree,) = trees_of(train(X, y, max_leaf_nodes=3).model().to_arrays())
    assert sorted(tree.nodes["threshold"]) == [1.5, 2.5]


@pytest.mark.parametrize("max_leaf_nodes", [2, 3, 17, 64])
def test_max_leaf_nodes_is_reached_and_not_exceeded(max_leaf_nodes: int) -> None:
    X, y = make_data(500, 3)
    assert train(X, y, max_leaf_nodes=max_leaf_nodes).model().n_leaves == max_leaf_nodes


@pytest.mark.parametrize("max_depth", [1, 2, 5])
def test_max_depth_is_reached_and_not_exceeded(max_depth: int) -> None:
    X, y = make_data(500, 3)
    (tree,) = trees_of(train(X, y, max_depth=max_depth).model().to_arrays())
    assert depth(tree, tree.root) == max_depth


@pytest.mark.parametrize("min_samples_leaf", [1, 2, 30])
def test_every_leaf_has_enough_samples(min_samples_leaf: int) -> None:
    X, y = make_data(500, 3)
    (tree,) = trees_of(train(X, y, min_samples_leaf=min_samples_leaf).model().to_arrays())
    assert tree.leaf_count.min() >= min_samples_leaf
    assert tree.leaf_count.sum() == 500


def test_unlimited_growth_separates_distinct_rows() -> None:
    y = np.random.default_rng(0).permutation(200.0 * np.arange(1, 201))
    model = train(np.arange(200.0)[:, None], y, learning_rate=1.0).model()
    assert model.n_leaves == 200


def test_the_count_of_a_node_is_that_of_its_children() -> None:
    X, y = make_data(2000, 3)
    (tree,) = trees_of(train(X, y, max_leaf_nodes=40).model().to_arrays())
    assert tree.nodes["node_count"][0] == 2000
    for left, right, node_count in zip(*(tree.nodes[n] for n in ("left", "right", "node_count")), strict=True):
        assert count(tree, int(left)) + count(tree, int(right)) == node_count


def test_a_deep_chain_of_splits_equals_the_twin() -> None:
    X, y = np.arange(60.0)[:, None], np.ldexp(1.0, np.arange(60))
    engine, twin = train_both(X, y)
    assert_same_trees(engine.model(), twin)
    (tree,) = trees_of(engine.model().to_arrays())
    assert depth(tree, tree.root) >= 14


def test_more_than_one_block_of_rows_keeps_every_row() -> None:
    n_rows = 140_001
    X, y = make_data(n_rows, 2)
    (tree,) = trees_of(train(X, y, max_leaf_nodes=50).model().to_arrays())
    assert tree.leaf_count.sum() == n_rows
