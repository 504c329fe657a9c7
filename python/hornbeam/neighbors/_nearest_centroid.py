"""The class whose centre is nearest."""

from __future__ import annotations

import math
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.spatial.distance import cdist
from sklearn.base import ClassifierMixin
from sklearn.utils import check_consistent_length
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import exp, softmax
from hornbeam._fit_guard import all_or_nothing, of_one_fit
from hornbeam._validation import Float64, Interval, Real, StrOptions, check_rows, check_target, fit_context, reading
from hornbeam._versioned_pickle import VersionedPickleMixin
from hornbeam.neighbors._centroids import class_centers, shrunken, squared_deviations
from hornbeam.neighbors._metric import Metric
from hornbeam.neighbors._neighborhoods import blocks
from hornbeam.neighbors._search import search_of


def _is_euclidean(estimator: Any) -> bool:
    return bool(estimator.metric == "euclidean")


class NearestCentroid(ClassifierMixin, VersionedPickleMixin):
    """The class whose centre is nearest.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    metric : {"euclidean", "manhattan"}, default="euclidean"
        The distance. Centres are means for the first and medians for the second.
    shrink_threshold : float, default=None
        By how much the deviations of centres from the mean of all rows are moved towards zero, above 0.
    priors : {"uniform", "empirical"} or array-like of shape (n_classes,), default="uniform"
        Probabilities of the classes: equal, as frequent as in `y`, or as given.

    Attributes
    ----------
    centroids_ : ndarray of shape (n_classes, n_features)
        The centres.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    class_prior_ : ndarray of shape (n_classes,)
        Probabilities of the classes.
    deviations_ : ndarray of shape (n_classes, n_features)
        Deviations of centres from the mean, in units of their spread, shrunken. Zero for a feature without spread.
    within_class_std_dev_ : ndarray of shape (n_features,)
        The spread of each feature within the classes, before centres are shrunken.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had string names.

    See Also
    --------
    KNeighborsClassifier : The vote of the nearest rows.

    Notes
    -----
    With the centres :math:`\\mu_c`, the spreads :math:`s_j` and priors :math:`\\pi_c`, the score of class :math:`c`
    is [1]_

    .. math:: \\delta_c(x) = -d(x / s, \\mu_c / s)^2 + 2 \\log \\pi_c;

    a feature without spread is not divided. With uniform priors predictions are by the distance of :math:`x` itself, in
    the units it has. Deviations are :math:`(\\mu_{cj} - \\bar x_j) / (m_c (s_j + s_0))` with
    :math:`m_c^2 = 1 / n_c - 1 / n` and the median :math:`s_0` of spreads [2]_.

    References
    ----------
    .. [1] T. Hastie, R. Tibshirani and J. Friedman, "The elements of statistical learning", 2nd edition, section 18.2,
           Springer, 2009.
    .. [2] R. Tibshirani, T. Hastie, B. Narasimhan and G. Chu, "Diagnosis of multiple cancer types by shrunken centroids
           of gene expression", PNAS 99(10), 6567-6572, 2002.

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.NearestCentroid().fit([[-1.0], [-2.0], [1.0], [2.0]], ["a", "a", "b", "b"])
    >>> model.centroids_
    array([[-1.5],
           [ 1.5]])
    >>> model.predict([[0.5]])
    array(['b'], dtype='<U1')
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "metric": [StrOptions({"manhattan", "euclidean"})],
        "shrink_threshold": [Interval(Real, 0, None, closed="neither"), None],
        "priors": ["array-like", StrOptions({"empirical", "uniform"})],
    }

    centroids_: Float64
    classes_: NDArray[Any]
    class_prior_: Float64
    deviations_: Float64
    within_class_std_dev_: Float64

    def __init__(
        self, metric: str = "euclidean", *, shrink_threshold: float | None = None, priors: Any = "uniform"
    ) -> None:
        self.metric = metric
        self.shrink_threshold = shrink_threshold
        self.priors = priors

    @all_or_nothing
    @fit_context
    def fit(self, X: Any, y: Any) -> Self:
        """Learn the centres of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Classes, of which there are at least two.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        X = check_rows(self, X, reset=True)
        y = check_target(self, y)
        check_consistent_length(X, y)
        with reading("y"):
            check_classification_targets(y)
            self.classes_, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"The number of classes has to be greater than one; got {n_classes} class")
        self.class_prior_ = self._checked_priors(counts)
        with reading("X"), np.errstate(over="raise"):
            self._fit_centers(X.astype(np.float64, copy=False), codes, counts)
        return self

    def _fit_centers(self, X: Any, codes: NDArray[np.intp], counts: NDArray[np.intp]) -> None:
        spread = X.max(axis=0) - X.min(axis=0)
        if not (spread.toarray() if issparse(spread) else spread).any():
            raise ValueError("All features have zero variance. Division by zero.")
        n_rows, n_classes = len(codes), len(counts)
        centers = class_centers(X, codes, n_classes, median=self.metric == "manhattan")
        squares = squared_deviations(X, codes, centers)
        self.within_class_std_dev_ = np.sqrt(squares / max(n_rows - n_classes, 1))
        middle = np.asarray(X.mean(axis=0), dtype=np.float64).ravel()
        units = self.within_class_std_dev_ + np.median(self.within_class_std_dev_)
        scale = np.sqrt(1.0 / counts - 1.0 / n_rows)[:, None] * units
        self.deviations_, moved = shrunken(centers, middle, scale, self.shrink_threshold or 0.0)
        self.centroids_ = centers if self.shrink_threshold is None else moved

    def _checked_priors(self, counts: NDArray[np.intp]) -> Float64:
        n_classes = len(counts)
        if isinstance(self.priors, str):
            return counts / counts.sum() if self.priors == "empirical" else np.full(n_classes, 1.0 / n_classes)
        with reading("priors"):
            priors = np.asarray(self.priors, dtype=np.float64)
        if priors.shape != (n_classes,):
            raise ValueError(f"priors must have one number for each of {n_classes} classes, got shape {priors.shape}")
        if (priors < 0).any():
            raise ValueError("priors must be non-negative")
        total = priors.sum()
        if not 0 < total < np.inf:
            raise ValueError(f"priors must be finite and not all zero, got {self.priors!r}")
        if not np.isclose(total, 1.0):
            warnings.warn("The priors do not sum to 1. Normalizing such that it sums to one.", stacklevel=5)
            priors = priors / total
        return priors

    @of_one_fit
    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_queries,)
            The label of the nearest centre or, if priors differ, of the highest score; of equals the first.
        """
        X = self._checked_queries(X)
        if np.isclose(self.class_prior_, 1.0 / len(self.classes_)).all():
            _, row = search_of(self.centroids_, Metric(self.metric), None).nearest(X, 1, None)
            labels: NDArray[Any] = self.classes_[row[:, 0]]
        else:
            labels = self.classes_[self._scores(X).argmax(axis=1)]
        return labels

    @available_if(_is_euclidean)
    @of_one_fit
    def decision_function(self, X: Any) -> Float64:
        """Compute the scores. Only for metric="euclidean".

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            Rows.

        Returns
        -------
        scores : ndarray of shape (n_queries,) or (n_queries, n_classes)
            Scores of the classes; of two classes by how much the second's is higher.
        """
        scores = self._scores(self._checked_queries(X))
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @available_if(_is_euclidean)
    @of_one_fit
    def predict_proba(self, X: Any) -> Float64:
        """Predict the probability of each class, the softmax of scores. Only for metric="euclidean".

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            Rows.

        Returns
        -------
        probabilities : ndarray of shape (n_queries, n_classes)
            Columns in the order of `classes_`.
        """
        return softmax(self._scores(self._checked_queries(X)))

    @available_if(_is_euclidean)
    @of_one_fit
    def predict_log_proba(self, X: Any) -> Float64:
        """Predict the logarithm of the probability of each class. Only for metric="euclidean".

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            Rows.

        Returns
        -------
        log_probabilities : ndarray of shape (n_queries, n_classes)
            Columns in the order of `classes_`.
        """
        scores = self._scores(self._checked_queries(X))
        lag: Float64 = scores - scores.max(axis=1, keepdims=True)
        log_probabilities: Float64 = lag - np.log(exp(lag.ravel()).reshape(lag.shape).sum(axis=1, keepdims=True))
        return log_probabilities

    def _checked_queries(self, X: Any) -> Any:
        check_is_fitted(self)
        return check_rows(self, X, reset=False)

    def _scores(self, X: Any) -> Float64:
        """The scores of all classes, eq. (18.2) of the book."""
        units = np.where(self.within_class_std_dev_ > 0, self.within_class_std_dev_, 1.0)
        centers = self.centroids_ / units
        bonus = np.array([2.0 * math.log(prior) if prior > 0 else -np.inf for prior in self.class_prior_])
        measure = "euclidean" if self.metric == "euclidean" else "cityblock"
        scores = []
        for block in blocks(X.shape[0], X.shape[1]):
            rows = X[block].toarray() if issparse(X) else X[block]
            scores.append(bonus - cdist(rows.astype(np.float64, copy=False) / units, centers, measure) ** 2)
        return np.concatenate(scores)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
