"""Euclidean search in sparse rows: a product of matrices screens, differences of rows decide.

|q - y|^2 = |q|^2 + |y|^2 - 2 q y costs one sparse product for all rows, but cancels where q and y are near each other.
With sums of m terms it is wrong by at most (m + 2) eps (|q|^2 + |y|^2), and a sum of squared differences by as much
again. So it only tells which rows are too far, with twice that to spare; the others are measured by differences.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

from hornbeam._validation import Float64
from hornbeam.neighbors._neighborhoods import Int64, Neighborhoods, Search, blocks

__all__ = ["SparseSearch"]


class SparseSearch(Search):
    """Compressed sparse rows by the euclidean distance."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows

    def nearest(self, queries: Any, k: int, n_jobs: int | None) -> tuple[Float64, Int64]:
        last = k - 1 + (queries is None)  # of those that the screen has to let through
        parts = []
        for pairs, low, high in self._screened(queries):
            limit = np.partition(high, last, axis=1)[:, last, None]
            parts.append(pairs.measured(~(low > limit)))
        return Neighborhoods.stacked(parts).by_distance().first(k)

    def within(self, queries: Any, radius: Any, n_jobs: int | None) -> Neighborhoods:
        parts = []
        for pairs, low, _ in self._screened(queries):
            reach = radius[pairs.block, None] if np.ndim(radius) else radius
            parts.append(pairs.measured(~(np.sqrt(np.maximum(low, 0.0)) > reach)))
        return Neighborhoods.stacked(parts).within(radius)

    def _screened(self, queries: Any) -> Iterator[tuple[_Pairs, Float64, Float64]]:
        """Blocks of queries, with bounds of their squared distances to all rows. NaN bounds nothing."""
        base = _as_rows(self.rows)
        asked = base if queries is None else _as_rows(queries)
        base_squares, asked_squares = _squares(base), _squares(asked)
        n_terms = _longest(base) + _longest(asked)
        for block in blocks(asked.shape[0], base.shape[0]):
            with np.errstate(over="ignore", invalid="ignore"):
                sizes = asked_squares[block, None] + base_squares
                squares = sizes - 2.0 * (asked[block] @ base.T).toarray()
                error = 4.0 * (n_terms + 2) * np.finfo(np.float64).eps * sizes + np.finfo(np.float64).tiny
                low, high = squares - error, squares + error
            yield _Pairs(asked, base, block, has_own=queries is None), low, high


class _Pairs:
    """A block of queries and all rows, of which no query has itself if it has an own."""

    def __init__(self, asked: Any, base: Any, block: slice, *, has_own: bool) -> None:
        self._asked = asked
        self._base = base
        self.block = block
        self._has_own = has_own

    def measured(self, is_candidate: NDArray[np.bool_]) -> Neighborhoods:
        """The candidates with their distances, in pieces of bounded memory."""
        if self._has_own:
            np.fill_diagonal(is_candidate[:, self.block], False)
        query, row = np.nonzero(is_candidate)
        width = _longest(self._asked) + _longest(self._base) + 1
        with np.errstate(over="ignore"):
            squares = [
                _squares(self._asked[self.block.start + query[piece]] - self._base[row[piece]])
                for piece in blocks(len(row), width)
            ]
        return Neighborhoods.of_counts(is_candidate.sum(axis=1), np.sqrt(np.concatenate([[], *squares])), row)


def _as_rows(X: Any) -> Any:
    rows = X if issparse(X) else csr_matrix(X)
    return rows.astype(np.float64, copy=False)


def _squares(X: Any) -> Float64:
    """The squared length of each row, summed in the order of columns."""
    with np.errstate(over="ignore"):
        squares = X.data * X.data
    row = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    return np.asarray(np.bincount(row, squares, minlength=X.shape[0]), dtype=np.float64)


def _longest(X: Any) -> int:
    """The largest number of values that a row stores."""
    return int(np.diff(X.indptr).max(initial=0))
