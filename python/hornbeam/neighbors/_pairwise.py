"""Distances of queries to all rows for what the compiled index does not search: a block of queries at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse
from sklearn.metrics import DistanceMetric, pairwise_distances
from sklearn.metrics.pairwise import PAIRWISE_BOOLEAN_FUNCTIONS
from sklearn.neighbors import VALID_METRICS

from hornbeam._validation import Float64
from hornbeam.neighbors._metric import Metric

__all__ = ["Distances", "distances_to"]

Distances = Callable[[Any], Float64]


def distances_to(rows: Any, metric: Metric, n_jobs: int | None) -> Distances:
    """A function that returns the distances of queries, a row of the result for each, to all rows."""
    if metric.is_precomputed:
        return _as_distances
    if isinstance(metric.kind, DistanceMetric):
        return _by_object(rows, metric.kind)
    if callable(metric.kind):
        return _by_pairs(rows, metric.kind, metric.params, n_jobs)
    if metric.kind == "pyfunc":
        params = dict(metric.params)
        return _by_pairs(rows, params.pop("func"), params, n_jobs)
    if metric.kind in VALID_METRICS["brute"]:
        return _by_name(rows, metric.kind, _with_scales(rows, metric), n_jobs)
    return _by_object(rows, DistanceMetric.get_metric(metric.kind, **metric.params))


def _as_distances(queries: Any) -> Float64:
    return np.asarray(queries, dtype=np.float64)


def _by_object(rows: Any, metric: Any) -> Distances:
    dtype = np.float32 if type(metric).__name__.endswith("32") else np.float64
    base = np.ascontiguousarray(rows, dtype=dtype)
    return lambda queries: np.asarray(
        metric.pairwise(np.ascontiguousarray(queries, dtype=dtype), base), dtype=np.float64
    )


def _by_pairs(rows: Any, function: Any, params: dict[str, Any], n_jobs: int | None) -> Distances:
    return _by_name(rows, function, params, n_jobs)


def _by_name(rows: Any, name: Any, params: dict[str, Any], n_jobs: int | None) -> Distances:
    dtype = np.bool_ if name in PAIRWISE_BOOLEAN_FUNCTIONS else np.float64
    is_sparse = issparse(rows)
    base = _with_short_indices(rows.astype(dtype, copy=False)) if is_sparse else rows.astype(dtype, copy=False)

    def measure(queries: Any) -> Float64:
        queries = queries.astype(dtype, copy=False)
        if is_sparse:
            queries = _with_short_indices(queries if issparse(queries) else csr_matrix(queries))
        measured = pairwise_distances(queries, base, metric=name, n_jobs=n_jobs, **params)
        return np.asarray(measured, dtype=np.float64)

    return measure


def _with_short_indices(X: Any) -> Any:
    """The sparse matrix with indices of 32 bits, which scikit-learn asks for, if they are large enough."""
    if X.indices.dtype == np.int32 or max(X.nnz, *X.shape) > np.iinfo(np.int32).max:
        return X
    return type(X)((X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)), shape=X.shape)


def _with_scales(rows: Any, metric: Metric) -> dict[str, Any]:
    """The keywords of the metric; scales of features that were not given are those of the rows."""
    params = {name: value for name, value in metric.params.items() if value is not None}
    if metric.kind == "seuclidean" and "V" not in params:
        params["V"] = np.var(rows, axis=0, ddof=1, dtype=np.float64)
    if metric.kind == "mahalanobis" and "VI" not in params:
        covariance = params.pop("V", None)
        if covariance is None:
            covariance = np.atleast_2d(np.cov(rows.T, dtype=np.float64))
        params["VI"] = np.linalg.inv(covariance)
    return params
