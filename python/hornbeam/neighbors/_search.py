"""Exact neighbours among the rows of a fit: the one place that decides who finds them.

The compiled index searches what it has a metric for. Everything else is measured to all rows, a block of queries at a
time. Both give float64 distances in the order of (distance, row), and estimators see `Search` alone.
"""

from __future__ import annotations

from typing import Any

from scipy.sparse import issparse

from hornbeam.neighbors._block_search import BlockSearch
from hornbeam.neighbors._index_search import IndexSearch, index_metrics
from hornbeam.neighbors._metric import Metric
from hornbeam.neighbors._neighborhoods import Search
from hornbeam.neighbors._precomputed_search import PrecomputedSearch
from hornbeam.neighbors._sparse_search import SparseSearch

__all__ = ["search_of"]

# Other names of what the index knows.
_NAMES = {"l2": "euclidean", "l1": "manhattan", "cityblock": "manhattan", "infinity": "chebyshev", "p": "minkowski"}


def search_of(rows: Any, metric: Metric, n_jobs: int | None) -> Search:
    """Who searches these rows by this metric.

    Rows are numbers of any type, dense or compressed sparse rows, and for a precomputed metric their distances.
    """
    if metric.is_precomputed:
        return PrecomputedSearch(rows, metric)
    name = _name_in_index(metric)
    if issparse(rows) and name == "euclidean":
        return SparseSearch(rows)
    if issparse(rows) or name is None:
        return BlockSearch(rows, metric)
    return IndexSearch(rows, name, float(metric.params.get("p", 2.0)), n_jobs)


def _name_in_index(metric: Metric) -> str | None:
    """The index's name of the metric; None if it has none, or none with these keywords."""
    if not isinstance(metric.kind, str):
        return None
    name = _NAMES.get(metric.kind, metric.kind)
    keywords = {key for key, value in metric.params.items() if value is not None}
    if name == "minkowski":
        if metric.params.get("p", 2.0) < 1:
            return None
        keywords.discard("p")
    return name if name in index_metrics() and not keywords else None
