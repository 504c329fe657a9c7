"""Whether neighbours that somebody else found are the exact ones.

Two correct computations in float64 may round differently, so that they may disagree on rows that are equally far but
for rounding, and on nothing else. Each row therefore gets bounds between which every correct computation finds its
reduced distance, and row a *surely precedes* row b if the bounds of a end before those of b begin, or if both are
computed as equal whatever the rounding and a has the lower index. An answer is exact if nothing surely precedes a row
that stands before it or instead of it.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from tests.reference.neighbors import Floats, Indices, Skip, rank, skipped_row
from tests.reference.neighbors_distances import (
    METRICS,
    Matrix,
    distance_from_reduced,
    reduced_distance,
    rounded,
    total,
    unchanged,
)
from tests.reference.neighbors_exact import RATIONAL_METRICS, SMALLEST_POSITIVE, Vector, differences

Real = Fraction | float


@dataclass(frozen=True)
class Candidate:
    """A row that a query may return, with bounds of its reduced distance; all numbers as sort keys (NaN last)."""

    index: int
    coordinates: tuple[tuple[bool, float], ...]
    low: tuple[bool, Real]
    high: tuple[bool, Real]


def assert_exact(
    metric: str,
    Q: Matrix,
    X: Matrix,
    k: int,
    indices: Indices,
    distances: Floats,
    tolerance: float = 2.0**-40,
    skip: Skip = None,
    **params: Any,
) -> None:
    """Assert that each query was given its k nearest rows, in order, with their distances.

    Parameters
    ----------
    metric, Q, X, k, skip, **params : as in k_nearest
    indices, distances : the answer, of shape (n_queries, k)
    tolerance : the relative error allowed in a distance. Which rows are nearer is decided by exact rational numbers
        and the rounding bounds of neighbors_exact where the reduced distance is rational; for other metrics this is
        also the error of a reduced distance, relative to the sum of the absolute values of its terms.
    """
    assert np.shape(indices) == np.shape(distances) == (len(Q), k)
    for i, q in enumerate(Q):
        skipped = skipped_row(skip, i)
        candidates = [candidate(metric, q, X, j, tolerance, **params) for j in range(len(X)) if j != skipped]
        chosen = choose(candidates, [int(j) for j in indices[i]])
        for found, distance in zip(chosen, distances[i], strict=True):
            assert_distance(metric, found, float(distance), tolerance, **params)
        assert_order(metric, chosen, [float(distance) for distance in distances[i]])
        assert_nothing_nearer(candidates, chosen)


def choose(candidates: list[Candidate], indices: list[int]) -> list[Candidate]:
    assert len(set(indices)) == len(indices), f"rows appear twice in {indices}"
    by_index = {row.index: row for row in candidates}
    assert set(indices) <= set(by_index), f"{indices} has rows that the query must not return"
    return [by_index[j] for j in indices]


def assert_distance(metric: str, row: Candidate, distance: float, tolerance: float, **params: Any) -> None:
    is_nan, _ = row.low
    assert math.isnan(distance) == is_nan, f"row {row.index} has distance {distance}"
    if not is_nan:
        low, high = (distance_from_reduced(metric, rounded_real(r), **params) for _, r in (row.low, row.high))
        message = f"row {row.index} has distance {distance}, not one in [{low}, {high}]"
        assert low - tolerance * abs(low) <= distance <= high + tolerance * abs(high), message


def assert_order(metric: str, chosen: list[Candidate], distances: list[float]) -> None:
    """Assert that rows are in the order of (reduced distance, index)."""
    keys = [rank(distance) for distance in distances]
    assert keys == sorted(keys), f"distances {distances} do not ascend"
    # A root may map two reduced distances to one number; then equal distances need not be in the order of indices.
    if METRICS[metric].distance is unchanged:
        keyed = [(key, row.index) for key, row in zip(keys, chosen, strict=True)]
        assert keyed == sorted(keyed), f"rows {[row.index for row in chosen]} at equal distances do not ascend"
    for earlier, later in itertools.combinations(chosen, 2):
        assert not surely_precedes(later, earlier), f"row {later.index} belongs before row {earlier.index}"


def assert_nothing_nearer(candidates: list[Candidate], chosen: list[Candidate]) -> None:
    indices = {row.index for row in chosen}
    left_out = [row for row in candidates if row.index not in indices]
    for outside, inside in itertools.product(left_out, chosen):
        assert not surely_precedes(outside, inside), f"row {outside.index} is nearer than row {inside.index}"


def surely_precedes(a: Candidate, b: Candidate) -> bool:
    """Whether every correct computation puts row ``a`` before row ``b``."""
    return a.high < b.low or (surely_ties(a, b) and a.index < b.index)


def surely_ties(a: Candidate, b: Candidate) -> bool:
    """Whether every correct computation finds the same reduced distance, rounding being the same or absent."""
    return a.coordinates == b.coordinates or a.low == a.high == b.low == b.high


def candidate(metric: str, q: Vector, X: Matrix, index: int, tolerance: float, **params: Any) -> Candidate:
    y = X[index]
    low, high = reduced_bounds(metric, q, y, tolerance, **params)
    return Candidate(index, tuple(rank(float(value)) for value in y), low, high)


def reduced_bounds(
    metric: str, q: Vector, y: Vector, tolerance: float, **params: Any
) -> tuple[tuple[bool, Real], tuple[bool, Real]]:
    """Return bounds of the reduced distance that a correct computation finds, as sort keys."""
    if metric in RATIONAL_METRICS:
        return finite_bounds(metric, *RATIONAL_METRICS[metric].value_and_error(q, y))
    r = reduced_distance(metric, q, y, **params)
    if not math.isfinite(r) or is_found_exactly(metric, q, y):
        return rank(r), rank(r)
    # Each term may have underflowed.
    error = Fraction(tolerance * error_scale(metric, q, y, r, **params)) + len(q) * SMALLEST_POSITIVE
    return finite_bounds(metric, Fraction(r), error)


def is_found_exactly(metric: str, q: Vector, y: Vector) -> bool:
    """Whether every correct computation finds the same number."""
    if metric in {"hamming", "jaccard"}:  # a quotient of two counts is rounded once
        return True
    if metric == "cosine":
        return not (np.any(q) and np.any(y))  # 1 by definition
    return metric != "correlation" and np.array_equal(q, y, equal_nan=True)  # all differences are 0


def finite_bounds(metric: str, value: Fraction, error: Fraction) -> tuple[tuple[bool, Real], tuple[bool, Real]]:
    low, high = value - error, value + error
    if metric != "inner_product":
        low = max(low, Fraction())
    return (False, overflowed(low)), (False, overflowed(high))


def overflowed(x: Fraction) -> Real:
    """Return ``x``, or what stands for it in float64 if it is too large."""
    if abs(x) <= sys.float_info.max:
        return x
    return math.inf if x > 0 else -math.inf


def rounded_real(x: Real) -> float:
    return rounded(x) if isinstance(x, Fraction) else x


def error_scale(metric: str, q: Vector, y: Vector, r: float, **params: Any) -> float:
    """Return what the error of a reduced distance ``r`` is relative to: itself, unless its terms cancel."""
    if metric in {"cosine", "correlation"}:
        return 1.0
    if metric == "mahalanobis":
        return absolute_form([abs(rounded(t)) for t in differences(q, y)], params["VI"])
    return r


def absolute_form(t: Sequence[float], VI: Matrix) -> float:
    """Return ``sum |VI_ij| t_i t_j``."""
    return total(a * abs(float(v)) * b for a, row in zip(t, VI, strict=True) for v, b in zip(row, t, strict=True))
