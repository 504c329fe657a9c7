"""Outliers by the density of their neighbourhoods."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import OutlierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from hornbeam._fit_guard import all_or_nothing, of_one_fit
from hornbeam._validation import Float64, Interval, Real, StrOptions, fit_context
from hornbeam.neighbors._base import constraints
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._nearest import KNeighborsMixin
from hornbeam.neighbors._neighborhoods import Int64

# Added to mean distances, so that more duplicates than neighbours have a density.
_TINY = 1e-10
# Scores below are those of rows beside such duplicates.
_INCREDIBLE = -1e7


def _only_if(novelty: bool, advice: str) -> Callable[[Any], bool]:
    """A condition for `available_if`: AttributeError with advice unless `novelty` is as said."""

    def check(estimator: Any) -> bool:
        if bool(estimator.novelty) is not novelty:
            raise AttributeError(advice)
        return True

    return check


_ON_TRAINING_ROWS = "use novelty=False if you want to predict on the training set."
_ON_NEW_ROWS = "use novelty=True if you want to use LOF for novelty detection on new unseen data."


@share_docs
class LocalOutlierFactor(OutlierMixin, KNeighborsMixin):
    """Outliers by the density of their neighbourhoods.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    n_neighbors : int, default=20
        Number of neighbours :math:`k`, at least 1; with too few rows, all others.
    {SEARCH}
    contamination : "auto" or float, default="auto"
        Share of outliers among the rows of the fit, in (0, 0.5], which sets the threshold. "auto" sets it as the
        article does, to a factor of 1.5.
    novelty : bool, default=False
        Whether new rows are judged (`predict`, `decision_function`, `score_samples`) and not those of the fit
        (`fit_predict`).

    Attributes
    ----------
    negative_outlier_factor_ : ndarray of shape (n_samples,)
        The negative factor of each row of the fit: about -1 for inliers, lower for outliers. float32 if X is.
    n_neighbors_ : int
        The number of neighbours used.
    offset_ : float
        Rows whose negative factor is lower are outliers.
    {FITTED}

    See Also
    --------
    NearestNeighbors : The search itself.

    Notes
    -----
    With the distance :math:`d_k` of a row to its k-th neighbour, density and factor are [2]_

    .. math::

        \\text{lrd}(q) = 1 / \\operatorname{mean}_{i \\in N_k(q)} \\max(d(q, x_i), d_k(x_i)), \\qquad
        \\text{LOF}(q) = \\operatorname{mean}_{i \\in N_k(q)} \\text{lrd}(x_i) / \\text{lrd}(q),

    with 1e-10 added to mean distances. Rows of the fit are no neighbours of themselves.

    {NOTES}

    References
    ----------
    {REFERENCES}
    .. [2] M. M. Breunig, H.-P. Kriegel, R. T. Ng and J. Sander, "LOF: identifying density-based local outliers",
           SIGMOD 2000.

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.LocalOutlierFactor(n_neighbors=2)
    >>> model.fit_predict([[-1.1], [0.2], [101.1], [0.3]])
    array([ 1,  1, -1,  1])
    >>> model.negative_outlier_factor_
    array([ -0.98,  -1.04, -73.37,  -0.98])
    """

    _parameter_constraints = constraints(
        without="radius",
        contamination=[StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
        novelty=["boolean"],
    )

    n_neighbors: int
    n_neighbors_: int
    offset_: float
    negative_outlier_factor_: NDArray[Any]
    _reach: Float64
    _density: Float64

    def __init__(
        self,
        n_neighbors: int = 20,
        *,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: Any = "minkowski",
        p: float | None = 2,
        metric_params: dict[str, Any] | None = None,
        contamination: float | str = "auto",
        novelty: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.contamination = contamination
        self.novelty = novelty
        self.n_jobs = n_jobs

    @all_or_nothing
    @fit_context
    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the density around each row.

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
        if self.n_neighbors > self.n_samples_fit_:
            warnings.warn(
                f"n_neighbors ({self.n_neighbors}) is greater than the total number of samples "
                f"({self.n_samples_fit_}). n_neighbors will be set to (n_samples - 1) for estimation.",
                stacklevel=4,
            )
        self.n_neighbors_ = max(1, min(self.n_neighbors, self.n_samples_fit_ - 1))
        distance, row = self._nearest(None, self.n_neighbors_)
        self._reach = distance[:, -1]
        self._density = self._density_of(distance, row)
        scores = self._scores(row, self._density)
        self.negative_outlier_factor_ = scores.astype(np.float32 if self._fit_X.dtype == np.float32 else np.float64)
        self.offset_ = -1.5
        if self.contamination != "auto":
            self.offset_ = np.percentile(self.negative_outlier_factor_, 100.0 * float(self.contamination))
        if not self.novelty and scores.min() < _INCREDIBLE:
            warnings.warn(
                "Duplicate values are leading to incorrect results. Increase the number of neighbors for more accurate "
                "results.",
                stacklevel=4,
            )
        return self

    @available_if(_only_if(False, f"fit_predict is not available when novelty=True, {_ON_TRAINING_ROWS}"))
    def fit_predict(self, X: Any, y: Any = None) -> NDArray[np.int_]:
        """Fit, and tell the outliers among the rows. Only if `novelty` is false.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : Ignored
            Here for scikit-learn's sake.

        Returns
        -------
        is_inlier : ndarray of shape (n_samples,)
            -1 for outliers, 1 for others.
        """
        return self.fit(X)._predict()

    @available_if(_only_if(True, f"predict is not available when novelty=False, {_ON_NEW_ROWS}"))
    @of_one_fit
    def predict(self, X: Any = None) -> NDArray[np.int_]:
        """Tell the outliers among new rows. Only if `novelty` is true.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            New rows. None are those of the fit.

        Returns
        -------
        is_inlier : ndarray of shape (n_queries,)
            -1 for outliers, 1 for others.
        """
        return self._predict(X)

    @available_if(_only_if(True, f"decision_function is not available when novelty=False, {_ON_NEW_ROWS}"))
    @of_one_fit
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Score new rows, with zero as the threshold. Only if `novelty` is true.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            New rows. A row of the fit would be its own neighbour.

        Returns
        -------
        scores : ndarray of shape (n_queries,)
            Negative factors less `offset_`: negative for outliers.
        """
        return self._score_samples(X) - self.offset_

    @available_if(_only_if(True, f"score_samples is not available when novelty=False, {_ON_NEW_ROWS}"))
    @of_one_fit
    def score_samples(self, X: Any) -> NDArray[Any]:
        """Score new rows. Only if `novelty` is true.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_queries, n_features)
            New rows. A row of the fit would be its own neighbour.

        Returns
        -------
        scores : ndarray of shape (n_queries,)
            Negative factors: the lower, the more of an outlier. float32 if the rows of the fit are.
        """
        return self._score_samples(X)

    def _predict(self, X: Any = None) -> NDArray[np.int_]:
        check_is_fitted(self)
        if X is None:
            return np.where(self.negative_outlier_factor_ < self.offset_, -1, 1)
        return np.where(self._score_samples(X) - self.offset_ < 0, -1, 1)

    def _score_samples(self, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        distance, row = self._nearest(X, self.n_neighbors_)
        return self._scores(row, self._density_of(distance, row)).astype(self.negative_outlier_factor_.dtype)

    def _density_of(self, distance: Float64, row: Int64) -> Float64:
        """The local reachability density of queries with these neighbours."""
        density: Float64 = 1.0 / (np.maximum(distance, self._reach[row]).mean(axis=1) + _TINY)
        return density

    def _scores(self, row: Int64, density: Float64) -> Float64:
        """Negative factors of queries with these neighbours and densities."""
        factor: Float64 = (self._density[row] / density[:, None]).mean(axis=1)
        return -factor
