"""Exact nearest neighbours: all distances, sorted.

Neighbours are ordered by (reduced distance, index); a distance that is NaN comes last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.neighbors_distances import Matrix, distance_from_reduced, reduced_distance
from tests.reference.neighbors_exact import Vector

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Skip = Sequence[int] | npt.NDArray[np.integer[Any]] | None


def k_nearest(metric: str, Q: Matrix, X: Matrix, k: int, skip: Skip = None, **params: Any) -> tuple[Floats, Indices]:
    """Return the k rows of ``X`` nearest to each query.

    Parameters
    ----------
    metric, **params : as in reduced_distance
    Q, X : matrices of shape (n_queries, d) and (n_rows, d)
    k : how many rows
    skip : for each query a row that it must not return, such as itself; -1 for none

    Returns
    -------
    distances, indices : arrays of shape (n_queries, k), ordered by (reduced distance, index)

    Raises
    ------
    ValueError
        If a query has fewer than k rows to choose from.
    """
    distances, indices = np.empty((len(Q), k)), np.empty((len(Q), k), np.intp)
    for i, q in enumerate(Q):
        ranked = ranked_rows(metric, q, X, skipped_row(skip, i), **params)
        if len(ranked) < k:
            raise ValueError(f"k={k}, but query {i} has only {len(ranked)} rows to choose from")
        distances[i] = [distance_from_reduced(metric, r, **params) for r, _ in ranked[:k]]
        indices[i] = [j for _, j in ranked[:k]]
    return distances, indices


def within_radius(
    metric: str, Q: Matrix, X: Matrix, radius: float, skip: Skip = None, **params: Any
) -> list[tuple[Floats, Indices]]:
    """Return for each query the rows of ``X`` whose distance, as float64, is at most ``radius``.

    Parameters are those of k_nearest. Rows are ordered by (distance, index); a distance that is NaN is in no radius.
    """
    found = []
    for i, q in enumerate(Q):
        ranked = ranked_rows(metric, q, X, skipped_row(skip, i), **params)
        near = [(distance_from_reduced(metric, r, **params), j) for r, j in ranked]
        near = sorted((distance, j) for distance, j in near if distance <= radius)
        found.append((np.array([distance for distance, _ in near]), np.array([j for _, j in near], np.intp)))
    return found


def ranked_rows(metric: str, q: Vector, X: Matrix, skipped: int, **params: Any) -> list[tuple[float, int]]:
    """Return (reduced distance, index) of all rows but the skipped one, the nearest first."""
    rows = [(reduced_distance(metric, q, y, **params), j) for j, y in enumerate(X) if j != skipped]
    return sorted(rows, key=lambda row: (*rank(row[0]), row[1]))


def rank(r: float) -> tuple[bool, float]:
    """Return a key that sorts NaN behind everything."""
    return (True, 0.0) if math.isnan(r) else (False, r)


def skipped_row(skip: Skip, query: int) -> int:
    return -1 if skip is None else int(skip[query])
