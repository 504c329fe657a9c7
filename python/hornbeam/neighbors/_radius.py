"""Searches for all neighbours within a radius, and the graph that they make."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import reading
from hornbeam.neighbors._base import NeighborsBase
from hornbeam.neighbors._nearest import check_mode, graph_of
from hornbeam.neighbors._neighborhoods import Neighborhoods

__all__ = ["RadiusNeighborsMixin"]


class RadiusNeighborsMixin(NeighborsBase):
    """Adds `radius_neighbors` and `radius_neighbors_graph`."""

    @of_one_fit
    def radius_neighbors(
        self, X: Any = None, radius: Any = None, return_distance: bool = True, sort_results: bool = False
    ) -> Any:
        """Find all rows of the fit within a radius.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), or (n_queries, n_indexed) if \
                metric="precomputed", default=None
            Queries. None are the rows of the fit, of which none is its own neighbour.
        radius : float or array-like of shape (n_queries,), default=None
            Largest distance, itself included, of at least 0; one for all queries or one for each. None is that of the
            constructor.
        return_distance : bool, default=True
            Whether distances are returned too.
        sort_results : bool, default=False
            Whether the nearest come first, and of equally near ones the lower row; else they come in the order of rows.

        Returns
        -------
        neigh_dist : ndarray of shape (n_queries,) of arrays, dtype float64
            Distances. Only if `return_distance`.
        neigh_ind : ndarray of shape (n_queries,) of arrays, dtype int64
            Rows of the fit.

        Raises
        ------
        ValueError
            If the radius is negative, or results are to be sorted whose distances are not returned.

        Examples
        --------
        >>> import hornbeam as hb
        >>> model = hb.NearestNeighbors(radius=2.0).fit([[0.0], [1.0], [3.0]])
        >>> distances, rows = model.radius_neighbors([[1.5]], sort_results=True)
        >>> distances[0], rows[0]
        (array([0.5, 1.5, 1.5]), array([1, 0, 2]))
        """
        if sort_results and not return_distance:
            raise ValueError("return_distance must be True if sort_results is True.")
        found = self._within(X, radius)
        if sort_results:
            found = found.by_distance()
        rows = found.split(found.row)
        return (found.split(found.distance), rows) if return_distance else rows

    @of_one_fit
    def radius_neighbors_graph(
        self, X: Any = None, radius: Any = None, mode: str = "connectivity", sort_results: bool = False
    ) -> Any:
        """Compute the graph of queries and the rows within a radius.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), or (n_queries, n_indexed) if \
                metric="precomputed", default=None
            Queries. None are the rows of the fit, of which none is its own neighbour.
        radius : float or array-like of shape (n_queries,), default=None
            Largest distance, itself included. None is that of the constructor.
        mode : {"connectivity", "distance"}, default="connectivity"
            Whether edges are ones or distances, of which those of zero are stored too.
        sort_results : bool, default=False
            Whether in each row of the graph the nearest comes first. Only for mode="distance".

        Returns
        -------
        graph : sparse matrix of shape (n_queries, n_samples_fit)
            Compressed sparse rows.
        """
        check_mode(mode)
        found = self._within(X, radius)
        if sort_results and mode == "distance":
            found = found.by_distance()
        return graph_of(found, self.n_samples_fit_, mode)

    def _within(self, X: Any, radius: Any = None) -> Neighborhoods:
        """All within the radius, by row; X=None are the rows of the fit, each without itself."""
        check_is_fitted(self)
        queries = self._queries(X)
        n_queries = self.n_samples_fit_ if queries is None else queries.shape[0]
        reach = _checked_radius(self.radius if radius is None else radius, n_queries)
        return self._search.within(queries, reach, self.n_jobs)


def _checked_radius(radius: Any, n_queries: int) -> Any:
    with reading("radius"):
        reach = np.asarray(radius, dtype=np.float64)
    if reach.shape not in ((), (n_queries,)):
        raise ValueError(
            f"radius must be a number or have one for each of {n_queries} queries, got shape {reach.shape}"
        )
    if not (reach >= 0).all():
        raise ValueError(f"radius must not be negative or NaN, got {radius!r}")
    return reach if reach.ndim else float(reach)
