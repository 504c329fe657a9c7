"""One tree: best-first growth and leaf values (docs/boosting.md, section 7).

Leaf value: Chen & Guestrin 2016, eq. 5. Best-first growth: Ke et al. 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tests.reference.columns import level_features, split_features, tree_features
from tests.reference.constraints import NO_BOUNDS, Bounds, allowed_features
from tests.reference.exact import FixedPoint, ldexp
from tests.reference.gains import Totals, TreeParams, is_heavy_enough, node_totals, side_of, soft_threshold
from tests.reference.philox import CANDIDATE, WORD, random_u64
from tests.reference.splits import Split, TreeData, best_split, true_gain


@dataclass
class Node:
    """A leaf while ``left`` is None."""

    rows: list[int]
    depth: int
    count: int
    value: float = 0.0  # of an inner node that of a leaf of its rows, where constraints ask for it
    bounds: Bounds = NO_BOUNDS  # in units of 2^(e_g - e_h)
    used: frozenset[int] = frozenset()  # features on the path to the node
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
    """Give each node its Newton step, from the gradients themselves rather than the quantised ones."""
    n = sum(data.counts)
    quantised = data.quantised
    g_grid, h_grid = FixedPoint.for_values(data.g, n), FixedPoint.for_values(data.h, n)
    # From the grid's own units to 2^e_h; a difference only if the Hessian is constant.
    factor_exponent = quantised.gradient_unit - quantised.gradient_grid.exponent
    h_shift = h_grid.exponent + factor_exponent - quantised.hessian_unit
    for node in valued_nodes(root, params):
        counts = [data.counts[row] for row in node.rows]
        G = g_grid.sum(data.g[node.rows], counts)
        H = ldexp(h_grid.sum(data.h[node.rows], counts), h_shift)
        denominator = H + ldexp(params.l2_regularization, -quantised.hessian_unit)
        if denominator != 0.0:
            to_hessian_unit = quantised.gradient_unit - quantised.hessian_unit
            l1 = ldexp(params.l1_regularization, -quantised.gradient_unit)
            newton = -ldexp(soft_threshold(G, l1) / denominator, to_hessian_unit)
            node.value = clip_to_finite(params.learning_rate * bounded_step(newton, ldexp(G, to_hessian_unit), H))


def replace_leaf_values(root: Node, step_of: Callable[[list[int]], float | None], params: TreeParams) -> None:
    """Give each node the step that its objective finds for its rows, where it has one of its own."""
    for node in valued_nodes(root, params):
        step = step_of(node.rows)
        if step is not None:
            node.value = clip_to_finite(params.learning_rate * step)


def valued_nodes(root: Node, params: TreeParams) -> list[Node]:
    """Return the nodes that need values: the leaves, and under monotonic constraints all others."""
    return [*root.leaves(), *(root.inner_nodes() if any(params.monotonic_cst) else [])]


def bound_values(node: Node, signs: Sequence[int], bounds: Bounds = NO_BOUNDS) -> None:
    """Clip the values of leaves, so that splits on constrained features order them."""
    if node.left is None or node.right is None:
        node.value = bounds.clip(node.value)
        return
    assert node.split is not None
    ordered = signs and node.split.left_categories is None and node.threshold != math.inf
    sign = signs[node.split.feature] if ordered else 0
    left, right = bounds.of_children(sign, node.left.value, node.right.value)
    bound_values(node.left, signs, left)
    bound_values(node.right, signs, right)


def clip_to_finite(x: float) -> float:
    largest = float(np.finfo(np.float64).max)
    return min(max(x, -largest), largest)


def grow_tree(data: TreeData, params: TreeParams, number: int = 0) -> Node:
    """Grow one tree best first: the leaf with the highest gain is split next."""
    n_features = len(data.features)
    learned_from = tree_features(params.seed, number, n_features, params.colsample_bytree)
    created: list[Node] = []

    def create(rows: list[int], depth: int, bounds: Bounds, used: frozenset[int]) -> Node:
        total = node_totals(rows, data.quantised, data.counts)
        node = Node(rows, depth, total.count, bounds=bounds, used=used)
        too_deep = params.max_depth > 0 and depth == params.max_depth
        too_small = total.count < 2 * params.min_samples_leaf
        if not (too_deep or too_small) and is_heavy_enough(total, data.quantised, params):
            allowed = allowed_features(used, n_features, params.interaction_cst, params.max_path_features)
            possible = set(learned_from) & set(allowed)
            of_level = level_features(params.seed, number, depth, possible, params.colsample_bylevel)
            searched = split_features(params.seed, number, len(created), of_level, params.max_features)
            item = len(created) * WORD
            node.split = best_split(
                rows,
                data,
                params,
                searched,
                bounds,
                lambda feature: random_u64(params.seed, CANDIDATE, number, item + feature),
            )
        created.append(node)
        return node

    root = create(list(range(len(data.bins))), 0, NO_BOUNDS, frozenset())
    n_leaves = 1
    while params.max_leaf_nodes == 0 or n_leaves < params.max_leaf_nodes:
        open_leaves = [node for node in created if node.is_leaf and node.split is not None]
        if not open_leaves:
            break
        # max() keeps the first of equals, which is the one created first.
        node = max(open_leaves, key=lambda leaf: leaf.split.gain if leaf.split else -math.inf)
        apply_split(node, data, params, create)
        n_leaves += 1
    return root


def apply_split(node: Node, data: TreeData, params: TreeParams, create: Callable[..., Node]) -> None:
    assert node.split is not None
    split = node.split
    feature = data.features[split.feature]
    if split.left_categories is None:
        node.threshold = feature.edges[split.bin] if split.bin < len(feature.edges) else math.inf
    node.gain = clip_to_finite(true_gain(split, data.quantised))

    def goes_left(row: int) -> bool:
        return split.goes_left(int(data.bins[row, split.feature]), feature.missing_bin)

    rows = [row for row in node.rows if goes_left(row)], [row for row in node.rows if not goes_left(row)]
    values = (search_value(node_totals(side, data.quantised, data.counts), data, params, node.bounds) for side in rows)
    bounds = node.bounds.of_children(split.sign(params.monotonic_cst, feature), *values)
    used = node.used | {split.feature}
    node.left, node.right = (create(rows[i], node.depth + 1, bounds[i], used) for i in (0, 1))


def search_value(total: Totals, data: TreeData, params: TreeParams, bounds: Bounds) -> float:
    l1 = ldexp(params.l1_regularization, -data.quantised.gradient_unit)
    l2 = ldexp(params.l2_regularization, -data.quantised.hessian_unit)
    return side_of(total, data.quantised, l1, l2, bounds).value
