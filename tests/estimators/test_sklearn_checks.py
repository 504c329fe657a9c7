"""scikit-learn's own checks of an estimator, with nothing excused."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import hornbeam as hb
from tests.public_estimators import AUTOMATIC, NEIGHBORS

CLASSES = (hb.HistGradientBoostingClassifier, hb.HistGradientBoostingRegressor)
SETTINGS: list[dict[str, Any]] = [
    {},
    {"max_iter": 5, "min_samples_leaf": 5},
    {"max_iter": 5, "min_samples_leaf": 1},
]
OTHER_SETTINGS = [
    hb.KNeighborsClassifier(weights="distance", p=1),
    hb.KNeighborsRegressor(weights="distance", metric="cosine"),
    hb.RadiusNeighborsClassifier(outlier_label="most_frequent"),
    hb.RadiusNeighborsRegressor(radius=3.0, weights="distance"),
    hb.KNeighborsTransformer(mode="connectivity"),
    hb.LocalOutlierFactor(novelty=True),
    hb.NearestCentroid(metric="manhattan"),
    hb.NearestCentroid(shrink_threshold=0.1, priors="empirical"),
]


# The checks give arrays to estimators fitted on frames and mix dtypes on purpose; their warnings are not ours.
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [cls(**settings) for settings in SETTINGS for cls in CLASSES] + AUTOMATIC + NEIGHBORS + OTHER_SETTINGS
)
def test_estimator_passes_the_checks_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)
