"""Histogram gradient boosting for regression."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from hornbeam._core import exp
from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64, Interval, StrOptions
from hornbeam.boosting._base import BaseHistGradientBoosting
from hornbeam.boosting._custom_loss import CustomLoss, inverse_link
from hornbeam.boosting._docs import share_docs

# Losses of a positive mean, of which the raw score is the logarithm.
LOG_LINK = ("poisson", "gamma", "tweedie")

HUBER_QUANTILE = 0.9


@share_docs
class HistGradientBoostingRegressor(RegressorMixin, BaseHistGradientBoosting):
    """Histogram gradient boosting for regression.

    A drop-in replacement of scikit-learn's class of this name, with `n_jobs` and a few attributes more.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "quantile", "huber", "poisson", "gamma", "tweedie"} or callable, \
            default="squared_error"
        The loss, see Notes. "poisson" and "tweedie" ask for targets that are not negative, "gamma" for positive ones;
        these three predict :math:`e^{F(x)}`. A callable is a loss of your own, see `hornbeam.boosting.CustomLoss`.
    quantile : float or None, default=None
        For loss="quantile" the level of the quantile to predict, from 0 to 1; it has to be given. For loss="huber" the
        share of the errors, the smallest ones, that count as squares; None means 0.9. Where so many are zero nothing is
        learned. No other loss uses it.
    power : float, default=1.5
        For loss="tweedie" the power of the mean, between 1 and 2, with which the variance grows. The ends are the
        losses "poisson" and "gamma".
    {LEARNING}
    {ADDED}
    {THREADS}

    Attributes
    ----------
    {FITTED}

    See Also
    --------
    HistGradientBoostingClassifier : The same for classification.
    hornbeam.load : Load a saved estimator.

    Notes
    -----
    The loss of a row with the error :math:`e = F(x) - y` is

    ==================  =========================================================================
    squared_error       :math:`e^2 / 2`
    absolute_error      :math:`|e|`
    quantile            :math:`(1 - q) e` if :math:`e > 0`, else :math:`-q e`
    huber               :math:`e^2 / 2` if :math:`|e| \\le d`, else :math:`d (|e| - d / 2)`
    poisson             :math:`e^F - y F`
    gamma               :math:`F + y e^{-F}`
    tweedie             :math:`e^{(2-p) F} / (2 - p) + y e^{(1-p) F} / (p - 1)`
    ==================  =========================================================================

    with :math:`q` = `quantile`, :math:`p` = `power` and :math:`d` the quantile of :math:`|e|`, taken anew before each
    iteration. With "absolute_error" and "quantile" the value of a leaf is the exact weighted median or quantile of its
    residuals, with "huber" a step from their median, each times `learning_rate`; `l2_regularization` has no part in it.

    {TREES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = hb.HistGradientBoostingRegressor(max_iter=50).fit(X, y)
    >>> model.n_iter_
    50
    >>> bool(model.score(X, y) > 0.8)
    True
    """

    _has_log_link = False  # unless a fit says otherwise

    _parameter_constraints = {
        **BaseHistGradientBoosting._parameter_constraints,
        "loss": [
            StrOptions({"squared_error", "absolute_error", "quantile", "huber", "poisson", "gamma", "tweedie"}),
            callable,
        ],
        "quantile": [Interval(Real, 0, 1, closed="both"), None],
        "power": [Interval(Real, 1, 2, closed="neither")],
    }

    def __init__(
        self,
        loss: str | CustomLoss = "squared_error",
        *,
        quantile: float | None = None,
        power: float = 1.5,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        max_features: float = 1.0,
        max_bins: int = 255,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        warm_start: bool = False,
        early_stopping: bool | str = "auto",
        scoring: str | Callable[..., float] | None = "loss",
        validation_fraction: float | None = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        subsample: float = 1.0,
        sampling_method: str = "uniform",
        colsample_bytree: float = 1.0,
        colsample_bylevel: float = 1.0,
        l1_regularization: float = 0.0,
        min_split_gain: float = 0.0,
        min_child_weight: float = 1e-3,
        extra_trees: bool = False,
        cat_smooth: float = 10.0,
        cat_l2: float = 10.0,
        max_cat_to_onehot: int = 4,
        cat_cost: float = 1.0,
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
        self.quantile = quantile
        self.power = power
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.subsample = subsample
        self.sampling_method = sampling_method
        self.colsample_bytree = colsample_bytree
        self.colsample_bylevel = colsample_bylevel
        self.l1_regularization = l1_regularization
        self.min_split_gain = min_split_gain
        self.min_child_weight = min_child_weight
        self.extra_trees = extra_trees
        self.cat_smooth = cat_smooth
        self.cat_l2 = cat_l2
        self.max_cat_to_onehot = max_cat_to_onehot
        self.cat_cost = cat_cost
        self.n_jobs = n_jobs

    @of_one_fit
    def predict(self, X: Any, *, init_score: Any = None) -> Float64:
        """Predict the target.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,), default=None
            Added to the raw scores, of which the prediction is made.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predicted targets.
        """
        return self._prediction(self._raw_predict(X, init_score))

    @of_one_fit
    def staged_predict(self, X: Any, *, init_score: Any = None) -> Iterator[Float64]:
        """Predict the target after each iteration.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,), default=None
            Added to the raw scores, of which the prediction is made.

        Yields
        ------
        y : ndarray of shape (n_samples,)
            Predicted targets.
        """
        return map(self._prediction, self._staged_raw_predict(X, init_score))

    def _prediction(self, raw: Float64) -> Float64:
        predicted = inverse_link(self._custom_loss, raw)
        if predicted is not None:
            return predicted
        return exp(raw.ravel()) if self._has_log_link else raw.ravel()

    def _encode_target(self, y: NDArray[Any]) -> Float64:
        self.n_trees_per_iteration_ = 1
        self._has_log_link = self.loss in LOG_LINK
        if self.loss == "quantile" and self.quantile is None:
            raise ValueError("loss='quantile' needs a quantile between 0 and 1, got quantile=None")
        if self.loss in ("poisson", "tweedie") and not (y > 0).any():
            raise ValueError(f"loss={self.loss!r} requires non-negative y and sum(y) > 0.")
        return self._encode_validation_target(y)

    def _encode_validation_target(self, y: NDArray[Any]) -> Float64:
        target = np.ascontiguousarray(y, dtype=np.float64)
        if self.loss == "gamma" and (target <= 0).any():
            raise ValueError("loss='gamma' requires strictly positive y.")
        if self.loss in ("poisson", "tweedie") and (target < 0).any():
            raise ValueError(f"loss={self.loss!r} requires non-negative y and sum(y) > 0.")
        return target

    def _encode_refit_target(self, y: NDArray[Any]) -> Float64:
        return self._encode_target(y)

    def _objective(self) -> str:
        return str(self.loss)

    def _objective_options(self) -> dict[str, float]:
        quantile = HUBER_QUANTILE if self.quantile is None else self.quantile
        return {"quantile": float(quantile), "power": float(self.power)}
