"""Histogram gradient boosting for regression."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import BaseLoss, Float64, Interval, StrOptions
from hornbeam.boosting._base import BaseHistGradientBoosting
from hornbeam.boosting._docs import share_docs


@share_docs
class HistGradientBoostingRegressor(RegressorMixin, BaseHistGradientBoosting):
    """Histogram gradient boosting for regression.

    A drop-in replacement of scikit-learn's class of this name, with `n_jobs` and a few attributes more.

    Parameters
    ----------
    loss : {"squared_error"}, default="squared_error"
        The loss. "absolute_error", "gamma", "poisson" and "quantile" are not implemented yet and raise
        NotImplementedError.
    quantile : float or None, default=None
        The quantile of loss="quantile".
    {LEARNING}
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
    The loss of a row is :math:`(F(x) - y)^2 / 2`, so :math:`g = F(x) - y` and :math:`h = 1`, each times the weight.

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

    _built_loss = "squared_error"

    _parameter_constraints = {
        **BaseHistGradientBoosting._parameter_constraints,
        "loss": [StrOptions({"squared_error", "absolute_error", "gamma", "poisson", "quantile"}), BaseLoss],
        "quantile": [Interval(Real, 0, 1, closed="both"), None],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        quantile: float | None = None,
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
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
        self.quantile = quantile
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
        self.n_jobs = n_jobs

    @of_one_fit
    def predict(self, X: Any) -> Float64:
        """Predict the target.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predicted targets.
        """
        return self._raw_predict(X).ravel()

    @of_one_fit
    def staged_predict(self, X: Any) -> Iterator[Float64]:
        """Predict the target after each iteration.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features.

        Yields
        ------
        y : ndarray of shape (n_samples,)
            Predicted targets.
        """
        for raw in self._staged_raw_predict(X):
            yield raw.ravel()

    def _encode_target(self, y: NDArray[Any]) -> Float64:
        self.n_trees_per_iteration_ = 1
        return self._encode_validation_target(y)

    def _encode_validation_target(self, y: NDArray[Any]) -> Float64:
        return np.ascontiguousarray(y, dtype=np.float64)

    def _objective(self) -> str:
        return self._built_loss
