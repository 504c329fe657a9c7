"""What a split gains (docs/boosting.md, section 6).

Newton gain: Chen & Guestrin 2016, eq. 7.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tests.reference.constraints import NO_BOUNDS, Bounds
from tests.reference.exact import ldexp
from tests.reference.quantisation import Quantised

SMALLEST_RELATIVE_GAIN = 2.0**-44


@dataclass(frozen=True)
class TreeParams:
    learning_rate: float = 0.1
    max_leaf_nodes: int = 0
    max_depth: int = 0
    min_samples_leaf: int = 1
    l1_regularization: float = 0.0
    l2_regularization: float = 0.0
    min_split_gain: float = 0.0
    min_child_weight: float = 1e-3
    colsample_bytree: float = 1.0
    colsample_bylevel: float = 1.0
    max_features: float = 1.0
    extra_trees: bool = False
    seed: int = 0
    cat_smooth: float = 0.0
    cat_l2: float = 0.0
    max_cat_to_onehot: int = 0
    cat_cost: float = 0.0
    monotonic_cst: Sequence[int] = ()  # a sign per feature; empty: all 0
    interaction_cst: Sequence[Collection[int]] | None = None
    max_path_features: int = 0  # 0: no limit


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


class Side(NamedTuple):
    """What a side of a split adds to the gain."""

    value: float  # in units of 2^(e_g - e_h)
    term: float
    scale: float


def soft_threshold(x: float, l1: float) -> float:
    return math.copysign(max(abs(x) - l1, 0.0), x)


def side_of(total: Totals, quantised: Quantised, l1: float, l2: float, bounds: Bounds) -> Side:
    """Return the value of the rows within the bounds, and by how much twice the loss falls with it."""
    G, D = gradient(total, quantised), hessian(total, quantised) + l2
    T = soft_threshold(G, l1)
    newton = -T / D
    value = bounds.clip(newton)
    if value == newton:
        return Side(value, T * T / D, T * T / D)
    linear, penalty, square = 2.0 * G * value, 2.0 * l1 * abs(value), D * value * value
    return Side(value, -(linear + penalty + square), abs(linear) + penalty + square)


def is_heavy_enough(total: Totals, quantised: Quantised, params: TreeParams) -> bool:
    """Whether the rows have the hessian that a leaf must have."""
    H, unit = hessian(total, quantised), quantised.hessian_unit
    return ldexp(params.min_child_weight, -unit) <= H and H + ldexp(params.l2_regularization, -unit) > 0.0


def is_admissible(left: Totals, right: Totals, quantised: Quantised, params: TreeParams) -> bool:
    """Whether both sides are large enough."""
    enough_rows = min(left.count, right.count) >= params.min_samples_leaf
    return enough_rows and all(is_heavy_enough(side, quantised, params) for side in (left, right))


def split_gain(
    left: Totals,
    right: Totals,
    quantised: Quantised,
    params: TreeParams,
    cat_l2: float = 0.0,
    price: float = 0.0,
    bounds: Bounds = NO_BOUNDS,
    sign: int = 0,
) -> float | None:
    """Return the Newton gain (without the factor 1/2) less a price, or None for a split that is not allowed."""
    if not is_admissible(left, right, quantised, params):
        return None
    l1 = ldexp(params.l1_regularization, -quantised.gradient_unit)
    l2 = ldexp(params.l2_regularization, -quantised.hessian_unit)
    child_l2 = l2 + ldexp(cat_l2, -quantised.hessian_unit)
    on_left, on_right = (side_of(side, quantised, l1, child_l2, bounds) for side in (left, right))
    if sign * on_left.value > sign * on_right.value:
        return None
    parent = side_of(left.plus(right), quantised, l1, l2, bounds)
    gain = on_left.term + on_right.term - parent.term - price
    return gain if gain > SMALLEST_RELATIVE_GAIN * (on_left.scale + on_right.scale) else None


def gradient(total: Totals, quantised: Quantised) -> float:
    """Return the sum of gradients in units of ``2^e_g``."""
    return ldexp(float(total.gradient), -quantised.gradient_grid.bits)


def hessian(total: Totals, quantised: Quantised) -> float:
    """Return the sum of hessians in units of ``2^e_h``."""
    return ldexp(float(total.hessian), -quantised.hessian_grid.bits)


def ratio(a: float, b: float) -> float:
    """Return ``a / b`` for ``b >= 0``; nothing over nothing is nothing."""
    if b == 0.0:
        return math.copysign(math.inf, a) if a else 0.0
    return a / b
