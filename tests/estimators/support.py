"""Small tables for the tests of estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier


def table(estimator: Any, n_rows: int = 200, n_classes: int = 3) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Four features, one of them with missing values, and a target of the estimator's kind that depends on them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 4))
    signal = X[:, 0] + X[:, 1] ** 2 + 0.1 * rng.normal(size=n_rows)
    X[rng.random(n_rows) < 0.2, 2] = np.nan
    if not is_classifier(estimator):
        return X, signal
    ranks = signal.argsort().argsort()
    return X, ranks * n_classes // n_rows


def raw_scores(estimator: Any, X: Any) -> NDArray[np.float64]:
    """What the trees sum up to, the finest thing an estimator predicts."""
    scores: NDArray[np.float64] = estimator.decision_function(X) if is_classifier(estimator) else estimator.predict(X)
    return scores
