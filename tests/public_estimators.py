"""Every public estimator, listed once: the tests that hold for all of them run over this list."""

from __future__ import annotations

from typing import Any

import hornbeam as hb

# Small models: what is tested here does not grow with the number of trees.
CLASSIFIERS = [hb.HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2)]
REGRESSORS = [hb.HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=2)]
ESTIMATORS = [*CLASSIFIERS, *REGRESSORS]


def name_of(estimator: Any) -> str:
    """The class name, as the id of a test."""
    return type(estimator).__name__
