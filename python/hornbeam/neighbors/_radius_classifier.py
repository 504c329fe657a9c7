"""The vote of all neighbours within a radius."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hornbeam._fit_guard import all_or_nothing, of_one_fit
from hornbeam._validation import Float64, Integral, fit_context
from hornbeam.neighbors._base import constraints
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._radius import RadiusNeighborsMixin
from hornbeam.neighbors._targets import ClassTargetsMixin
from hornbeam.neighbors._votes import WEIGHTS_CONSTRAINT, Weights, votes, weights_of


@share_docs
class RadiusNeighborsClassifier(ClassTargetsMixin, RadiusNeighborsMixin):
    """The vote of all neighbours within a radius.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    radius : float, default=1.0
        Largest distance, itself included, of a neighbour that votes; at least 0.
    {WEIGHTS}
    {SEARCH}
    outlier_label : label, "most_frequent", list of labels or None, default=None
        What queries without neighbours are: a label for all outputs, or one for each. None refuses such queries.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or a list of them
        The labels, sorted; of several outputs a list.
    outlier_label_ : list or None
        The label of queries without neighbours, for each output.
    outputs_2d_ : bool
        Whether `y` had several columns.
    {FITTED}

    See Also
    --------
    KNeighborsClassifier : The vote of the k nearest neighbours.
    RadiusNeighborsRegressor : The mean of all neighbours within a radius.
    NearestNeighbors : The search itself.

    Notes
    -----
    The probability of class :math:`c` is the share of the weights :math:`w` that its neighbours have,

    .. math::

        P(c \\mid q) = \\frac{\\sum_{d(q, x_i) \\le r} w_i [y_i = c]}{\\sum_{d(q, x_i) \\le r} w_i},

    and the prediction is the most probable class, of equally probable ones the first.

    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.RadiusNeighborsClassifier(radius=1.0).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> model.predict([[1.5]])
    array([0])
    >>> model.predict_proba([[1.0]])
    array([[0.67, 0.33]])
    """

    _parameter_constraints = constraints(
        without="n_neighbors", weights=WEIGHTS_CONSTRAINT, outlier_label=[Integral, str, "array-like", None]
    )

    outlier_label_: Any

    def __init__(
        self,
        radius: float = 1.0,
        *,
        weights: Weights = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float | None = 2,
        metric: Any = "minkowski",
        outlier_label: Any = None,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.radius = radius
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.outlier_label = outlier_label
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
        self.outlier_label_ = self._checked_outlier_labels()
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
            The label of most votes, of equals the first; without neighbours that of outliers.

        Raises
        ------
        ValueError
            If a query has no neighbours, or none that has a weight, and `outlier_label` is None.
        """
        predicted = []
        for i, (shares, (labels, _)) in enumerate(zip(self._shares(X), self._outputs(), strict=True)):
            chosen = labels[shares.argmax(axis=1)]
            is_outlier = (shares == 0).all(axis=1)
            if is_outlier.any():
                if self.outlier_label_ is None:
                    raise ValueError("weights gives all neighbors of some sample zero weights")
                chosen[is_outlier] = self.outlier_label_[i]
            predicted.append(chosen)
        return self._join_labels(predicted)

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
            Shares of the votes, columns in the order of `classes_`; of several outputs a list. Without neighbours 1 for
            the label of outliers, or zeros if that is no class.

        Raises
        ------
        ValueError
            If a query has no neighbours and `outlier_label` is None.
        """
        return self._join(self._shares(X))

    def _shares(self, X: Any) -> list[Float64]:
        """The probabilities of each output."""
        found = self._within(X)
        is_outlier = found.sizes == 0
        if is_outlier.any() and self.outlier_label_ is None:
            raise ValueError(
                f"No neighbors found for test samples {np.flatnonzero(is_outlier)}, you can try using larger radius, "
                "giving a label for outliers, or considering removing them from your dataset."
            )
        weight = weights_of(found, self.weights)
        outputs = []
        for i, (labels, codes) in enumerate(self._outputs()):
            vote = votes(codes[found.row], found.query, weight, len(found), len(labels))
            if is_outlier.any():
                vote[is_outlier] = self._vote_for_outliers(labels, self.outlier_label_[i])
            total = vote.sum(axis=1, keepdims=True)
            outputs.append(vote / np.where(total == 0, 1.0, total))
        return outputs

    @staticmethod
    def _vote_for_outliers(labels: NDArray[Any], outlier_label: Any) -> Float64:
        is_label = labels == outlier_label
        if not np.any(is_label):
            warnings.warn(
                f"Outlier label {outlier_label} is not in training classes. All class probabilities of outliers will "
                "be assigned with 0.",
                stacklevel=5,
            )
        return np.where(is_label, 1.0, 0.0)

    def _checked_outlier_labels(self) -> Any:
        """The label of outliers for each output; None if there is none."""
        outputs = self._outputs()
        label = self.outlier_label
        if label is None:
            return None
        if isinstance(label, str) and label == "most_frequent":
            return [labels[np.bincount(codes).argmax()] for labels, codes in outputs]
        given = list(label) if np.ndim(label) else [label] * len(outputs)
        if len(given) != len(outputs):
            raise ValueError(
                f"The length of outlier_label: {label} is inconsistent with the output length: {len(outputs)}"
            )
        for (labels, _), one in zip(outputs, given, strict=True):
            if np.ndim(one):
                raise TypeError(f"The outlier_label of classes {labels} is supposed to be a scalar, got {one}.")
            if np.append(labels, one).dtype != labels.dtype:
                raise TypeError(f"The dtype of outlier_label {one} is inconsistent with classes {labels} in y.")
        return given
