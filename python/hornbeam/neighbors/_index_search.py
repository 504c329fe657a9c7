"""Search by the compiled index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hornbeam._core import ExactIndex, metric_names
from hornbeam._validation import Float64, FloatMatrix, aligned, n_threads, reading
from hornbeam.neighbors._neighborhoods import Int64, Neighborhoods, Search, blocks

__all__ = ["IndexSearch", "index_metrics"]

# float32 holds every number of these types.
_SMALL_TYPES = (np.float16, np.float32, np.int8, np.uint8)
# The index compares powers and sums. By so much, relatively, it looks beyond a radius, and distances decide in the end.
_SLACK = 1e-9


def index_metrics() -> list[str]:
    """The names of the metrics that the index knows."""
    return metric_names()


class IndexSearch(Search):
    """The compiled index, which has its own copy of the rows.

    A pickle has the rows alone, and the index is built again when it is needed.
    """

    def __init__(self, rows: Any, metric: str, p: float, n_jobs: int | None) -> None:
        self.rows = rows
        self._metric = metric
        self._p = p
        self._index: ExactIndex | None = self._built(n_jobs)

    def nearest(self, queries: Any, k: int, n_jobs: int | None) -> tuple[Float64, Int64]:
        index = self._ready(n_jobs)
        found = [
            index.nearest(block, k, own_row=own, n_threads=n_threads(n_jobs)) for block, own in self._asked(queries)
        ]
        if len(found) == 1:
            return found[0]
        return np.concatenate([distance for distance, _ in found]), np.concatenate([row for _, row in found])

    def within(self, queries: Any, radius: Any, n_jobs: int | None) -> Neighborhoods:
        index = self._ready(n_jobs)
        reach = float(np.max(radius)) * (1 + _SLACK)
        parts = [
            Neighborhoods(*index.within(block, reach, own_row=own, n_threads=n_threads(n_jobs)))
            for block, own in self._asked(queries)
        ]
        return Neighborhoods.stacked(parts).within(radius)

    def _asked(self, queries: Any) -> Iterator[tuple[FloatMatrix, Int64 | None]]:
        """Queries as the index reads them, with the rows that they are; sparse ones a block after the other."""
        if queries is None:
            yield _as_floats(self.rows), np.arange(len(self.rows))
        elif not issparse(queries):
            yield _as_floats(queries), None
        else:
            for block in blocks(*queries.shape):
                yield _as_floats(queries[block].toarray()), None

    def _ready(self, n_jobs: int | None) -> ExactIndex:
        if self._index is None:
            self._index = self._built(n_jobs)
        return self._index

    def _built(self, n_jobs: int | None) -> ExactIndex:
        return ExactIndex(_as_floats(self.rows), metric=self._metric, p=self._p, n_threads=n_threads(n_jobs))

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_index": None}


def _as_floats(X: Any) -> FloatMatrix:
    """The table as the index reads it: float32 if that holds every number of its type, else float64."""
    dtype = np.float32 if X.dtype.type in _SMALL_TYPES else np.float64
    with reading("X"):
        return aligned(X.astype(dtype, copy=False))
