"""Histogram gradient boosting for classification and regression."""

from __future__ import annotations

from hornbeam.boosting._classifier import HistGradientBoostingClassifier
from hornbeam.boosting._regressor import HistGradientBoostingRegressor

__all__ = ["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"]
