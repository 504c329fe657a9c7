"""Search by the distances to all rows, a block of queries at a time: for what the compiled index does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hornbeam._validation import Float64
from hornbeam.neighbors._metric import Metric
from hornbeam.neighbors._neighborhoods import Int64, Neighborhoods, Search, blocks
from hornbeam.neighbors._pairwise import distances_to

__all__ = ["BlockSearch"]


class BlockSearch(Search):
    """The distances of some queries to all rows, and the smallest of each query."""

    def __init__(self, rows: Any, metric: Metric) -> None:
        self.rows = rows
        self._metric = metric

    def nearest(self, queries: Any, k: int, n_jobs: int | None) -> tuple[Float64, Int64]:
        found = [
            _smallest(distance, k) if own is None else _without_own(*_smallest(distance, k + 1), own)
            for distance, own in self._measured(queries, n_jobs)
        ]
        return np.concatenate([distance for distance, _ in found]), np.concatenate([row for _, row in found])

    def within(self, queries: Any, radius: Any, n_jobs: int | None) -> Neighborhoods:
        parts = []
        n_done = 0
        for distance, own in self._measured(queries, n_jobs):
            limit = radius[n_done : n_done + len(distance), None] if np.ndim(radius) else radius
            is_near = distance <= limit
            if own is not None:
                is_near[np.arange(len(own)), own] = False
            parts.append(Neighborhoods.of_mask(is_near, distance))
            n_done += len(distance)
        return Neighborhoods.stacked(parts)

    def _measured(self, queries: Any, n_jobs: int | None) -> Iterator[tuple[Float64, Int64 | None]]:
        """Distances of a block of queries to all rows, with the rows that these queries are."""
        measure = distances_to(self.rows, self._metric, n_jobs)
        asked = self.rows if queries is None else queries
        for block in blocks(asked.shape[0], self.rows.shape[0]):
            yield measure(asked[block]), np.arange(block.start, block.stop) if queries is None else None


def _smallest(distance: Float64, k: int) -> tuple[Float64, Int64]:
    """The k smallest of each line by (distance, row), NaN as the largest, and their rows."""
    ranked = np.where(np.isnan(distance), np.inf, distance)
    limit = np.partition(ranked, k - 1, axis=1)[:, k - 1, None]
    _, row = Neighborhoods.of_mask(ranked <= limit, ranked).by_distance().first(k)
    return np.take_along_axis(distance, row, axis=1), row


def _without_own(distance: Float64, row: Int64, own: Int64) -> tuple[Float64, Int64]:
    """One neighbour fewer of each query: not the row that it is, or if that is not among them, not the last."""
    is_other = row != own[:, None]
    is_other[is_other.all(axis=1), -1] = False
    shape = (len(row), row.shape[1] - 1)
    return distance[is_other].reshape(shape), row[is_other].reshape(shape)
