"""Histogram gradient boosting for classification and regression."""

from __future__ import annotations

import hornbeam._runtime  # noqa: F401  (tells threadpoolctl of the thread pool)
from hornbeam.boosting._auto import AutoGradientBoostingClassifier, AutoGradientBoostingRegressor
from hornbeam.boosting._classifier import HistGradientBoostingClassifier
from hornbeam.boosting._custom_loss import CustomLoss
from hornbeam.boosting._regressor import HistGradientBoostingRegressor

__all__ = [
    "AutoGradientBoostingClassifier",
    "AutoGradientBoostingRegressor",
    "CustomLoss",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
]
