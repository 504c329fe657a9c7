"""Tables turned into graphs of neighbours, for estimators that read precomputed distances."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import StrOptions
from hornbeam.neighbors._base import UnsupervisedNeighbors, constraints
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._nearest import KNeighborsMixin
from hornbeam.neighbors._radius import RadiusNeighborsMixin

_MODE_CONSTRAINT = [StrOptions({"distance", "connectivity"})]


class _GraphTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, UnsupervisedNeighbors):
    """Rows as features: a column for each row of the fit."""

    @property
    def _n_features_out(self) -> int:
        return self.n_samples_fit_

    @abstractmethod
    def transform(self, X: Any) -> Any:
        """Compute the graph of queries and rows."""

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, and compute the graph of the rows themselves.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : Ignored
            Here for scikit-learn's sake.

        Returns
        -------
        graph : sparse matrix of shape (n_samples, n_samples)
            Compressed sparse rows. Every row is among its own neighbours.
        """
        return self.fit(X).transform(X)


@share_docs
class KNeighborsTransformer(_GraphTransformer, KNeighborsMixin):
    """The graph of the k nearest neighbours as features.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    mode : {"distance", "connectivity"}, default="distance"
        Whether edges are distances or ones.
    n_neighbors : int, default=5
        Number of neighbours, at least 1. With distances there is one more, because a row of the fit is its own nearest.
    {SEARCH}

    Attributes
    ----------
    {FITTED}

    See Also
    --------
    RadiusNeighborsTransformer : The graph of all neighbours within a radius.
    kneighbors_graph : The graph of the rows of a table.

    Notes
    -----
    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> hb.KNeighborsTransformer(n_neighbors=1).fit_transform([[0.0], [1.0], [3.0]]).toarray()
    array([[0., 1., 0.],
           [1., 0., 0.],
           [0., 2., 0.]])
    """

    _parameter_constraints = constraints(without="radius", mode=_MODE_CONSTRAINT)

    n_neighbors: int

    def __init__(
        self,
        *,
        mode: str = "distance",
        n_neighbors: int = 5,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: Any = "minkowski",
        p: float | None = 2,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.mode = mode
        self.n_neighbors = n_neighbors
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    @of_one_fit
    def transform(self, X: Any) -> Any:
        """Compute the graph of queries and their nearest rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            Queries.

        Returns
        -------
        graph : sparse matrix of shape (n_queries, n_samples_fit)
            Compressed sparse rows; in each the nearest comes first, and distances of zero are stored.
        """
        check_is_fitted(self)
        return self.kneighbors_graph(X, self.n_neighbors + (self.mode == "distance"), self.mode)


@share_docs
class RadiusNeighborsTransformer(_GraphTransformer, RadiusNeighborsMixin):
    """The graph of all neighbours within a radius as features.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    mode : {"distance", "connectivity"}, default="distance"
        Whether edges are distances or ones.
    radius : float, default=1.0
        Largest distance of a neighbour, itself included; at least 0.
    {SEARCH}

    Attributes
    ----------
    {FITTED}

    See Also
    --------
    KNeighborsTransformer : The graph of the k nearest neighbours.
    radius_neighbors_graph : The graph of the rows of a table.

    Notes
    -----
    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> hb.RadiusNeighborsTransformer(radius=2.0).fit_transform([[0.0], [1.0], [3.0]]).toarray()
    array([[0., 1., 0.],
           [1., 0., 2.],
           [0., 2., 0.]])
    """

    _parameter_constraints = constraints(without="n_neighbors", mode=_MODE_CONSTRAINT)

    def __init__(
        self,
        *,
        mode: str = "distance",
        radius: float = 1.0,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: Any = "minkowski",
        p: float | None = 2,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.mode = mode
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    @of_one_fit
    def transform(self, X: Any) -> Any:
        """Compute the graph of queries and the rows within the radius.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            Queries.

        Returns
        -------
        graph : sparse matrix of shape (n_queries, n_samples_fit)
            Compressed sparse rows; distances come in ascending order, and those of zero are stored.
        """
        check_is_fitted(self)
        return self.radius_neighbors_graph(X, mode=self.mode, sort_results=True)
