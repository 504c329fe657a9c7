"""scikit-learn's own checks of an estimator, with nothing excused."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import hornbeam as hb
from tests.public_estimators import AUTOMATIC

CLASSES = (hb.HistGradientBoostingClassifier, hb.HistGradientBoostingRegressor)
SETTINGS: list[dict[str, Any]] = [
    {},
    {"max_iter": 5, "min_samples_leaf": 5},
    {"max_iter": 5, "min_samples_leaf": 1},
]


# The checks give arrays to estimators fitted on frames and mix dtypes on purpose; their warnings are not ours.
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([cls(**settings) for settings in SETTINGS for cls in CLASSES] + AUTOMATIC)
def test_estimator_passes_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)
