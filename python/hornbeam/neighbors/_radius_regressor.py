"""The mean of all neighbours within a radius."""

from __future__ import annotations

import warnings
from typing import Any

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64
from hornbeam.neighbors._base import constraints
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._radius import RadiusNeighborsMixin
from hornbeam.neighbors._targets import NumericTargetsMixin
from hornbeam.neighbors._votes import WEIGHTS_CONSTRAINT, Weights, means, weights_of


@share_docs
class RadiusNeighborsRegressor(NumericTargetsMixin, RadiusNeighborsMixin):
    """The mean of all neighbours within a radius.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    radius : float, default=1.0
        Largest distance, itself included, of a neighbour that is averaged; at least 0.
    {WEIGHTS}
    {SEARCH}

    Attributes
    ----------
    {FITTED}

    See Also
    --------
    KNeighborsRegressor : The mean of the k nearest neighbours.
    RadiusNeighborsClassifier : The vote of all neighbours within a radius.
    NearestNeighbors : The search itself.

    Notes
    -----
    The prediction is the mean with weights :math:`w`, summed in the order of the rows,

    .. math:: f(q) = \\frac{\\sum_{d(q, x_i) \\le r} w_i y_i}{\\sum_{d(q, x_i) \\le r} w_i}.

    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.RadiusNeighborsRegressor(radius=1.0).fit([[0.0], [1.0], [2.0], [3.0]], [0.0, 0.0, 1.0, 1.0])
    >>> model.predict([[1.5]])
    array([0.5])
    """

    _parameter_constraints = constraints(without="n_neighbors", weights=WEIGHTS_CONSTRAINT)

    def __init__(
        self,
        radius: float = 1.0,
        *,
        weights: Weights = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float | None = 2,
        metric: Any = "minkowski",
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.radius = radius
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
            Means of the neighbours' targets. NaN, with a warning, for queries without neighbours.
        """
        found = self._within(X)
        if (found.sizes == 0).any():
            warnings.warn(
                "One or more samples have no neighbors within specified radius; predicting NaN.", stacklevel=3
            )
        return self._join_means(means(self._y, found, weights_of(found, self.weights)))
