"""Shapley values of a tree from their definition (Lundberg et al. 2018): every subset of features, in exact rationals.

What a subset S of features is worth for a row is the tree's expected value given the row's values of S: a descent
that follows the row at a node of a feature in S, and at any other goes both ways, weighted by the children's training
counts. Where no training row reached either child, both count half.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Tree(Protocol):
    """A child is a node, or as its complement a leaf."""

    @property
    def nodes(self) -> dict[str, npt.NDArray[Any]]: ...
    @property
    def leaf_value(self) -> npt.NDArray[np.float64]: ...
    @property
    def leaf_count(self) -> npt.NDArray[np.int64]: ...
    @property
    def root(self) -> int: ...


def goes_left(tree: Tree, node: int, row: npt.NDArray[np.float64]) -> bool:
    x = row[tree.nodes["feature"][node]]
    return bool(tree.nodes["missing_left"][node]) if math.isnan(x) else bool(x <= tree.nodes["threshold"][node])


def count_of(tree: Tree, child: int) -> int:
    return int(tree.nodes["node_count"][child] if child >= 0 else tree.leaf_count[~child])


def expected_value(tree: Tree, row: npt.NDArray[np.float64], known: frozenset[int], child: int) -> Fraction:
    """Return the expected value below a child, given the row's values of the known features."""
    if child < 0:
        return Fraction(float(tree.leaf_value[~child]))
    left, right = int(tree.nodes["left"][child]), int(tree.nodes["right"][child])
    if int(tree.nodes["feature"][child]) in known:
        return expected_value(tree, row, known, left if goes_left(tree, child, row) else right)
    n_left, n_right = count_of(tree, left), count_of(tree, right)
    if n_left + n_right == 0:
        n_left = n_right = 1
    sum_left = n_left * expected_value(tree, row, known, left)
    sum_right = n_right * expected_value(tree, row, known, right)
    return (sum_left + sum_right) / (n_left + n_right)


def shapley_values(tree: Tree, row: npt.NDArray[np.float64]) -> list[Fraction]:
    """Return the Shapley value of each feature and, last, the expected value that they start from."""
    used = sorted({int(feature) for feature in tree.nodes["feature"]})
    worth = {
        frozenset(known): expected_value(tree, row, frozenset(known), tree.root)
        for size in range(len(used) + 1)
        for known in itertools.combinations(used, size)
    }
    values = [Fraction(0)] * len(row)
    for known, value in worth.items():
        for feature in set(used) - known:
            share = Fraction(1, len(used) * math.comb(len(used) - 1, len(known)))
            values[feature] += share * (worth[known | {feature}] - value)
    return [*values, worth[frozenset()]]
