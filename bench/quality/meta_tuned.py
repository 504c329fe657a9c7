"""LightGBM with defaults that were tuned over many tables.

Holzmüller, Grinsztajn and Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data",
NeurIPS 2024 (arXiv:2407.04491): LGBM-TD, rounded. It keeps the best of 1000 iterations by the loss on validation rows,
and stops after 300 without a better one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split

from bench.data import Task

BOTH = {"n_estimators": 1000, "subsample_freq": 1, "min_child_weight": 1e-7, "colsample_bytree": 1.0, "max_bin": 255}
CLASSIFIER = {"learning_rate": 0.04, "num_leaves": 50, "min_child_samples": 40, "subsample": 0.75, **BOTH}
REGRESSOR = {"learning_rate": 0.05, "num_leaves": 100, "min_child_samples": 3, "subsample": 0.7, **BOTH}


class EarlyStoppedLightGBM(BaseEstimator):
    """LightGBM that holds back a part of the rows it is given, of each class its share."""

    def __init__(
        self,
        task: Task,
        parameters: dict[str, Any],
        *,
        validation_fraction: float = 0.2,
        patience: int = 300,
        random_state: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.task = task
        self.parameters = parameters
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: pd.DataFrame, y: NDArray[Any]) -> EarlyStoppedLightGBM:
        from lightgbm import LGBMClassifier, LGBMRegressor, early_stopping

        cls, strata = (LGBMRegressor, None) if self.task == "regression" else (LGBMClassifier, y)
        X_train, X_val, y_train, y_val = train_test_split(
            X, y, test_size=self.validation_fraction, stratify=strata, random_state=self.random_state
        )
        model = cls(**self.parameters, random_state=self.random_state, n_jobs=self.n_jobs, verbosity=-1)
        stopping = early_stopping(self.patience, verbose=False)
        self.model_ = model.fit(X_train, y_train, eval_X=X_val, eval_y=y_val, callbacks=[stopping])
        return self

    def predict(self, X: pd.DataFrame) -> NDArray[np.float64]:
        return np.asarray(self.model_.predict(X), dtype=np.float64)

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:
        return np.asarray(self.model_.predict_proba(X), dtype=np.float64)
