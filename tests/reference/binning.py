"""Rows, weights and bins (docs/boosting.md, sections 1 and 2)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.reference.categories import category_bin
from tests.reference.exact import binary_exponent, ldexp, power_of_two

Floats = npt.NDArray[np.float64]

MISSING_BIN = 255


class RowWeights(NamedTuple):
    """Per row: how often it counts, the factor on its gradient, its mass when bins are cut."""

    counts: list[int]
    factors: list[float]  # in units of 2^factor_exponent
    bin_weights: list[int]
    factor_exponent: int = 0


def row_weights(weights: Floats | None, n_rows: int) -> RowWeights:
    """Split positive weights into counts and factors: integer weights are frequencies."""
    if weights is None:
        return RowWeights([1] * n_rows, [1.0] * n_rows, [1] * n_rows)
    w = [float(x) for x in weights]
    if all(x.is_integer() for x in w) and sum(int(x) for x in w) < 2**31:
        frequencies = [int(x) for x in w]
        return RowWeights(frequencies, [1.0] * n_rows, frequencies)
    factor_exponent = binary_exponent(max(w))
    factors = [ldexp(x, -factor_exponent) for x in w]
    exponent = binary_exponent(n_rows * max(factors))
    masses = [max(1, round(Fraction(u) * power_of_two(52 - exponent))) for u in factors]
    return RowWeights([1] * n_rows, factors, masses, factor_exponent)


def midpoint(a: float, b: float) -> float:
    """Return an edge t between two neighbours with a <= t < b."""
    middle = 0.5 * (a + b)
    if not math.isfinite(middle):
        middle = 0.5 * a + 0.5 * b
    return middle if a <= middle < b else a


def bin_edges(column: Floats, bin_weights: list[int], max_bins: int) -> list[float]:
    """Return the increasing edges of one feature."""
    mass: dict[float, int] = {}
    for x, b in zip(column, bin_weights, strict=True):
        if not math.isnan(x):
            value = float(x) + 0.0  # -0.0 becomes 0.0
            mass[value] = mass.get(value, 0) + b
    values = sorted(mass)
    between = [midpoint(a, b) for a, b in itertools.pairwise(values)]
    if len(values) <= max_bins:
        return between

    edges = []
    bins_left, mass_left, mass_here = max_bins, sum(mass.values()), 0
    for k, value in enumerate(values):
        # Without this value the bin is no further from its share than with it.
        if mass_here > 0 and bins_left > 1 and (2 * mass_here + mass[value]) * bins_left >= 2 * mass_left:
            edges.append(between[k - 1])
            mass_left -= mass_here
            mass_here = 0
            bins_left -= 1
        mass_here += mass[value]
    return edges


def bin_of(x: float, edges: list[float]) -> int:
    """Return the number of edges below x; a missing value has its own bin."""
    return MISSING_BIN if math.isnan(x) else sum(edge < x for edge in edges)


def bin_columns(
    X: Floats, edges: list[list[float]], categories: Mapping[int, int] | None = None
) -> npt.NDArray[np.int64]:
    """Return the bins of a matrix, one list of edges per column; those of a categorical column are its categories."""
    bins = np.empty(X.shape, dtype=np.int64)
    for row, feature in np.ndindex(X.shape):
        x = float(X[row, feature])
        if categories is not None and feature in categories:
            bins[row, feature] = category_bin(x, categories[feature])
        else:
            bins[row, feature] = bin_of(x, edges[feature])
    return bins
