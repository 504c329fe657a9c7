"""Extremely randomised trees: the twin's trees, candidates drawn uniformly, the same bits."""

from __future__ import annotations

import math
from collections import Counter
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
    make_data,
    matrices,
    sample_weights,
    targets,
    train,
    train_both,
    tree_params,
)
from tests.reference.philox import draw_below

pytestmark = pytest.mark.isa


SEEDS = st.sampled_from([0, 1, 2**32 + 7, 2**64 - 1])


# Trees of the twin -----------------------------------------------------------------------------------


@given(data=st.data(), X=matrices(), params=tree_params(), seed=SEEDS)
def test_a_tree_of_hostile_data_equals_the_twin(
    data: st.DataObject, X: Floats, params: dict[str, Any], seed: int
) -> None:
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, extra_trees=True, seed=seed, **params)
    assert_same_trees(engine.model(), twin)


@given(data=st.data(), params=tree_params(), seed=SEEDS, n_values=st.sampled_from([3, 10, None]))
def test_trees_under_constraints_equal_the_twin(
    data: st.DataObject, params: dict[str, Any], seed: int, n_values: int | None
) -> None:
    X, y = make_data(80, 4, seed=data.draw(st.integers(0, 999)), missing=0.2, n_values=n_values)
    limits = {"monotonic_cst": [1, 0, 0, -1], "interaction_cst": [[0, 1], [1, 2, 3]], "max_features": 0.7}
    penalties = {"l1_regularization": data.draw(st.sampled_from([0.0, 0.4])), "min_split_gain": 0.1}
    engine, twin = train_both(X, y, n_iterations=3, extra_trees=True, seed=seed, **params, **limits, **penalties)
    assert_same_trees(engine.model(), twin)


@given(
    seed=SEEDS,
    params=tree_params(),
    n_categories=st.sampled_from([3, 9, 400]),
    onehot=st.sampled_from([0, 4]),
    cost=st.sampled_from([0.0, 0.2]),
)
def test_trees_with_categories_equal_the_twin(
    seed: int, params: dict[str, Any], n_categories: int, onehot: int, cost: float
) -> None:
    X, y = make_data(80, 3, seed=seed % 1000)
    X[:, 1] = np.floor(np.abs(X[:, 1]) * n_categories / 3)
    category: dict[str, Any] = {"categories": {1: n_categories}, "cat_l2": 2.0, "cat_smooth": 1.0, "cat_cost": cost}
    engine, twin = train_both(
        X, y, n_iterations=3, extra_trees=True, seed=seed, max_cat_to_onehot=onehot, **params, **category
    )
    assert_same_trees(engine.model(), twin, rtol=1e-12 if cost else 0.0)  # prices are logarithms


@pytest.mark.parametrize("n_rows", [1000, 5000])
def test_a_tree_of_many_rows_equals_the_twin(n_rows: int) -> None:
    X, y = make_data(n_rows, 3, seed=n_rows)
    engine, twin = train_both(X, y, max_leaf_nodes=12, min_samples_leaf=20, extra_trees=True, seed=5)
    assert_same_trees(engine.model(), twin)


# Draws -----------------------------------------------------------------------------------------------


def thresholds(X: Floats, y: Floats, n_seeds: int, **params: Any) -> Counter[float]:
    """How often each threshold splits the root, over seeds."""
    found = (train(X, y, extra_trees=True, seed=seed, max_leaf_nodes=2, **params).model() for seed in range(n_seeds))
    return Counter(float(model.to_arrays()["threshold"][0]) for model in found)


def test_sixty_four_bits_draw_each_number_alike() -> None:
    assert [draw_below(bits, 3) for bits in (0, 2**64 // 3, 2**64 // 3 + 1, 2**64 - 1)] == [0, 0, 1, 2]
    assert draw_below(2**64 - 1, 1) == 0


def test_each_threshold_is_drawn_alike() -> None:
    counts = thresholds(np.arange(11.0)[:, None], np.arange(11.0), 1000)
    assert sorted(counts) == [0.5 + i for i in range(10)]
    # 1000 draws of ten: a standard deviation is 9.5
    assert all(abs(count - 100) < 40 for count in counts.values())


def test_only_bins_with_rows_that_leave_enough_are_drawn() -> None:
    X = np.repeat([0.0, 1.0, 5.0, 6.0, 7.0], 3)[:, None]
    y = X[:, 0] ** 2
    # A node of the right half has no rows in the first bins, and three rows on either side ask for one bin less each.
    counts = thresholds(X, y, 400, min_samples_leaf=5)
    assert sorted(counts) == [3.0, 5.5]
    assert all(count > 150 for count in counts.values())


def test_missing_values_still_choose_their_side() -> None:
    X = np.array([0.0, 1.0, 2.0, 3.0, np.nan, np.nan])[:, None]
    y = np.array([0.0, 0.0, 9.0, 9.0, 9.0, 9.0])
    for seed in range(40):
        found = train(X, y, extra_trees=True, seed=seed, max_leaf_nodes=2).model().to_arrays()
        # Between 0 and 1, 1 and 2, 2 and 3 they are like the larger values; against them stands the rest.
        assert found["missing_left"][0] == 0


def test_values_against_missing_are_a_candidate_too() -> None:
    X = np.array([0.0, 1.0, np.nan, np.nan])[:, None]
    counts = thresholds(X, np.array([0.0, 3.0, 9.0, 9.0]), 300)
    assert sorted(counts) == [0.5, math.inf]
    assert all(count > 110 for count in counts.values())


def test_features_nodes_and_trees_draw_for_themselves() -> None:
    X = np.tile(np.arange(1000.0)[:, None], (1, 3))
    # Equal columns: the best of three draws is a third one only if they differ.
    model = train(X, np.arange(1000.0), n_iterations=30, max_leaf_nodes=2, extra_trees=True).model().to_arrays()
    assert set(model["feature"]) == {0, 1, 2}
    assert len(set(model["threshold"])) > 25


def test_gain_of_a_drawn_split_is_at_most_that_of_the_best() -> None:
    X, y = make_data(300, 3)
    drawn, best = (train(X, y, max_leaf_nodes=2, extra_trees=extra).model().to_arrays() for extra in (True, False))
    assert 0.0 < drawn["gain"][0] < best["gain"][0]


def test_a_single_candidate_is_the_one_that_is_drawn() -> None:
    X, y = (np.random.default_rng(0).random((200, 4)) < 0.5).astype(float), np.random.default_rng(1).normal(size=200)
    drawn, best = (
        train(X, y, n_iterations=3, max_leaf_nodes=8, extra_trees=extra).model().to_arrays() for extra in (True, False)
    )
    assert_same_arrays(drawn, best)


@pytest.mark.parametrize("n_rows", [900, 70_000])
def test_bits_do_not_depend_on_threads_or_simd_level(n_rows: int, many_threads: None) -> None:
    X, y = make_data(n_rows, 12, missing=0.05)
    level, found = _core.simd_level(), []
    try:
        for name in _core.simd_levels():
            _core.set_simd_level(name)
            found += [
                train(X, y, n_iterations=2, n_threads=n, extra_trees=True, max_leaf_nodes=12).model()
                for n in (1, 2, 3, 5)
            ]
    finally:
        _core.set_simd_level(level)
    for model in found[1:]:
        assert_same_arrays(model.to_arrays(), found[0].to_arrays())
