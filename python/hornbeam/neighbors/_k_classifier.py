"""The vote of the k nearest neighbours."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hornbeam._fit_guard import all_or_nothing, of_one_fit
from hornbeam._validation import Float64, fit_context
from hornbeam.neighbors._base import constraints
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._nearest import KNeighborsMixin
from hornbeam.neighbors._targets import ClassTargetsMixin
from hornbeam.neighbors._votes import WEIGHTS_CONSTRAINT, Weights, votes, weights_of_nearest


@share_docs
class KNeighborsClassifier(ClassTargetsMixin, KNeighborsMixin):
    """The vote of the k nearest neighbours.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that vote, at least 1.
    {WEIGHTS}
    {SEARCH}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or a list of them
        The labels, sorted; of several outputs a list.
    outputs_2d_ : bool
        Whether `y` had several columns.
    {FITTED}

    See Also
    --------
    RadiusNeighborsClassifier : The vote of all neighbours within a radius.
    KNeighborsRegressor : The mean of the nearest neighbours.
    NearestNeighbors : The search itself.

    Notes
    -----
    The probability of class :math:`c` is the share of the weights :math:`w` that its neighbours have,

    .. math:: P(c \\mid q) = \\frac{\\sum_{i \\in N_k(q)} w_i [y_i = c]}{\\sum_{i \\in N_k(q)} w_i},

    and the prediction is the most probable class, of equally probable ones the first.

    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.KNeighborsClassifier(n_neighbors=3).fit([[0.0], [1.0], [2.0], [3.0]], ["a", "a", "b", "b"])
    >>> model.predict([[1.1]])
    array(['a'], dtype='<U1')
    >>> model.predict_proba([[0.9]])
    array([[0.67, 0.33]])
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

    @all_or_nothing
    @fit_context
    def fit(self, X: Any, y: Any) -> Self:
        """Keep the rows and their classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or (n_samples, n_samples) if \
                metric="precomputed"
            Rows. They are not copied, so do not change them as long as the estimator is used.
        y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_outputs)
            Classes.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._fit_rows(X)
        self._fit_targets(y)
        return self

    @of_one_fit
    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), (n_queries, n_indexed) if \
                metric="precomputed", or None
            Queries. None are the rows of the fit, each without its own vote.

        Returns
        -------
        y : ndarray of shape (n_queries,) or (n_queries, n_outputs)
            The label of most votes; of equals the first.
        """
        shares = zip(self._votes(X), self._outputs(), strict=True)
        return self._join_labels([labels[vote.argmax(axis=1)] for vote, (labels, _) in shares])

    @of_one_fit
    def predict_proba(self, X: Any) -> Any:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features), (n_queries, n_indexed) if \
                metric="precomputed", or None
            Queries. None are the rows of the fit, each without its own vote.

        Returns
        -------
        probabilities : ndarray of shape (n_queries, n_classes), or a list of them
            Shares of the votes, columns in the order of `classes_`; of several outputs a list.
        """
        return self._join([vote / vote.sum(axis=1, keepdims=True) for vote in self._votes(X)])

    def _votes(self, X: Any) -> list[Float64]:
        """The votes for the classes of each output."""
        distance, row = self._nearest(X)
        weight = weights_of_nearest(distance, self.weights)
        if weight is not None and (weight == 0).all(axis=1).any():
            raise ValueError(
                "All neighbors of some sample is getting zero weights. Please modify 'weights' to avoid this case if "
                "you are using a user-defined function."
            )
        query = np.repeat(np.arange(len(row)), row.shape[1])
        flat = None if weight is None else weight.ravel()
        return [votes(codes[row.ravel()], query, flat, len(row), len(labels)) for labels, codes in self._outputs()]
