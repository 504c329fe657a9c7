"""Graphs of the rows of a table and their neighbours."""

from __future__ import annotations

from typing import Any

from hornbeam._validation import (
    POSITIVE_OR_INFINITE,
    ZERO_TO_INFINITE,
    HasMethods,
    Integral,
    Interval,
    StrOptions,
    validate_params,
)
from hornbeam.neighbors._metric import METRIC_CONSTRAINT
from hornbeam.neighbors._unsupervised import NearestNeighbors

_SHARED: dict[str, list[Any]] = {
    "mode": [StrOptions({"connectivity", "distance"})],
    "metric": METRIC_CONSTRAINT,
    "p": [POSITIVE_OR_INFINITE, None],
    "metric_params": [dict, None],
    "include_self": ["boolean", StrOptions({"auto"})],
    "n_jobs": [Integral, None],
}


@validate_params(
    {
        "X": ["array-like", "sparse matrix", HasMethods("kneighbors_graph")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        **_SHARED,
    },
    prefer_skip_nested_validation=False,
)
def kneighbors_graph(
    X: Any,
    n_neighbors: int,
    *,
    mode: str = "connectivity",
    metric: Any = "minkowski",
    p: float | None = 2,
    metric_params: dict[str, Any] | None = None,
    include_self: bool | str = False,
    n_jobs: int | None = None,
) -> Any:
    """Compute the graph of rows and their k nearest neighbours.

    A drop-in replacement of scikit-learn's function of this name.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features) or estimator
        Rows, or an estimator of neighbours that was fitted to them and has the same metric.
    n_neighbors : int
        Number of neighbours, 1 to the number of rows (one less without the row itself).
    mode : {"connectivity", "distance"}, default="connectivity"
        Whether edges are ones or distances.
    metric : str, callable or DistanceMetric, default="minkowski"
        The distance, as of `NearestNeighbors`.
    p : float, default=2
        The power of Minkowski's distance, above 0.
    metric_params : dict, default=None
        Further keywords of the metric.
    include_self : bool or "auto", default=False
        Whether a row may be its own neighbour. "auto" means if edges are ones.
    n_jobs : int or None, default=None
        Number of threads. None uses all that are allowed, -1 all, -2 all but one. The result does not depend on it.

    Returns
    -------
    graph : sparse matrix of shape (n_samples, n_samples)
        Compressed sparse rows; in each the nearest comes first, of equally near ones the lower row.

    Raises
    ------
    ValueError
        If there are not so many rows, or the estimator has another metric.

    See Also
    --------
    radius_neighbors_graph : The graph of all neighbours within a radius.

    Examples
    --------
    >>> import hornbeam as hb
    >>> hb.kneighbors_graph([[0.0], [3.0], [1.0]], 2, include_self=True).toarray()
    array([[1., 0., 1.],
           [0., 1., 1.],
           [1., 0., 1.]])
    """
    if hasattr(X, "kneighbors_graph"):
        searcher = _checked_searcher(X, metric, p, metric_params)
    else:
        searcher = NearestNeighbors(
            n_neighbors=n_neighbors, metric=metric, p=p, metric_params=metric_params, n_jobs=n_jobs
        ).fit(X)
    return searcher.kneighbors_graph(_queries(searcher, include_self, mode), n_neighbors=n_neighbors, mode=mode)


@validate_params(
    {
        "X": ["array-like", "sparse matrix", HasMethods("radius_neighbors_graph")],
        "radius": [ZERO_TO_INFINITE],
        **_SHARED,
    },
    prefer_skip_nested_validation=False,
)
def radius_neighbors_graph(
    X: Any,
    radius: float,
    *,
    mode: str = "connectivity",
    metric: Any = "minkowski",
    p: float | None = 2,
    metric_params: dict[str, Any] | None = None,
    include_self: bool | str = False,
    n_jobs: int | None = None,
) -> Any:
    """Compute the graph of rows and their neighbours within a radius.

    A drop-in replacement of scikit-learn's function of this name.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features) or estimator
        Rows, or an estimator of neighbours that was fitted to them and has the same metric.
    radius : float
        Largest distance of a neighbour, itself included; at least 0.
    mode : {"connectivity", "distance"}, default="connectivity"
        Whether edges are ones or distances.
    metric : str, callable or DistanceMetric, default="minkowski"
        The distance, as of `NearestNeighbors`.
    p : float, default=2
        The power of Minkowski's distance, above 0.
    metric_params : dict, default=None
        Further keywords of the metric.
    include_self : bool or "auto", default=False
        Whether a row may be its own neighbour. "auto" means if edges are ones.
    n_jobs : int or None, default=None
        Number of threads. None uses all that are allowed, -1 all, -2 all but one. The result does not depend on it.

    Returns
    -------
    graph : sparse matrix of shape (n_samples, n_samples)
        Compressed sparse rows, with neighbours in the order of rows.

    Raises
    ------
    ValueError
        If the radius is negative, or the estimator has another metric.

    See Also
    --------
    kneighbors_graph : The graph of the k nearest neighbours.

    Examples
    --------
    >>> import hornbeam as hb
    >>> hb.radius_neighbors_graph([[0.0], [3.0], [1.0]], 1.5, mode="distance").toarray()
    array([[0., 0., 1.],
           [0., 0., 0.],
           [1., 0., 0.]])
    """
    if hasattr(X, "radius_neighbors_graph"):
        searcher = _checked_searcher(X, metric, p, metric_params)
    else:
        searcher = NearestNeighbors(radius=radius, metric=metric, p=p, metric_params=metric_params, n_jobs=n_jobs).fit(
            X
        )
    return searcher.radius_neighbors_graph(_queries(searcher, include_self, mode), radius, mode)


def _checked_searcher(estimator: Any, metric: Any, p: Any, metric_params: Any) -> Any:
    """The estimator, if its metric is the one that was asked for."""
    own = estimator.get_params()
    for name, value in {"metric": metric, "p": p, "metric_params": metric_params}.items():
        if value != own[name]:
            raise ValueError(f"Got {value} for {name}, while the estimator has {own[name]} for the same parameter.")
    return estimator


def _queries(searcher: Any, include_self: bool | str, mode: str) -> Any:
    """The rows as queries if they may find themselves, else None."""
    if include_self == "auto":
        include_self = mode == "connectivity"
    return searcher._fit_X if include_self else None
