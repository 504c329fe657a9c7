"""One tree: best split and best-first growth (docs/boosting.md, sections 6 and 7).

Newton gain and leaf value: Chen & Guestrin 2016, eq. 5 and 7. Histograms and best-first growth: Ke et al. 2017.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.reference.binning import MISSING_BIN
from tests.reference.exact import FixedPoint, ldexp
from tests.reference.philox import split_features
from tests.reference.quantisation import Quantised

Floats = npt.NDArray[np.float64]
Bins = npt.NDArray[np.uint8]

SMALLEST_HESSIAN = 1e-3
SMALLEST_RELATIVE_GAIN = 2.0**-44


@dataclass(frozen=True)
class TreeParams:
    learning_rate: float = 0.1
    max_leaf_nodes: int = 0
    max_depth: int = 0
    min_samples_leaf: int = 1
    l2_regularization: float = 0.0
    max_features: float = 1.0
    seed: int = 0


# Splits ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Totals:
    """Exact sums over rows: one cell of a histogram, or a whole node."""

    gradient: int = 0
    hessian: int = 0
    count: int = 0

    def plus(self, other: Totals) -> Totals:
        return Totals(self.gradient + other.gradient, self.hessian + other.hessian, self.count + other.count)

    def minus(self, other: Totals) -> Totals:
        return Totals(self.gradient - other.gradient, self.hessian - other.hessian, self.count - other.count)


def node_totals(rows: list[int], quantised: Quantised, counts: list[int]) -> Totals:
    total = Totals()
    for row in rows:
        c = counts[row]
        total = total.plus(Totals(c * quantised.gradients[row], c * quantised.hessians[row], c))
    return total


class Split(NamedTuple):
    feature: int
    bin: int
    missing_left: bool
    gain: float  # in units of 2^(2 e_g - e_h), those of one tree


@dataclass(frozen=True)
class Feature:
    """What the search knows about a feature beyond the bins of the node's rows."""

    edges: list[float]
    has_missing: bool

    @property
    def n_bins(self) -> int:
        return len(self.edges) + 1


@dataclass(frozen=True)
class TreeData:
    """The binned training rows and the gradients of one tree."""

    bins: Bins
    features: list[Feature]
    counts: list[int]
    g: Floats
    h: Floats
    quantised: Quantised


def split_gain(left: Totals, right: Totals, quantised: Quantised, params: TreeParams) -> float | None:
    """Return the Newton gain (without the factor 1/2), or None for a split that is not allowed."""
    exponent = quantised.hessian_unit
    l2 = ldexp(params.l2_regularization, -exponent)

    def score(total: Totals) -> float:
        G = ldexp(float(total.gradient), -quantised.gradient_grid.bits)
        return G * G / (hessian(total, quantised) + l2)

    if min(left.count, right.count) < params.min_samples_leaf:
        return None
    if min(hessian(left, quantised), hessian(right, quantised)) < ldexp(SMALLEST_HESSIAN, -exponent):
        return None
    children = score(left) + score(right)
    gain = children - score(left.plus(right))
    return gain if gain > SMALLEST_RELATIVE_GAIN * children else None


def hessian(total: Totals, quantised: Quantised) -> float:
    """Return the sum of hessians in units of ``2^e_h``."""
    return ldexp(float(total.hessian), -quantised.hessian_grid.bits)


def histogram(rows: list[int], feature: int, data: TreeData) -> dict[int, Totals]:
    """Return the totals of every bin that occurs, the missing one included."""
    cells: dict[int, Totals] = {}
    for row in rows:
        b = int(data.bins[row, feature])
        cells[b] = cells.get(b, Totals()).plus(node_totals([row], data.quantised, data.counts))
    return cells


def best_split(rows: list[int], data: TreeData, params: TreeParams, searched: list[int]) -> Split | None:
    """Try every candidate in the order of preference among equal gains, and keep the first best."""
    best: Split | None = None
    total = node_totals(rows, data.quantised, data.counts)
    for f in sorted(searched):
        feature, cells = data.features[f], histogram(rows, f, data)
        missing = cells.get(MISSING_BIN, Totals())
        values_left = Totals()
        for b in range(feature.n_bins):
            values_left = values_left.plus(cells.get(b, Totals()))
            if not feature.has_missing:
                missing_left = 2 * values_left.count >= total.count
                candidates = [(missing_left, values_left)]
            elif b < feature.n_bins - 1:
                candidates = [(True, values_left.plus(missing)), (False, values_left)]
            else:
                candidates = [(False, values_left)]  # the values against the missing
            for missing_left, left in candidates:
                gain = split_gain(left, total.minus(left), data.quantised, params)
                if gain is not None and (best is None or gain > best.gain):
                    best = Split(f, b, missing_left, gain)
    return best


# Growth ----------------------------------------------------------------------------------------------


@dataclass
class Node:
    """A leaf while ``left`` is None."""

    rows: list[int]
    depth: int
    count: int
    value: float = 0.0
    split: Split | None = None  # the best one found, taken or not
    threshold: float = math.nan
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
    feature, b, missing_left, gain = node.split
    edges = data.features[feature].edges
    node.threshold = edges[b] if b < len(edges) else math.inf
    quantised = data.quantised
    node.gain = clip_to_finite(ldexp(gain, 2 * quantised.gradient_unit - quantised.hessian_unit))

    def goes_left(row: int) -> bool:
        row_bin = data.bins[row, feature]
        return missing_left if row_bin == MISSING_BIN else bool(row_bin <= b)

    node.left = create([row for row in node.rows if goes_left(row)], node.depth + 1)
    node.right = create([row for row in node.rows if not goes_left(row)], node.depth + 1)
