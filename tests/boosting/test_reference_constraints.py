"""The twin's constraints, against cases worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.reference.boosting import Boosted, boost
from tests.reference.columns import split_features
from tests.reference.constraints import Bounds, allowed_features
from tests.reference.gains import Totals, side_of
from tests.reference.quantisation import quantise
from tests.reference.splits import Split
from tests.reference.trees import Node

NAN = math.nan


def boost_column(x: list[float], y: list[float], sign: int, **params: Any) -> Boosted:
    """Boost on one constrained feature; one tree and the full step unless told."""
    defaults = {"n_iterations": 1, "learning_rate": 1.0}
    return boost(np.array(x)[:, None], np.array(y), monotonic_cst=[sign], **(defaults | params))


def leaves(node: Node) -> list[float]:
    return [leaf.value for leaf in node.leaves()]


def test_children_share_the_bounds_of_their_parent() -> None:
    assert Bounds().of_children(1, 1.0, 4.0) == (Bounds(upper=2.5), Bounds(2.5))
    assert Bounds(0.0, 3.0).of_children(-1, 5.0, 1.0) == (Bounds(2.0, 3.0), Bounds(0.0, 2.0))
    assert Bounds(0.0, 3.0).of_children(0, 1.0, 4.0) == (Bounds(0.0, 3.0), Bounds(0.0, 3.0))
    assert Bounds().of_children(1, 4.0, 1.0) == (Bounds(upper=2.5), Bounds(2.5))  # values of leaves may disagree
    assert Bounds().of_children(1, 1e308, 1.5e308)[0].upper == 1.25e308


def test_a_side_beyond_its_bounds_gains_less() -> None:
    # G = -6 in units of 1, H = 2: w = 3, G^2 / H = 18; at w = 1: 12 - 2
    quantised = quantise(np.array([-4.0, -2.0]), np.ones(2), [1, 1], constant_hessian=True)
    total = Totals(sum(quantised.gradients), 2, 2)
    unit = 2.0**quantised.gradient_grid.exponent
    free = side_of(total, quantised, 0.0, 0.0, Bounds())
    assert (free.value * unit, free.term * unit**2, free.scale * unit**2) == (3.0, 18.0, 18.0)
    bound = side_of(total, quantised, 0.0, 0.0, Bounds(upper=1.0 / unit))
    assert (bound.value * unit, bound.term * unit**2, bound.scale * unit**2) == (1.0, 10.0, 14.0)


def test_a_split_in_the_wrong_order_is_none() -> None:
    # g = y - mean falls; 1 | 2 3 and 1 2 | 3 both fall
    assert boost_column([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], 1).trees[0][0].is_leaf
    assert leaves(boost_column([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], -1).trees[0][0]) == [1.0, 0.0, -1.0]


def test_the_middle_of_two_children_bounds_their_leaves() -> None:
    # baseline 3; residuals -5, 1 | 5, -1 of means -2 and 2, so what the other feature parts on the left stays below 0.
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]), np.array([-2.0, 4.0, 8.0, 2.0])
    tree = boost(X, y, n_iterations=1, learning_rate=1.0, monotonic_cst=[1, 0]).trees[0][0]
    assert leaves(tree) == [-5.0, 0.0, 2.0]
    assert tree.gain == 16.0
    assert tree.left is not None
    # 25 + 0 - 16 / 2, where without bounds the right one would be 1
    assert tree.left.gain == 17.0


def test_values_against_missing_have_no_order() -> None:
    tree = boost_column([1.0, 1.0, NAN, NAN], [4.0, 4.0, 0.0, 0.0], 1).trees[0][0]
    assert tree.split == Split(0, 0, False, tree.split.gain if tree.split else NAN)
    assert leaves(tree) == [2.0, -2.0]
    # Among values there is one, on whichever side missing ones are.
    assert boost_column([1.0, 2.0, NAN], [4.0, 0.0, 0.0], 1, max_leaf_nodes=2).trees[0][0].threshold == math.inf


def test_medians_of_leaves_are_bounded_by_medians() -> None:
    # The signs of gradients bound steps to [-1, 1]; medians are of the size of the targets.
    y = [-200.0, 300.0, 100.0, 700.0]
    tree = boost_column([1.0, 2.0, 3.0, 4.0], y, 1, objective="absolute_error").trees[0][0]
    found = leaves(tree)
    assert found == sorted(found)
    assert max(found) - min(found) > 500.0


@pytest.mark.parametrize(
    ("used", "groups", "expected"),
    [
        ([], [[0, 1], [1, 2]], [0, 1, 2, 3, 4]),
        ([1], [[0, 1], [1, 2]], [0, 1, 2]),
        ([0, 1], [[0, 1], [1, 2]], [0, 1]),
        ([3], [[0, 1], [1, 2]], [3, 4]),  # those of no group form one
        ([2], [], [0, 1, 2, 3, 4]),
        ([0], [[0], [0, 4, 4]], [0, 4]),
    ],
)
def test_features_of_a_path_lie_in_one_group(used: list[int], groups: list[list[int]], expected: list[int]) -> None:
    assert allowed_features(used, 5, groups, 0) == expected


def test_number_of_features_on_a_path() -> None:
    assert allowed_features([], 3, None, 1) == [0, 1, 2]
    assert allowed_features([2], 3, None, 1) == [2]
    assert allowed_features([2], 3, None, 2) == [0, 1, 2]
    assert allowed_features([2, 0], 3, None, 2) == [0, 2]
    assert allowed_features([2, 0], 3, None, 0) == [0, 1, 2]


def test_features_are_drawn_among_those_allowed() -> None:
    chosen = [split_features(7, 0, node, [2, 5, 8, 9], 0.6) for node in range(100)]
    assert {len(features) for features in chosen} == {2}
    assert {f for features in chosen for f in features} == {2, 5, 8, 9}
