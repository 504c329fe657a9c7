"""Drawn rows and columns: what they teach compares with what LightGBM learns from as many."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import make_friedman1
from sklearn.metrics import mean_squared_error

import hornbeam as hb

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def task() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    X, y = make_friedman1(40_000, n_features=15, noise=2.0, random_state=0)
    return X, y


def loss_of(model: Any, task: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    """The error on the second half after a fit to the first."""
    X, y = task
    return float(mean_squared_error(y[20_000:], model.fit(X[:20_000], y[:20_000]).predict(X[20_000:])))


@pytest.mark.parametrize(
    ("ours", "theirs", "tolerance"),
    [
        ({"subsample": 0.7}, {"subsample": 0.7, "subsample_freq": 1}, 1.01),
        ({"subsample": 0.2}, {"subsample": 0.2, "subsample_freq": 1}, 1.03),
        ({"subsample": 0.2, "sampling_method": "gradient_based"}, {"subsample": 0.2, "subsample_freq": 1}, 0.99),
        ({"colsample_bytree": 0.5}, {"colsample_bytree": 0.5}, 1.02),
        ({"max_features": 0.5}, {"feature_fraction_bynode": 0.5}, 1.02),
        ({"extra_trees": True}, {"extra_trees": True}, 1.03),
        ({"l1_regularization": 50.0}, {"reg_alpha": 50.0}, 1.01),
        ({"min_split_gain": 300.0}, {"min_split_gain": 300.0}, 1.01),
        ({"min_child_weight": 300.0}, {"min_child_weight": 300.0}, 1.01),
    ],
    ids=str,
)
def test_held_out_loss_is_about_that_of_lightgbm(
    ours: dict[str, Any],
    theirs: dict[str, Any],
    tolerance: float,
    task: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    model = hb.HistGradientBoostingRegressor(max_iter=100, early_stopping=False, random_state=0, **ours)
    peer = lightgbm.LGBMRegressor(
        n_estimators=100, min_child_samples=20, random_state=0, n_jobs=2, verbose=-1, **theirs
    )
    assert loss_of(model, task) <= tolerance * loss_of(peer, task)
