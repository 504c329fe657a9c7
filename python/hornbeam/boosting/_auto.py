"""Gradient boosting without parameters to tune."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin

from hornbeam._validation import Float64, Interval, Real, StrOptions
from hornbeam.boosting._auto_base import BaseAutoGradientBoosting
from hornbeam.boosting._classifier import HistGradientBoostingClassifier
from hornbeam.boosting._docs import share_docs
from hornbeam.boosting._regressor import HistGradientBoostingRegressor


@share_docs
class AutoGradientBoostingClassifier(ClassifierMixin, BaseAutoGradientBoosting):
    """Gradient boosting for classification that chooses its own parameters.

    {AUTO_SUMMARY}

    Parameters
    ----------
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, as of `HistGradientBoostingClassifier`.
    {AUTO_PARAMETERS}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    {AUTO_ATTRIBUTES}

    See Also
    --------
    HistGradientBoostingClassifier : One model, with parameters of your own.

    Notes
    -----
    {AUTO_NOTES}

    References
    ----------
    {AUTO_REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = hb.AutoGradientBoostingClassifier(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.95)
    True
    >>> model.get_resolved_params()["n_members"]
    8
    """

    _parameter_constraints = {
        "class_weight": HistGradientBoostingClassifier._parameter_constraints["class_weight"],
        **BaseAutoGradientBoosting._parameter_constraints,
    }

    def __init__(
        self,
        *,
        class_weight: dict[Any, float] | str | None = None,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.class_weight = class_weight
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _new_estimator(self) -> HistGradientBoostingClassifier:
        return HistGradientBoostingClassifier(**self.get_params(deep=False))

    @property
    def classes_(self) -> NDArray[Any]:
        """The labels, sorted."""
        return self.estimator_.classes_  # type: ignore[no-any-return]

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predicted labels.
        """
        return self._fitted_estimator().predict(X)  # type: ignore[no-any-return]

    def predict_proba(self, X: Any) -> Float64:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            Probabilities in the order of `classes_`.
        """
        return self._fitted_estimator().predict_proba(X)  # type: ignore[no-any-return]

    def decision_function(self, X: Any) -> Float64:
        """Compute the raw scores: the log-odds of the second class, or with more classes a score for each.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Means of the members' raw scores.
        """
        return self._fitted_estimator().decision_function(X)  # type: ignore[no-any-return]


@share_docs
class AutoGradientBoostingRegressor(RegressorMixin, BaseAutoGradientBoosting):
    """Gradient boosting for regression that chooses its own parameters.

    {AUTO_SUMMARY}

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "quantile", "huber", "poisson", "gamma", "tweedie"}, \
default="squared_error"
        What to minimise, as of `HistGradientBoostingRegressor`.
    quantile : float or None, default=None
        The quantile of "quantile" and "huber", as of `HistGradientBoostingRegressor`.
    power : float, default=1.5
        The power of "tweedie", as of `HistGradientBoostingRegressor`.
    {AUTO_PARAMETERS}

    Attributes
    ----------
    {AUTO_ATTRIBUTES}

    See Also
    --------
    HistGradientBoostingRegressor : One model, with parameters of your own.

    Notes
    -----
    {AUTO_NOTES}

    References
    ----------
    {AUTO_REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = hb.AutoGradientBoostingRegressor(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.5)
    True
    """

    _parameter_constraints = {
        "loss": [StrOptions({"squared_error", "absolute_error", "quantile", "huber", "poisson", "gamma", "tweedie"})],
        "quantile": [Interval(Real, 0, 1, closed="both"), None],
        "power": [Interval(Real, 1, 2, closed="neither")],
        **BaseAutoGradientBoosting._parameter_constraints,
    }

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        quantile: float | None = None,
        power: float = 1.5,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
        self.quantile = quantile
        self.power = power
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _new_estimator(self) -> HistGradientBoostingRegressor:
        return HistGradientBoostingRegressor(**self.get_params(deep=False))

    def predict(self, X: Any) -> Float64:
        """Predict the target.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Predicted targets.
        """
        return self._fitted_estimator().predict(X)  # type: ignore[no-any-return]
