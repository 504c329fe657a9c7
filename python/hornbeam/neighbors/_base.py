"""What all estimators of neighbours share: parameters, the rows of the fit, the check of queries."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import MultiOutputMixin
from sklearn.metrics import DistanceMetric
from sklearn.neighbors import BallTree, KDTree
from sklearn.utils.validation import check_is_fitted, check_non_negative

from hornbeam._fit_guard import all_or_nothing
from hornbeam._validation import (
    N_JOBS_CONSTRAINT,
    POSITIVE_OR_INFINITE,
    ZERO_TO_INFINITE,
    Integral,
    Interval,
    StrOptions,
    check_rows,
    fit_context,
)
from hornbeam._versioned_pickle import VersionedPickleMixin
from hornbeam.neighbors._metric import METRIC_CONSTRAINT, Metric, check_combination, check_metric, metric_of
from hornbeam.neighbors._neighborhoods import Search
from hornbeam.neighbors._search import search_of

__all__ = ["NeighborsBase", "UnsupervisedNeighbors", "constraints"]

_CONSTRAINTS: dict[str, list[Any]] = {
    "n_neighbors": [Interval(Integral, 1, None, closed="left"), None],
    "radius": [ZERO_TO_INFINITE, None],
    "algorithm": [StrOptions({"auto", "ball_tree", "kd_tree", "brute"})],
    "leaf_size": [Interval(Integral, 1, None, closed="left")],
    "p": [POSITIVE_OR_INFINITE, None],
    "metric": METRIC_CONSTRAINT,
    "metric_params": [dict, None],
    "n_jobs": N_JOBS_CONSTRAINT,
}
# Formats whose way to compressed rows loses explicit zeros, or could: a distance of zero would be no neighbour.
_FORMATS_OF_GRAPHS = ("csr", "csc", "coo", "lil")


def constraints(without: str = "", **added: list[Any]) -> dict[str, list[Any]]:
    """The constraints of the shared parameters, but for one, and of an estimator's own."""
    return {name: constraint for name, constraint in _CONSTRAINTS.items() if name != without} | added


class NeighborsBase(MultiOutputMixin, VersionedPickleMixin, ABC):
    """Base of the estimators that search the rows of their fit."""

    _parameter_constraints: dict[str, list[Any]] = _CONSTRAINTS

    n_neighbors: int | None
    radius: float | None
    algorithm: str
    leaf_size: int
    metric: Any
    p: float | None
    metric_params: dict[str, Any] | None
    n_jobs: int | None

    _fit_X: Any
    _search: Search
    effective_metric_: str | Callable[..., float]
    effective_metric_params_: dict[str, Any]
    n_samples_fit_: int
    n_features_in_: int

    def _fit_rows(self, X: Any) -> None:
        """Set what a fit learns from X: the rows of a table, of another estimator of neighbours, or of a tree."""
        rows, given = self._rows_of(X)
        check_metric(self)
        metric = given or metric_of(self)
        check_combination(metric, self.algorithm, is_sparse=issparse(rows))
        if metric.is_precomputed:
            check_non_negative(rows, "precomputed distance matrix")
            if rows.shape[0] != rows.shape[1]:
                raise ValueError(
                    f"Precomputed matrix must be square. Input is a {rows.shape[0]}x{rows.shape[1]} matrix."
                )
        self.effective_metric_ = metric.kind
        self.effective_metric_params_ = metric.params
        self.n_samples_fit_ = rows.shape[0]
        self._fit_X = rows
        self._search = search_of(rows, metric, self.n_jobs)

    def _rows_of(self, X: Any) -> tuple[Any, Metric | None]:
        """The rows to search, and a metric that came with them."""
        if isinstance(X, NeighborsBase):
            check_is_fitted(X)
            return X._fit_X, None
        if isinstance(X, BallTree | KDTree):
            measures = [part for part in X.__getstate__() if isinstance(part, DistanceMetric)]
            return np.asarray(X.data), Metric(measures[0])
        return check_rows(self, X, reset=True, allow_nan=self._metric_is("nan_euclidean")), None

    def _queries(self, X: Any) -> Any:
        """Queries as they are searched; None are the rows of the fit."""
        if X is None:
            return None
        is_precomputed = self._metric_is("precomputed")
        if is_precomputed and issparse(X) and X.format not in _FORMATS_OF_GRAPHS:
            raise TypeError(
                f"Sparse matrix in {X.format!r} format is not supported due to its handling of explicit zeros"
            )
        queries = check_rows(self, X, reset=False, allow_nan=self._metric_is("nan_euclidean"))
        if queries.shape[1] != self._fit_X.shape[1]:  # fitted on what has no n_features_in_
            raise ValueError(f"X has {queries.shape[1]} features, but the rows of the fit have {self._fit_X.shape[1]}")
        if is_precomputed:
            check_non_negative(queries, "precomputed distance matrix")
        elif issparse(queries) and not issparse(self._fit_X) and self.algorithm in ("ball_tree", "kd_tree"):
            raise ValueError(
                f"{self.algorithm} does not work with sparse matrices. Densify the data, or set algorithm='brute'"
            )
        return queries

    def _metric_is(self, name: str) -> bool:
        return isinstance(self.metric, str) and self.metric == name

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        is_precomputed = self._metric_is("precomputed")
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = is_precomputed
        tags.input_tags.positive_only = is_precomputed
        tags.input_tags.allow_nan = self._metric_is("nan_euclidean")
        return tags


class UnsupervisedNeighbors(NeighborsBase):
    """Adds a fit that needs rows alone."""

    @all_or_nothing
    @fit_context
    def fit(self, X: Any, y: Any = None) -> Self:
        """Keep the rows of X and prepare the search.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or (n_samples, n_samples) if \
                metric="precomputed"
            Rows. They are not copied, so do not change them as long as the estimator is used.
        y : Ignored
            Here for scikit-learn's sake.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._fit_rows(X)
        return self
