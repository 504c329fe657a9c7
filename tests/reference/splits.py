"""The best split of a node (docs/boosting.md, section 6).

Newton gain: Chen & Guestrin 2016, eq. 7. Histograms: Ke et al. 2017.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.reference.binning import MISSING_BIN
from tests.reference.categories import one_hot_sets, sorted_sets
from tests.reference.constraints import NO_BOUNDS, Bounds
from tests.reference.exact import ldexp
from tests.reference.quantisation import Quantised

Floats = npt.NDArray[np.float64]
Bins = npt.NDArray[np.int64]

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


class Split(NamedTuple):
    feature: int
    bin: int  # the last one on the left; -1 where categories say who goes there
    missing_left: bool
    gain: float = math.nan  # in units of 2^(2 e_g - e_h), those of one tree
    left_categories: frozenset[int] | None = None  # of all the feature has, those without rows in the node too

    def goes_left(self, b: int, missing_bin: int) -> bool:
        if b == missing_bin:
            return self.missing_left
        return b <= self.bin if self.left_categories is None else b in self.left_categories

    def sign(self, signs: Sequence[int], feature: Feature) -> int:
        """Return the sign that orders the sides; missing values have no order."""
        values_against_missing = self.bin == len(feature.edges)
        return 0 if not signs or self.left_categories is not None or values_against_missing else signs[self.feature]


@dataclass(frozen=True)
class Feature:
    """What the search knows about a feature beyond the bins of the node's rows."""

    edges: list[float]
    has_missing: bool
    n_categories: int | None = None  # of a categorical feature, which has no edges

    @property
    def n_bins(self) -> int:
        return len(self.edges) + 1

    @property
    def missing_bin(self) -> int:
        return MISSING_BIN if self.n_categories is None else self.n_categories


@dataclass(frozen=True)
class TreeData:
    """The binned training rows and the gradients of one tree."""

    bins: Bins
    features: list[Feature]
    counts: list[int]
    g: Floats
    h: Floats
    quantised: Quantised


class Side(NamedTuple):
    """What a side of a split adds to the gain."""

    value: float  # in units of 2^(e_g - e_h)
    term: float
    scale: float


def side_of(total: Totals, quantised: Quantised, l2: float, bounds: Bounds) -> Side:
    """Return the value of the rows within the bounds, and by how much twice the loss falls with it."""
    G, D = gradient(total, quantised), hessian(total, quantised) + l2
    newton = -G / D
    value = bounds.clip(newton)
    if value == newton:
        return Side(value, G * G / D, G * G / D)
    linear, square = 2.0 * G * value, D * value * value
    return Side(value, -(linear + square), abs(linear) + square)


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
    exponent = quantised.hessian_unit
    l2 = ldexp(params.l2_regularization, -exponent)
    child_l2 = l2 + ldexp(cat_l2, -exponent)
    if min(left.count, right.count) < params.min_samples_leaf:
        return None
    if min(hessian(left, quantised), hessian(right, quantised)) < ldexp(SMALLEST_HESSIAN, -exponent):
        return None
    on_left, on_right = (side_of(side, quantised, child_l2, bounds) for side in (left, right))
    if sign * on_left.value > sign * on_right.value:
        return None
    parent = side_of(left.plus(right), quantised, l2, bounds)
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


def histogram(rows: list[int], feature: int, data: TreeData) -> dict[int, Totals]:
    """Return the totals of every bin that occurs, the missing one included."""
    cells: dict[int, Totals] = {}
    for row in rows:
        b = int(data.bins[row, feature])
        cells[b] = cells.get(b, Totals()).plus(node_totals([row], data.quantised, data.counts))
    return cells


def best_split(
    rows: list[int], data: TreeData, params: TreeParams, searched: list[int], bounds: Bounds = NO_BOUNDS
) -> Split | None:
    """Try every candidate in the order of preference among equal gains, and keep the first best."""
    best: Split | None = None
    total = node_totals(rows, data.quantised, data.counts)
    for f in sorted(searched):
        feature, cells = data.features[f], histogram(rows, f, data)
        if feature.n_categories is None:
            candidates, cat_l2 = numeric_candidates(f, feature, cells, total), 0.0
        else:
            candidates = categorical_candidates(f, feature.n_categories, cells, total, data.quantised, params)
            cat_l2 = params.cat_l2
        for split, left, n_chosen in candidates:
            price = choice_price(len(cells), n_chosen, data.quantised, params)
            sign = split.sign(params.monotonic_cst, feature)
            gain = split_gain(left, total.minus(left), data.quantised, params, cat_l2, price, bounds, sign)
            if gain is not None and (best is None or gain > best.gain):
                best = split._replace(gain=gain)
    return best


# A split whose gain is not known yet, what goes left, and how many of the node's categories were chosen to
Candidate = tuple[Split, Totals, int]


def choice_price(n_present: int, n_chosen: int, quantised: Quantised, params: TreeParams) -> float:
    """What noise gains by the best of all choices of so many categories: 2 sigma^2 for each nat of them."""
    smaller = min(n_chosen, n_present - n_chosen)
    return params.cat_cost * math.pi * quantised.dispersion * math.log(math.comb(n_present, smaller))


def numeric_candidates(f: int, feature: Feature, cells: dict[int, Totals], total: Totals) -> Iterator[Candidate]:
    """Yield the values up to each bin, with the missing ones on either side."""
    missing = cells.get(MISSING_BIN, Totals())
    values = Totals()
    for b in range(feature.n_bins):
        values = values.plus(cells.get(b, Totals()))
        if not feature.has_missing:
            yield Split(f, b, 2 * values.count >= total.count), values, 0
        elif b < feature.n_bins - 1:
            yield Split(f, b, True), values.plus(missing), 0
            yield Split(f, b, False), values, 0
        else:
            yield Split(f, b, False), values, 0  # the values against the missing


def categorical_candidates(
    f: int, n_categories: int, cells: dict[int, Totals], total: Totals, quantised: Quantised, params: TreeParams
) -> Iterator[Candidate]:
    """Yield sets of categories with rows in the node; those without join the larger child."""
    missing_bin = n_categories
    if n_categories <= params.max_cat_to_onehot:
        sets = one_hot_sets(list(cells))
    else:
        smooth = ldexp(params.cat_smooth, -quantised.hessian_unit)
        keys = {b: ratio(gradient(cell, quantised), hessian(cell, quantised) + smooth) for b, cell in cells.items()}
        sets = sorted_sets(keys)
    absent = set(range(n_categories + 1)) - set(cells)
    for bins in sets:
        left = Totals()
        for b in bins:
            left = left.plus(cells[b])
        goes_left = set(bins) | (absent if 2 * left.count >= total.count else set())
        split = Split(f, -1, missing_bin in goes_left, left_categories=frozenset(goes_left - {missing_bin}))
        yield split, left, len(bins)
