"""The mean of the k nearest neighbours."""

from __future__ import annotations

from typing import Any

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64
from hornbeam.neighbors._base import constraints
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._nearest import KNeighborsMixin
from hornbeam.neighbors._neighborhoods import Neighborhoods
from hornbeam.neighbors._targets import NumericTargetsMixin
from hornbeam.neighbors._votes import WEIGHTS_CONSTRAINT, Weights, means, weights_of_nearest


@share_docs
class KNeighborsRegressor(NumericTargetsMixin, KNeighborsMixin):
    """The mean of the k nearest neighbours.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that are averaged, at least 1.
    {WEIGHTS}
    {SEARCH}

    Attributes
    ----------
    {FITTED}

    See Also
    --------
    RadiusNeighborsRegressor : The mean of all neighbours within a radius.
    KNeighborsClassifier : The vote of the nearest neighbours.
    NearestNeighbors : The search itself.

    Notes
    -----
    The prediction is the mean with weights :math:`w`, summed from the nearest neighbour on,

    .. math:: f(q) = \\frac{\\sum_{i \\in N_k(q)} w_i y_i}{\\sum_{i \\in N_k(q)} w_i}.

    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.KNeighborsRegressor(n_neighbors=2).fit([[0.0], [1.0], [2.0], [3.0]], [0.0, 0.0, 1.0, 1.0])
    >>> model.predict([[1.5]])
    array([0.5])
    """

    _parameter_constraints = constraints(without="radius", weights=WEIGHTS_CONSTRAINT)

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        weights: Weights = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float | None = 2,
        metric: Any = "minkowski",
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    @of_one_fit
    def predict(self, X: Any) -> Float64:
        """Predict the target.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), (n_queries, n_indexed) if \
                metric="precomputed", or None
            Queries. None are the rows of the fit, each without its own target.

        Returns
        -------
        y : ndarray of shape (n_queries,) or (n_queries, n_outputs), dtype float64
            Means of the neighbours' targets.
        """
        distance, row = self._nearest(X)
        weight = weights_of_nearest(distance, self.weights)
        found = Neighborhoods.of_nearest(distance, row)
        return self._join_means(means(self._y, found, None if weight is None else weight.ravel()))
