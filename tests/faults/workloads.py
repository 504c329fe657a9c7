"""Small models and what is done with them while something fails."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import hornbeam as hb
from hornbeam._core import testing
from tests.estimators.support import table

# Two blocks of rows, so that there is something to share between threads.
N_ROWS = 4_500


def use_four_threads() -> None:
    """Engage the pool, whatever the machine and however small the work."""
    testing.set_core_cap(4)
    testing.set_serial_cutoff(0)


class Problem(NamedTuple):
    """An estimator and what it is fitted to."""

    estimator: Any
    X: NDArray[np.float64]
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None = None

    def fit(self, estimator: Any) -> Any:
        return estimator.fit(self.X, self.y, self.sample_weight)


def problem(kind: str) -> Problem:
    """A problem by name: binary, multiclass, weighted regression, early stopping or drawn rows and columns."""
    options = {"max_iter": 1, "max_leaf_nodes": 4, "random_state": 0}
    weight = np.random.default_rng(1).integers(0, 3, N_ROWS).astype(np.float64)
    if kind == "binary":
        classifier = hb.HistGradientBoostingClassifier(**options)
        return Problem(classifier, *table(classifier, N_ROWS, 2))
    if kind == "multiclass":
        classifier = hb.HistGradientBoostingClassifier(**options)
        return Problem(classifier, *table(classifier, N_ROWS, 3))
    if kind == "weighted":
        regressor = hb.HistGradientBoostingRegressor(**options)
        return Problem(regressor, *table(regressor, N_ROWS), weight)
    if kind == "early-stopping":
        classifier = hb.HistGradientBoostingClassifier(**options, early_stopping=True, validation_fraction=0.3)
        return Problem(classifier, *table(classifier, N_ROWS, 2), weight + 0.5)
    if kind == "drawn":
        drawn = {"subsample": 0.5, "sampling_method": "gradient_based", "colsample_bytree": 0.5, "extra_trees": True}
        regressor = hb.HistGradientBoostingRegressor(**options, **drawn, loss="huber")
        return Problem(regressor, *table(regressor, N_ROWS))
    raise ValueError(kind)


def fitted_regressor(n_iterations: int) -> Any:
    """A regressor whose file grows with its iterations."""
    regressor = hb.HistGradientBoostingRegressor(max_iter=n_iterations, min_samples_leaf=2, random_state=0)
    return regressor.fit(*table(regressor))
