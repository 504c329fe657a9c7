"""Searches for the k nearest neighbours, and the graph that they make."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, csr_matrix
from sklearn import get_config
from sklearn.utils.validation import check_is_fitted

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64, Integral
from hornbeam.neighbors._base import NeighborsBase
from hornbeam.neighbors._neighborhoods import Int64, Neighborhoods

__all__ = ["KNeighborsMixin", "graph_of"]


class KNeighborsMixin(NeighborsBase):
    """Adds `kneighbors` and `kneighbors_graph`."""

    @of_one_fit
    def kneighbors(self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True) -> Any:
        """Find the nearest rows of the fit.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), or (n_queries, n_indexed) if \
                metric="precomputed", default=None
            Queries. None are the rows of the fit, of which none is its own neighbour.
        n_neighbors : int, default=None
            Number of neighbours, 1 to the number of rows (one less if X is None). None is that of the constructor.
        return_distance : bool, default=True
            Whether distances are returned too.

        Returns
        -------
        neigh_dist : ndarray of shape (n_queries, n_neighbors), dtype float64
            Distances, in ascending order. Only if `return_distance`.
        neigh_ind : ndarray of shape (n_queries, n_neighbors), dtype int64
            Rows of the fit. Of equally near ones the lower comes first.

        Raises
        ------
        ValueError
            If there are not so many rows.

        Examples
        --------
        >>> import hornbeam as hb
        >>> model = hb.NearestNeighbors(n_neighbors=2).fit([[0.0], [1.0], [3.0]])
        >>> model.kneighbors([[1.5]])
        (array([[0.5, 1.5]]), array([[1, 0]]))
        >>> model.kneighbors(return_distance=False)
        array([[1, 2],
               [0, 2],
               [1, 0]])
        """
        distance, row = self._nearest(X, n_neighbors)
        return (distance, row) if return_distance else row

    @of_one_fit
    def kneighbors_graph(self, X: Any = None, n_neighbors: int | None = None, mode: str = "connectivity") -> Any:
        """Compute the graph of queries and their nearest rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), or (n_queries, n_indexed) if \
                metric="precomputed", default=None
            Queries. None are the rows of the fit, of which none is its own neighbour.
        n_neighbors : int, default=None
            Number of neighbours. None is that of the constructor.
        mode : {"connectivity", "distance"}, default="connectivity"
            Whether edges are ones or distances, of which those of zero are stored too.

        Returns
        -------
        graph : sparse matrix of shape (n_queries, n_samples_fit)
            Compressed sparse rows; in each the nearest comes first.
        """
        check_mode(mode)
        found = Neighborhoods.of_nearest(*self._nearest(X, n_neighbors))
        return graph_of(found, self.n_samples_fit_, mode)

    def _nearest(self, X: Any, n_neighbors: int | None = None) -> tuple[Float64, Int64]:
        """Distances and rows of the nearest; X=None are the rows of the fit, each without itself."""
        check_is_fitted(self)
        k = _checked_count(self.n_neighbors if n_neighbors is None else n_neighbors)
        queries = self._queries(X)
        is_fit = queries is None
        if k > self.n_samples_fit_ - is_fit:
            n_queries = self.n_samples_fit_ if is_fit else queries.shape[0]
            raise ValueError(
                f"Expected n_neighbors {'<' if is_fit else '<='} n_samples_fit, but n_neighbors = {k}, "
                f"n_samples_fit = {self.n_samples_fit_}, n_samples = {n_queries}"
            )
        return self._search.nearest(queries, k, self.n_jobs)


def _checked_count(n_neighbors: Any) -> int:
    if not isinstance(n_neighbors, Integral):
        raise TypeError(f"n_neighbors does not take {type(n_neighbors)} value, enter integer value")
    if n_neighbors <= 0:
        raise ValueError(f"Expected n_neighbors > 0. Got {n_neighbors}")
    return int(n_neighbors)


def check_mode(mode: Any) -> None:
    """Raise ValueError for what is no kind of graph."""
    if mode not in ("connectivity", "distance"):
        raise ValueError(f'Unsupported mode, must be one of "connectivity", or "distance" but got "{mode}" instead')


def graph_of(found: Neighborhoods, n_rows: int, mode: str) -> Any:
    """Neighbours as compressed sparse rows, an array if scikit-learn is set to these and else a matrix."""
    edges = found.distance if mode == "distance" else np.ones(len(found.row))
    container = csr_array if get_config().get("sparse_interface") == "sparray" else csr_matrix
    return container((edges, found.row, found.begin), shape=(len(found), n_rows))
