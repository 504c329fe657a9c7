"""Search in precomputed distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from hornbeam._validation import Float64
from hornbeam.neighbors._block_search import BlockSearch
from hornbeam.neighbors._metric import Metric
from hornbeam.neighbors._neighborhoods import Int64, Neighborhoods, Search

__all__ = ["PrecomputedSearch"]


class PrecomputedSearch(Search):
    """Queries are their distances: to all rows, or in a sparse matrix to those that it stores, explicit zeros too."""

    def __init__(self, rows: Any, metric: Metric) -> None:
        self.rows = rows
        self._dense = BlockSearch(rows, metric)

    def nearest(self, queries: Any, k: int, n_jobs: int | None) -> tuple[Float64, Int64]:
        graph = self.rows if queries is None else queries
        if not issparse(graph):
            return self._dense.nearest(queries, k, n_jobs)
        known = _stored(graph)
        # Rows of the fit are asked for one more, as if they were stored as their own neighbours.
        n_required, fewest = k + (queries is None), known.sizes.min()
        if fewest < n_required:
            raise ValueError(
                f"{n_required} neighbors per samples are required, but some samples have only {fewest} neighbors in "
                "precomputed graph matrix. Decrease number of neighbors used or recompute the graph with more of them."
            )
        return (known.without_own() if queries is None else known).by_distance().first(k)

    def within(self, queries: Any, radius: Any, n_jobs: int | None) -> Neighborhoods:
        graph = self.rows if queries is None else queries
        if not issparse(graph):
            return self._dense.within(queries, radius, n_jobs)
        found = _stored(graph).within(radius)
        return found.without_own() if queries is None else found


def _stored(graph: Any) -> Neighborhoods:
    return Neighborhoods(
        graph.indptr.astype(np.int64), graph.data.astype(np.float64, copy=False), graph.indices.astype(np.int64)
    )
