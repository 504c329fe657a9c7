"""The best split of a node (docs/boosting.md, section 6).

Histograms: Ke et al. 2017. Extremely randomised trees: Geurts et al. 2006.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.reference.binning import MISSING_BIN
from tests.reference.categories import one_hot_sets, sorted_sets
from tests.reference.constraints import NO_BOUNDS, Bounds
from tests.reference.exact import ldexp
from tests.reference.gains import (
    Totals,
    TreeParams,
    gradient,
    hessian,
    is_admissible,
    node_totals,
    ratio,
    split_gain,
)
from tests.reference.philox import draw_below
from tests.reference.quantisation import Quantised

Floats = npt.NDArray[np.float64]
Bins = npt.NDArray[np.int64]


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


def histogram(rows: list[int], feature: int, data: TreeData) -> dict[int, Totals]:
    """Return the totals of every bin that occurs, the missing one included."""
    cells: dict[int, Totals] = {}
    for row in rows:
        b = int(data.bins[row, feature])
        cells[b] = cells.get(b, Totals()).plus(node_totals([row], data.quantised, data.counts))
    return cells


def best_split(
    rows: list[int],
    data: TreeData,
    params: TreeParams,
    searched: list[int],
    bounds: Bounds = NO_BOUNDS,
    bits_of: Callable[[int], int] = lambda feature: 0,
) -> Split | None:
    """Try every candidate in the order of preference among equal gains, and keep the first best.

    ``bits_of`` gives the random bits that choose among the candidates of a feature, if trees are extremely randomised.
    """
    best: Split | None = None
    total = node_totals(rows, data.quantised, data.counts)
    for f in sorted(searched):
        feature, cells = data.features[f], histogram(rows, f, data)
        if feature.n_categories is None:
            candidates, cat_l2 = list(numeric_candidates(f, feature, cells, total)), 0.0
        else:
            candidates = list(categorical_candidates(f, feature.n_categories, cells, total, data.quantised, params))
            cat_l2 = params.cat_l2
        if params.extra_trees:
            candidates = drawn_candidates(candidates, cells, total, data.quantised, params, bits_of(f))
        for split, left, n_chosen in candidates:
            price = choice_price(len(cells), n_chosen, data.quantised, params)
            sign = split.sign(params.monotonic_cst, feature)
            gain = split_gain(left, total.minus(left), data.quantised, params, cat_l2, price, bounds, sign)
            if gain is not None and (best is None or gain > best.gain):
                best = split._replace(gain=gain)
    return best if best is not None and true_gain(best, data.quantised) >= params.min_split_gain else None


def true_gain(split: Split, quantised: Quantised) -> float:
    return ldexp(split.gain, 2 * quantised.gradient_unit - quantised.hessian_unit)


# A split whose gain is not known yet, what goes left, and how many of the node's categories were chosen to
Candidate = tuple[Split, Totals, int]


def drawn_candidates(
    candidates: list[Candidate],
    cells: dict[int, Totals],
    total: Totals,
    quantised: Quantised,
    params: TreeParams,
    bits: int,
) -> list[Candidate]:
    """Return the candidates of one bin with rows, or one set of categories, of those that leave both sides enough."""
    admissible = [c for c in candidates if is_admissible(c[1], total.minus(c[1]), quantised, params)]
    if not admissible:
        return []
    if admissible[0][0].left_categories is not None:
        return [admissible[draw_below(bits, len(admissible))]]
    bins = sorted({split.bin for split, _, _ in admissible if split.bin in cells})
    if not bins:
        return []
    drawn = bins[draw_below(bits, len(bins))]
    return [c for c in admissible if c[0].bin == drawn]


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
