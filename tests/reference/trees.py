"""One tree: best-first growth and leaf values (docs/boosting.md, section 7).

Leaf value: Chen & Guestrin 2016, eq. 5. Best-first growth: Ke et al. 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tests.reference.exact import FixedPoint, ldexp
from tests.reference.philox import split_features
from tests.reference.splits import SMALLEST_HESSIAN, Split, TreeData, TreeParams, best_split, hessian, node_totals


@dataclass
class Node:
    """A leaf while ``left`` is None."""

    rows: list[int]
    depth: int
    count: int
    value: float = 0.0
    split: Split | None = None  # the best one found, taken or not
    threshold: float = math.nan  # of a split by value
    gain: float = math.nan  # in true units
    left: Node | None = None
    right: Node | None = None

    @property
    def is_leaf(self) -> bool:
        return self.left is None

    def leaves(self) -> Iterator[Node]:
        """Yield the leaves from left to right."""
        if self.left is None or self.right is None:
            yield self
        else:
            yield from self.left.leaves()
            yield from self.right.leaves()

    def inner_nodes(self) -> Iterator[Node]:
        """Yield the split nodes, parents first."""
        if self.left is not None and self.right is not None:
            yield self
            yield from self.left.inner_nodes()
            yield from self.right.inner_nodes()


def set_leaf_values(
    root: Node, data: TreeData, params: TreeParams, bounded_step: Callable[[float, float, float], float]
) -> None:
    """Give each leaf its Newton step, from the gradients themselves rather than the quantised ones."""
    n = sum(data.counts)
    quantised = data.quantised
    g_grid, h_grid = FixedPoint.for_values(data.g, n), FixedPoint.for_values(data.h, n)
    # From the grid's own units to 2^e_h; a difference only if the Hessian is constant.
    factor_exponent = quantised.gradient_unit - quantised.gradient_grid.exponent
    h_shift = h_grid.exponent + factor_exponent - quantised.hessian_unit
    for leaf in root.leaves():
        counts = [data.counts[row] for row in leaf.rows]
        G = g_grid.sum(data.g[leaf.rows], counts)
        H = ldexp(h_grid.sum(data.h[leaf.rows], counts), h_shift)
        denominator = H + ldexp(params.l2_regularization, -quantised.hessian_unit)
        if denominator != 0.0:
            to_hessian_unit = quantised.gradient_unit - quantised.hessian_unit
            newton = -ldexp(G / denominator, to_hessian_unit)
            leaf.value = clip_to_finite(params.learning_rate * bounded_step(newton, ldexp(G, to_hessian_unit), H))


def replace_leaf_values(root: Node, step_of: Callable[[list[int]], float | None], params: TreeParams) -> None:
    """Give each leaf the step that its objective finds for its rows, where it has one of its own."""
    for leaf in root.leaves():
        step = step_of(leaf.rows)
        if step is not None:
            leaf.value = clip_to_finite(params.learning_rate * step)


def clip_to_finite(x: float) -> float:
    largest = float(np.finfo(np.float64).max)
    return min(max(x, -largest), largest)


def grow_tree(data: TreeData, params: TreeParams, number: int = 0) -> Node:
    """Grow one tree best first: the leaf with the highest gain is split next."""
    n_features = len(data.features)
    created: list[Node] = []
    smallest_hessian = ldexp(SMALLEST_HESSIAN, -data.quantised.hessian_unit)

    def create(rows: list[int], depth: int) -> Node:
        total = node_totals(rows, data.quantised, data.counts)
        node = Node(rows, depth, total.count)
        too_deep = params.max_depth > 0 and depth == params.max_depth
        too_small = total.count < 2 * params.min_samples_leaf
        if not (too_deep or too_small or hessian(total, data.quantised) < smallest_hessian):
            searched = split_features(params.seed, number, len(created), n_features, params.max_features)
            node.split = best_split(rows, data, params, searched)
        created.append(node)
        return node

    root = create(list(range(len(data.bins))), 0)
    n_leaves = 1
    while params.max_leaf_nodes == 0 or n_leaves < params.max_leaf_nodes:
        open_leaves = [node for node in created if node.is_leaf and node.split is not None]
        if not open_leaves:
            break
        # max() keeps the first of equals, which is the one created first.
        node = max(open_leaves, key=lambda leaf: leaf.split.gain if leaf.split else -math.inf)
        apply_split(node, data, create)
        n_leaves += 1
    return root


def apply_split(node: Node, data: TreeData, create: Callable[[list[int], int], Node]) -> None:
    assert node.split is not None
    split, quantised = node.split, data.quantised
    feature = data.features[split.feature]
    if split.left_categories is None:
        node.threshold = feature.edges[split.bin] if split.bin < len(feature.edges) else math.inf
    node.gain = clip_to_finite(ldexp(split.gain, 2 * quantised.gradient_unit - quantised.hessian_unit))

    def goes_left(row: int) -> bool:
        return split.goes_left(int(data.bins[row, split.feature]), feature.missing_bin)

    node.left = create([row for row in node.rows if goes_left(row)], node.depth + 1)
    node.right = create([row for row in node.rows if not goes_left(row)], node.depth + 1)
