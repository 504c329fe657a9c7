"""The twin itself, against cases worked out by hand."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from tests.reference.binning import bin_columns, bin_edges, midpoint, row_weights
from tests.reference.boosting import boost
from tests.reference.columns import level_features, split_features, tree_features
from tests.reference.exact import FixedPoint, largest_exponent, order_free_sum, weighted_mean
from tests.reference.objectives import make_objective
from tests.reference.philox import philox4x32
from tests.reference.quantiles import weighted_quantile
from tests.reference.quantisation import quantise
from tests.reference.splits import Split
from tests.reference.trees import Node

NAN = math.nan


def only_tree(X: list[list[float]], y: list[float], **params: Any) -> Node:
    return boost(np.array(X), np.array(y), n_iterations=1, **params).trees[0][0]


def test_fixed_point_integers_of_three_quarters() -> None:
    grid = FixedPoint.for_values([0.75], total_count=1)
    assert grid == FixedPoint(exponent=0, shift=60)
    assert grid.integers(0.75) == (3 * 2**58, 0)


def test_fixed_point_low_part_holds_what_the_high_part_rounds_off() -> None:
    grid = FixedPoint.for_values([0.5, 2.0**-61], total_count=3)
    assert grid.shift == 59
    assert grid.integers(2.0**-61) == (0, 2**57)


def test_order_free_sum_keeps_what_float_addition_loses() -> None:
    assert (1.0 + 2.0**-60) - 1.0 == 0.0
    assert order_free_sum([1.0, 2.0**-60, -1.0], [1, 1, 1]) == 2.0**-60


def test_order_free_sum_multiplies_by_counts_and_ignores_order() -> None:
    assert order_free_sum([0.1, 0.2], [3, 2]) == order_free_sum([0.2, 0.1, 0.1, 0.2, 0.1], [1] * 5)


def test_order_free_sum_of_zeros_and_denormals() -> None:
    assert order_free_sum([0.0, -0.0], [1, 5]) == 0.0
    assert order_free_sum([5e-324, 5e-324], [1, 2]) == 1.5e-323


def test_weighted_mean_does_not_overflow() -> None:
    assert weighted_mean([1.5e308, 1.5e308, 1.5e308], [1, 1, 2], [1.0, 1.0, 1.0]) == 1.5e308
    assert weighted_mean([1.0, 4.0], [1, 1], [2.0, 1.0]) == 2.0
    assert not math.isfinite(weighted_mean([1.0, math.inf], [1, 1], [1.0, 1.0]))


@pytest.mark.parametrize(
    ("values", "masses", "q", "expected"),
    [
        ([3.0, 1.0, 2.0], [1, 1, 1], 0.5, 2.0),  # T = 1.5: C is 1, 2
        ([4.0, 1.0, 2.0, 9.0], [1, 1, 1, 1], 0.5, 3.0),  # T = 2 = C at 2.0
        ([1.0, 2.0, 2.0, 3.0], [1, 1, 1, 1], 0.5, 2.0),  # C is 1, 3: equal values are one
        ([1.0, 2.0, 3.0], [1, 1, 2], 0.5, 2.5),  # like 1, 2, 3, 3
        ([1.0, 2.0, 3.0], [1, 1, 3], 0.5, 3.0),
        ([1.0, 2.0, 3.0], [2**51, 2**50, 2**50], 0.75, 2.5),
        ([5.0, 1.0, 7.0], [1, 1, 1], 0.0, 1.0),  # T = 0 < C
        ([5.0, 1.0, 7.0], [1, 1, 1], 1.0, 7.0),  # T = C, but no larger value
        ([0.0, -0.0, 6.0], [1, 1, 2], 0.5, 3.0),
        ([1.5e308, 1.7e308], [1, 1], 0.5, 1.6e308),
    ],
)
def test_weighted_quantile(values: list[float], masses: list[int], q: float, expected: float) -> None:
    assert weighted_quantile(values, masses, q) == expected


@pytest.mark.parametrize(("x", "cap", "expected"), [(0.5, 8, 4), (0.51, 8, 3), (1.0, 8, 3), (3.0, 8, 1), (9.0, 8, -1)])
def test_largest_exponent(x: float, cap: int, expected: int) -> None:
    assert largest_exponent(x, cap) == expected


def test_integer_weights_are_frequencies() -> None:
    assert row_weights(np.array([2.0, 1.0]), 2) == ([2, 1], [1.0, 1.0], [2, 1], 0)


def test_other_weights_are_factors_and_integer_masses() -> None:
    # 2 <= 3.0 < 2^2, so the factors are in units of 4; S = 2 * 0.75 < 2^1, so the masses are in units of 2^-51.
    expected = ([1, 1], [0.125, 0.75], [2**48, 3 * 2**49], 2)
    assert row_weights(np.array([0.5, 3.0]), 2) == expected


def test_a_tiny_weight_keeps_a_mass_of_one() -> None:
    assert row_weights(np.array([1e-300, 1.5]), 2).bin_weights[0] == 1


def test_weights_too_large_to_count_are_factors() -> None:
    assert row_weights(np.array([2.0**31, 1.0]), 2).counts == [1, 1]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 2.0, 1.5),
        (1e308, 1.5e308, 1.25e308),
        (1.0, 1.0 + 2.0**-52, 1.0),
        (5e-324, 1e-323, 5e-324),
        (1.0, math.inf, 1.0),
        (-math.inf, math.inf, -math.inf),
    ],
)
def test_midpoint(a: float, b: float, expected: float) -> None:
    assert midpoint(a, b) == expected


def test_edges_lie_between_distinct_values() -> None:
    assert bin_edges(np.array([2.0, 1.0, 3.0, 2.0, NAN]), [1] * 5, 255) == [1.5, 2.5]


def test_negative_zero_is_zero() -> None:
    assert bin_edges(np.array([-0.0, 0.0, 1.0]), [1] * 3, 255) == [0.5]


def test_greedy_edges_have_equal_mass() -> None:
    # With the twos the first bin is one above its share of two, without them one below: the smaller bin wins.
    assert bin_edges(np.array([1.0, 2.0, 2.0, 3.0]), [1] * 4, 2) == [1.5]
    # (2 * 1 + 1) * 3 < 2 * 6, (2 * 2 + 1) * 3 >= 2 * 6; then (2 * 1 + 1) * 2 < 2 * 4, (2 * 2 + 1) * 2 >= 2 * 4
    assert bin_edges(np.arange(6.0), [1] * 6, 3) == [1.5, 3.5]


def test_a_heavy_value_does_not_eat_the_bins_of_the_others() -> None:
    # (2 * 97 + 1) * 3 >= 2 * 100; then rest = 3 with two bins: (2 * 1 + 1) * 2 >= 2 * 3
    assert bin_edges(np.array([1.0, 2.0, 3.0, 4.0]), [97, 1, 1, 1], 3) == [1.5, 2.5]
    # (2 * 2 + 97) * 3 >= 2 * 100 cuts before it, (2 * 97 + 1) * 2 >= 2 * 98 after it
    assert bin_edges(np.array([1.0, 2.0, 3.0, 4.0]), [1, 1, 97, 1], 3) == [2.5, 3.5]


def test_a_value_on_an_edge_lies_left_of_it() -> None:
    X = np.array([[1.5], [1.6], [-9.0], [9.0], [NAN]])
    assert bin_columns(X, [[1.5, 2.5]]).ravel().tolist() == [0, 1, 0, 2, 255]


def test_baselines() -> None:
    ones = [1.0] * 4
    assert make_objective("squared_error").baseline(np.array([1.0, 2.0, 3.0, 6.0]), [1] * 4, ones) == 3.0
    assert make_objective("binary_log_loss").baseline(np.array([0.0, 1.0]), [1, 3], [1.0, 1.0]) == pytest.approx(
        math.log(3)
    )
    multiclass = make_objective("multiclass_log_loss", 2).baseline(np.array([0.0, 1.0]), [1, 3], [1.0, 1.0])
    assert multiclass == pytest.approx([-math.log(3) / 2, math.log(3) / 2])


@pytest.mark.parametrize(
    ("name", "n_classes"), [("squared_error", 1), ("binary_log_loss", 1), ("multiclass_log_loss", 3)]
)
def test_derivatives_are_those_of_the_loss(name: str, n_classes: int) -> None:
    objective = make_objective(name, n_classes)
    raw = np.random.default_rng(0).normal(size=(5, n_classes))
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    g, h = objective.derivatives(raw, y)
    step = 1e-5
    for k in range(n_classes):
        above, below = raw.copy(), raw.copy()
        above[:, k] += step
        below[:, k] -= step
        slope = (objective.losses(above, y) - objective.losses(below, y)) / (2 * step)
        curvature = (objective.derivatives(above, y)[0] - objective.derivatives(below, y)[0])[:, k] / (2 * step)
        np.testing.assert_allclose(g[:, k], slope, atol=1e-8)
        np.testing.assert_allclose(h[:, k], curvature, atol=1e-8)


def test_quantised_gradients_of_four_rows() -> None:
    # max = 0.5 < 2^0, the mean magnitude 0.5, times 4 rows 2: 2^45 * 2 = 2^46
    g = np.array([0.5, 0.5, -0.5, -0.5])
    result = quantise(g, np.ones(4), [1] * 4, constant_hessian=True)
    assert result.gradient_grid == (0, 45)
    assert result.gradients == [2**44, 2**44, -(2**44), -(2**44)]
    assert result.hessians == [1] * 4
    assert not result.wide


def test_a_lone_gradient_makes_the_tree_wide() -> None:
    # In units of 2^1 the mean is 1/8; 2^47 * (1/8 * 4) = 2^46, but 2^47 is beyond the field. Wide: 61, at most 60.
    result = quantise(np.array([1.0, 0.0, 0.0, 0.0]), np.ones(4), [1] * 4, constant_hessian=True)
    assert result.wide
    assert result.gradient_grid == (1, 60)
    assert result.gradients == [2**59, 0, 0, 0]


def test_a_lone_hessian_makes_both_wide() -> None:
    g = np.array([0.5, -0.5])
    assert not quantise(g, np.array([0.25, 0.25]), [1, 1], constant_hessian=False).wide
    result = quantise(g, np.array([0.25, 0.0]), [1, 1], constant_hessian=False)
    assert result.wide
    assert result.gradient_grid == (0, 60)


def test_zero_gradients_have_a_grid() -> None:
    result = quantise(np.zeros(2), np.ones(2), [1, 1], constant_hessian=True)
    assert (result.gradient_grid, result.gradients, result.wide) == ((0, 0), [0, 0], False)


def test_split_of_four_rows() -> None:
    # baseline 1/2; g = 1/2, 1/2, -1/2, -1/2; gain = 1/2 + 1/2 - 0; leaf = -(0.1 * (+-1 / 2))
    tree = only_tree([[1.0], [2.0], [3.0], [4.0]], [0.0, 0.0, 1.0, 1.0])
    assert tree.split == Split(feature=0, bin=1, missing_left=True, gain=1.0)
    assert (tree.threshold, tree.gain) == (2.5, 1.0)
    assert [(leaf.count, leaf.value) for leaf in tree.leaves()] == [(2, -0.05), (2, 0.05)]


def test_regularisation_shrinks_gain_and_leaves() -> None:
    tree = only_tree([[1.0], [2.0], [3.0], [4.0]], [0.0, 0.0, 1.0, 1.0], l2_regularization=2.0, learning_rate=1.0)
    assert tree.gain == 0.5
    assert [leaf.value for leaf in tree.leaves()] == [-0.25, 0.25]


def test_gain_is_in_the_units_of_the_target() -> None:
    assert only_tree([[1.0], [2.0]], [0.0, 64.0]).gain == 2 * 32.0**2


def test_missing_values_go_where_the_gain_is() -> None:
    X = [[1.0], [2.0], [NAN], [NAN]]
    assert only_tree(X, [0.0, 1.0, 1.0, 1.0]).split == Split(0, 0, False, 0.75)
    assert only_tree(X, [0.0, 1.0, 0.0, 0.0]).split == Split(0, 0, True, 0.75)


def test_values_against_missing() -> None:
    tree = only_tree([[1.0], [1.0], [NAN], [NAN]], [0.0, 0.0, 1.0, 1.0])
    assert tree.split == Split(0, 0, False, 1.0)
    assert tree.threshold == math.inf


def test_without_missing_values_they_go_to_the_larger_child() -> None:
    larger_right = only_tree([[1.0], [2.0], [3.0]], [0.0, 9.0, 9.0])
    assert larger_right.split is not None
    assert not larger_right.split.missing_left


def test_equal_gains_go_to_the_lower_feature_then_the_lower_bin() -> None:
    tree = only_tree([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]], [1.0, 0.0, 1.0], max_leaf_nodes=2)
    assert tree.split is not None
    assert tree.split[:2] == (0, 0)


def test_growth_is_best_first() -> None:
    # The root separates {1, 2} from {3, 4}; the pair further apart is split next.
    X = [[1.0], [2.0], [3.0], [4.0]]
    tree = only_tree(X, [0.0, 1.0, 100.0, 110.0], max_leaf_nodes=3)
    assert [leaf.count for leaf in tree.leaves()] == [2, 1, 1]


def test_limits_stop_the_growth() -> None:
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0.0, 1.0, 100.0, 110.0]
    assert only_tree(X, y, max_leaf_nodes=1).is_leaf
    assert max(leaf.depth for leaf in only_tree(X, y, max_depth=1).leaves()) == 1
    assert [leaf.count for leaf in only_tree(X, y, min_samples_leaf=2).leaves()] == [2, 2]
    assert only_tree(X, y, min_samples_leaf=3).is_leaf


def test_boosting_converges_on_the_training_rows() -> None:
    X, y = np.arange(4.0)[:, None], np.array([3.0, 1.0, 4.0, 1.0])
    model = boost(X, y, n_iterations=20, learning_rate=0.5)
    np.testing.assert_allclose(model.raw[:, 0], y, atol=1e-4)
    np.testing.assert_array_equal(model.predict_raw(X), model.raw)
    assert model.mean_loss(model.raw, y) < 1e-8


def test_philox_known_answers() -> None:
    ones = 2**32 - 1
    assert philox4x32((0, 0, 0, 0), (0, 0)) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    assert philox4x32((ones,) * 4, (ones,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)


@pytest.mark.parametrize("draw", [tree_features, level_features, split_features])
def test_a_share_of_the_features_is_drawn(draw: Any) -> None:
    tables = [[7, i] if draw is tree_features else [7, 0, i] for i in range(200)]  # the seed, then what it is for
    features: Any = 10 if draw is tree_features else list(range(10))
    chosen = [draw(*item, features, 0.39) for item in tables]
    assert {len(drawn) for drawn in chosen} == {3}
    assert {f for drawn in chosen for f in drawn} == set(range(10))
    assert all(drawn == sorted(drawn) for drawn in chosen)
    assert len(draw(*tables[0], features, 0.01)) == 1
    assert draw(*tables[0], features, 1.0) == list(range(10))


def test_draws_for_trees_levels_and_nodes_are_independent() -> None:
    everything = list(range(100))
    drawn = [
        set(tree_features(7, 3, 100, 0.5)),
        set(level_features(7, 3, 0, everything, 0.5)),
        set(level_features(7, 3, 1, everything, 0.5)),
        set(split_features(7, 3, 0, everything, 0.5)),
        set(split_features(7, 3, 1, everything, 0.5)),
    ]
    assert all(10 < len(a & b) < 40 for a, b in itertools.combinations(drawn, 2))
