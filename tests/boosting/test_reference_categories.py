"""The twin's categorical splits, against cases worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.reference.binning import bin_columns
from tests.reference.boosting import Boosted, boost
from tests.reference.categories import sorted_sets, strangers_missing
from tests.reference.gains import ratio
from tests.reference.splits import Split
from tests.reference.trees import Node

NAN = math.nan


def boost_codes(
    codes: list[float], y: list[float], n_categories: int, weights: list[float] | None = None, **params: Any
) -> Boosted:
    """Boost on one categorical feature; one split and the full step unless told."""
    defaults = {"n_iterations": 1, "max_leaf_nodes": 2, "learning_rate": 1.0, "categories": {0: n_categories}}
    sample_weight = None if weights is None else np.array(weights)
    return boost(np.array(codes)[:, None], np.array(y), sample_weight, **(defaults | params))


def root_of(*args: Any, **params: Any) -> Node:
    return boost_codes(*args, **params).trees[0][0]


def split_of(node: Node) -> tuple[set[int], bool, float]:
    """What goes left, where missing values go, and the gain in true units."""
    assert node.split is not None
    assert node.split.left_categories is not None
    return set(node.split.left_categories), node.split.missing_left, node.gain


def leaves(node: Node) -> list[tuple[int, float]]:
    return [(leaf.count, leaf.value) for leaf in node.leaves()]


# Bins ------------------------------------------------------------------------------------------------


def test_what_is_no_category_is_missing() -> None:
    column = [0.0, -0.0, 2.0, 3.0, -1.0, 0.5, NAN, math.inf, -math.inf, 1e300]
    X = np.column_stack([column, column])
    found = bin_columns(strangers_missing(X, {0: 3}), [[], [1.0]], {0: 3})
    assert found[:, 0].tolist() == [0, 0, 2, 3, 3, 3, 3, 3, 3, 3]
    assert found[:, 1].tolist() == [0, 0, 1, 1, 0, 0, 255, 1, 0, 1]


# One category against the others ---------------------------------------------------------------------


def test_one_hot_puts_one_category_on_the_left() -> None:
    # baseline 1; g = 1, 1, -2, -2, 1, 1; {1}: 16/2 + 16/4, {0} and {2}: 4/2 + 4/4
    tree = root_of([0, 0, 1, 1, 2, 2], [0, 0, 3, 3, 0, 0], 3, max_cat_to_onehot=3)
    assert split_of(tree) == ({1}, False, 12.0)
    assert leaves(tree) == [(2, 2.0), (4, -1.0)]
    # Unlike sets in sorted order, which start with the smallest gradients: baseline 2
    tree = root_of([0, 0, 1, 1, 2, 2], [3, 3, 0, 0, 3, 3], 3, max_cat_to_onehot=3)
    assert split_of(tree) == ({1}, False, 12.0)
    assert leaves(tree) == [(2, -2.0), (4, 1.0)]


def test_max_cat_to_onehot_chooses_between_one_category_and_sets() -> None:
    # g = 2, -2, 2, -2; each alone: 4 + 4/3, a tie; {1, 3}: 16/2 + 16/2
    one_hot = split_of(root_of([0, 1, 2, 3], [0, 4, 0, 4], 4, max_cat_to_onehot=4))
    assert one_hot == ({0}, False, pytest.approx(16 / 3))
    assert split_of(root_of([0, 1, 2, 3], [0, 4, 0, 4], 4, max_cat_to_onehot=3)) == ({1, 3}, True, 16.0)


def test_the_categories_of_the_feature_count_not_those_of_the_node() -> None:
    # Five, of which four have rows; a sixth bin, the missing one, does not count.
    assert split_of(root_of([0, 1, 2, 3], [0, 4, 0, 4], 5, max_cat_to_onehot=4)) == ({1, 3, 4}, True, 16.0)
    # baseline 2, g = 2, -2, 2, -2, 0
    codes = [0, 1, 2, 3, NAN]
    assert split_of(root_of(codes, [0, 4, 0, 4, 2], 4, max_cat_to_onehot=4)) == ({0}, False, pytest.approx(5.0))


# Sets in sorted order --------------------------------------------------------------------------------


@pytest.mark.parametrize(("cat_smooth", "expected"), [(0.0, None), (0.5, None), (1.0, ({1}, True, 54.0))])
def test_smoothing_moves_small_categories_to_the_middle(cat_smooth: float, expected: object) -> None:
    # g = -4; -3, -3, -3; 6.5, 6.5. Smoothed by 0, 1/2, 1: category 0 has -4, -2.67, -2, category 1 -3, -2.57, -2.25.
    # With three rows per child only {1} will do: 81/3 + 81/3.
    codes, y = [0, 1, 1, 1, 2, 2], [4, 3, 3, 3, -6.5, -6.5]
    tree = root_of(codes, y, 3, min_samples_leaf=3, cat_smooth=cat_smooth)
    assert (None if tree.split is None else split_of(tree)) == expected


@pytest.mark.parametrize(("cat_smooth", "expected"), [(0.75, None), (1.5, ({1}, True, 81.0))])
def test_smoothing_is_in_the_units_of_the_weights(cat_smooth: float, expected: object) -> None:
    # As before with G = -6, -13.5 and H = 1.5, 4.5: -6/2.25 < -13.5/5.25, but -6/3 > -13.5/6.
    codes, y = [0, 1, 1, 1, 2, 2], [4, 3, 3, 3, -6.5, -6.5]
    tree = root_of(codes, y, 3, [1.5] * 6, min_samples_leaf=3, cat_smooth=cat_smooth)
    assert (None if tree.split is None else split_of(tree)) == expected


def test_equal_categories_stand_by_number_and_the_first_of_equal_sets_wins() -> None:
    # g = -1, -1, 1, 1 of 3, 0, 1, 2, so the order is 0, 3, 1, 2.
    codes, y = [3, 0, 1, 2], [1, 1, -1, -1]
    assert split_of(root_of(codes, y, 4)) == ({0, 3}, True, 4.0)
    # Equal gains: those that differ by a sign.
    assert split_of(root_of([0, 1, 2], [1, 0, -1], 3)) == ({0}, False, 1.5)
    # The missing bin, 4, is the last of equals.
    assert list(sorted_sets({4: 0.0, 1: -0.0, 3: -1.0, 0: 1.0})) == [[3], [3, 1], [3, 1, 4]]


def test_a_choice_of_categories_costs_what_noise_would_gain_by_it() -> None:
    # g = -3, -3, 2, 2, 2; {0, 1}: 36/2 + 36/3 and ten such choices, all but {4}: 4 + 4/4 and five. D = (12/5)^2 / 1
    codes, y = [0, 1, 2, 3, 4], np.array([3.0, 3.0, -2.0, -2.0, -2.0])
    price = math.pi * 2.4**2 * math.log(10)
    assert split_of(root_of(codes, y, 5, cat_cost=0.5)) == ({0, 1}, False, pytest.approx(30.0 - 0.5 * price))
    assert root_of(codes, y, 5, cat_cost=1.0).is_leaf
    # One of three alone: three choices
    one_hot = root_of([0, 1, 2], [4, -2, -2], 3, cat_cost=0.25, max_cat_to_onehot=3)
    assert split_of(one_hot) == ({0}, False, pytest.approx(24.0 - 0.25 * math.pi * (8 / 3) ** 2 * math.log(3)))
    # Missing values are a category to choose from.
    missing = root_of([0, NAN, 1, 2, 3], y, 4, cat_cost=0.5)
    assert split_of(missing) == ({0}, True, pytest.approx(30.0 - 0.5 * price))


def test_a_child_needs_min_samples_leaf_rows() -> None:
    # g = -8; 1, 1; 3, 3. {0}: 64 + 64/4, {0, 1}: 36/3 + 36/2
    codes, y = [0, 1, 1, 2, 2], [8, -1, -1, -3, -3]
    assert split_of(root_of(codes, y, 3)) == ({0}, False, 80.0)
    assert split_of(root_of(codes, y, 3, min_samples_leaf=2)) == ({0, 1}, True, pytest.approx(30.0))
    assert root_of([*codes, 2], [8, -1, -1, -2, -2, -2], 3, min_samples_leaf=4).is_leaf


def test_one_category_cannot_be_split() -> None:
    assert root_of([1, 1], [0, 1], 3).is_leaf
    assert root_of([1, 1], [0, 1], 3, max_cat_to_onehot=3).is_leaf
    assert root_of([NAN, 7], [0, 1], 0).is_leaf


def test_more_categories_than_a_byte_holds() -> None:
    # g = 1 of even, -1 of odd ones: 150^2/150 + 150^2/150
    codes = list(range(300))
    model = boost_codes(codes, [1.0 if c % 2 else -1.0 for c in codes], 300, max_bins=2)
    assert split_of(model.trees[0][0]) == (set(range(1, 300, 2)), True, 300.0)
    values = model.predict_raw(np.array([[254.0], [255.0], [256.0], [299.0], [300.0], [NAN]]))
    assert values[:, 0].tolist() == [-1.0, 1.0, -1.0, 1.0, 1.0, 1.0]


def test_a_category_without_hessian_stands_at_an_end() -> None:
    assert [ratio(a, 0.0) for a in (-2.0, 2.0, 0.0)] == [-math.inf, math.inf, 0.0]


# Missing values, and categories without rows ---------------------------------------------------------


@pytest.mark.parametrize("max_cat_to_onehot", [0, 2])
def test_missing_values_are_a_category(max_cat_to_onehot: int) -> None:
    # baseline 1; the two rows that differ against the others: 16/2 + 16/4
    codes = [0, 0, 1, 1, NAN, NAN]
    alike = split_of(root_of(codes, [0, 0, 3, 3, 0, 0], 2, max_cat_to_onehot=max_cat_to_onehot))
    assert alike == ({1}, False, 12.0)
    model = boost_codes(codes, [0, 0, 0, 0, 3, 3], 2, max_cat_to_onehot=max_cat_to_onehot)
    assert split_of(model.trees[0][0]) == (set(), True, 12.0)
    values = model.predict_raw(np.array([[0.0], [1.0], [2.0], [-1.0], [0.5], [NAN], [math.inf]]))
    assert values[:, 0].tolist() == [0.0, 0.0, 3.0, 3.0, 3.0, 3.0, 3.0]


def test_missing_values_join_a_set() -> None:
    # baseline 2; g = 2, 2, -1, -1, -1, -1; {1, missing}: 16/4 + 16/2
    assert split_of(root_of([0, 0, 1, 1, NAN, 9], [0, 0, 3, 3, 3, 3], 2)) == ({1}, True, 12.0)


@pytest.mark.parametrize(
    ("codes", "y", "max_cat_to_onehot", "left", "strangers_left"),
    [
        ([0, 1, 2], [6, 0, 0], 0, {0}, False),
        ([0, 1, 2], [6, 0, 0], 4, {0}, False),
        ([0, 1, 2], [6, 6, 0], 0, {0, 1, 3}, True),
        ([0, 1, 2], [6, 6, 0], 4, {2}, False),
        ([0, 1], [6, 0], 0, {0, 2, 3}, True),  # equal: left
        ([0, 0, 1, 2], [6, 6, 0, 0], 4, {0, 3}, True),
    ],
)
def test_what_has_no_rows_goes_to_the_larger_child(
    codes: list[float], y: list[float], max_cat_to_onehot: int, left: set[int], strangers_left: bool
) -> None:
    model = boost_codes(codes, y, 4, max_cat_to_onehot=max_cat_to_onehot)
    tree = model.trees[0][0]
    assert split_of(tree)[:2] == (left, strangers_left)
    values = model.predict_raw(np.array([[3.0], [NAN], [4.0], [-1.0], [1.5]]))[:, 0]
    assert tree.left is not None
    assert tree.right is not None
    larger = tree.left if strangers_left else tree.right
    assert values.tolist() == [model.baseline[0] + larger.value] * 5


def test_what_has_no_rows_in_the_node_goes_to_its_larger_child() -> None:
    # The root separates the twenties, with either feature; the other child has neither category 2 nor missing values.
    X = np.array([[0, 0], [0, 1], [0, 1], [1, 2], [1, 2], [1, NAN]])
    y = np.array([0.0, 2.0, 2.0, 20.0, 20.0, 20.0])
    model = boost(X, y, n_iterations=1, max_leaf_nodes=3, learning_rate=1.0, categories={0: 2, 1: 3})
    root = model.trees[0][0]
    assert root.split is not None
    assert root.split[:3] == (0, -1, True)  # three rows each
    assert root.split.left_categories == {1}
    assert root.right is not None
    assert split_of(root.right)[:2] == ({1, 2}, True)
    values = model.predict_raw(np.array([[0.0, 2.0], [0.0, NAN], [0.0, 0.0], [NAN, 0.0]]))
    np.testing.assert_allclose(values[:, 0], [2.0, 2.0, 0.0, 20.0], atol=1e-12)


# Weights ---------------------------------------------------------------------------------------------


def test_the_larger_child_is_the_one_with_the_larger_count() -> None:
    # baseline 0, g = -1 twice, 1, 1: 4/2 + 4/2
    assert split_of(root_of([0, 1, 2], [1, -1, -1], 4, [2, 1, 1])) == ({0, 3}, True, 4.0)
    # baseline -1/3, g = -4/3, 2/3, 2/3: 16/9 + 16/18
    assert split_of(root_of([0, 1, 2], [1, -1, -1], 4)) == ({0}, False, pytest.approx(8 / 3))


def test_frequencies_are_copies() -> None:
    codes, y, frequencies = [0, 1, 2, NAN, 1], [1, 5, 2, 7, -3], [3, 1, 2, 2, 4]
    copies = [[x for x, k in zip(column, frequencies, strict=True) for _ in range(k)] for column in (codes, y)]
    params = {"max_leaf_nodes": 0, "cat_smooth": 1.0, "cat_l2": 1.0}
    weighted, copied = root_of(codes, y, 3, frequencies, **params), root_of(*copies, 3, **params)
    assert leaves(weighted) == leaves(copied)
    assert [split_of(a) for a in weighted.inner_nodes()] == [split_of(b) for b in copied.inner_nodes()]


def test_factors_weigh_the_gradients() -> None:
    # baseline (3/4 - 3/2 + 3/4) / 2 = 0; G = -3/4 and 3/2 - 3/4, H = 3/4 and 5/4: 9/16 * (4/3 + 4/5)
    tree = root_of([0, 1, 1], [1, -3, 1], 2, [0.75, 0.5, 0.75])
    assert split_of(tree) == ({0}, False, pytest.approx(1.2))


def test_categories_stand_by_gradient_over_hessian() -> None:
    # baseline 0; G = -4, -5, 9 and H = 1/2, 5, 18: the order is 0, 1, 2; {0}: 16/0.5 + 16/23, {0, 1}: 81/5.5 + 81/18
    tree = root_of([0, 1, 2], [8, 1, -0.5], 3, [0.5, 5, 18])
    assert split_of(tree) == ({0}, False, pytest.approx(32 + 16 / 23))


# Regularisation --------------------------------------------------------------------------------------


def test_cat_l2_is_in_the_terms_of_the_children_only() -> None:
    # baseline 0, the median; g = 0, 0, 0, -1; {1}: 1/(2 + 1 + 1) - 1/(4 + 1)
    codes, y = [0, 0, 1, 1], [0, 0, 0, 4]
    tree = root_of(codes, y, 2, objective="absolute_error", l2_regularization=1.0, cat_l2=1.0)
    assert split_of(tree) == ({1}, True, pytest.approx(0.05))
    # 1/(2 + 2) - 1/4
    assert root_of(codes, y, 2, objective="absolute_error", cat_l2=2.0).is_leaf


def test_cat_l2_does_not_shrink_leaves_and_numbers_do_not_see_it() -> None:
    # g = 1/2, 1/2, -1/2, -1/2: as a number 1/2 + 1/2, as a category 1/4 + 1/4 with cat_l2 = 2
    codes, y = [0, 0, 1, 1], [0, 0, 1, 1]
    tree = root_of(codes, y, 2, cat_l2=2.0)
    assert split_of(tree) == ({1}, True, 0.5)
    assert leaves(tree) == [(2, 0.5), (2, -0.5)]
    X = np.column_stack([codes, codes]).astype(float)
    both = boost(X, np.array(y, float), n_iterations=1, cat_l2=2.0, categories={0: 2}).trees[0][0]
    assert both.split == Split(1, 0, True, 1.0)


def test_cat_l2_is_in_the_units_of_the_weights() -> None:
    # G = -+ 3/2, H = 3: 2 * 9/4 / (3 + 3)
    assert split_of(root_of([0, 0, 1, 1], [0, 0, 1, 1], 2, [1.5] * 4, cat_l2=3.0)) == ({1}, True, 0.75)


def test_equal_gains_go_to_the_lower_feature() -> None:
    X, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0])
    for categories in ({0: 2}, {1: 2}, {0: 2, 1: 2}):
        split = boost(X, y, n_iterations=1, categories=categories).trees[0][0].split
        assert split is not None
        assert split.feature == 0
