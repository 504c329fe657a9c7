"""Every public estimator, listed once: the tests that hold for all of them run over this list.

An estimator joins by its line here. What the tests ask of it follows from its own signature and methods
(`fits_with`, `questions_of` in tests/estimators/support.py): one without `sample_weight` meets no bad weights, one
without `predict_proba` is not asked for it.
"""

from __future__ import annotations

from typing import Any

import pytest

import hornbeam as hb

# Small models: what is tested here does not grow with the number of trees.
CLASSIFIERS = [hb.HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=2)]
REGRESSORS = [hb.HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=2)]
ESTIMATORS = [*CLASSIFIERS, *REGRESSORS]
# They choose their parameters, so tests that set some are none for them.
AUTOMATIC = [hb.AutoGradientBoostingClassifier(random_state=0), hb.AutoGradientBoostingRegressor(random_state=0)]
# They take no missing values and have no trees; tests/neighbors asks them what it asks all of them.
NEIGHBORS = [
    hb.NearestNeighbors(),
    hb.KNeighborsClassifier(),
    hb.KNeighborsRegressor(),
    hb.RadiusNeighborsClassifier(),
    hb.RadiusNeighborsRegressor(),
    hb.KNeighborsTransformer(),
    hb.RadiusNeighborsTransformer(),
    hb.LocalOutlierFactor(),
    hb.NearestCentroid(),
]


def name_of(estimator: Any) -> str:
    """The class name, as the id of a test."""
    return type(estimator).__name__


over_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)
over_automatic_too = pytest.mark.parametrize("estimator", [*ESTIMATORS, *AUTOMATIC], ids=name_of)
over_neighbors = pytest.mark.parametrize("estimator", NEIGHBORS, ids=name_of)
over_automatic = pytest.mark.parametrize("estimator", AUTOMATIC, ids=name_of)
over_classifiers = pytest.mark.parametrize("estimator", CLASSIFIERS, ids=name_of)
over_regressors = pytest.mark.parametrize("estimator", REGRESSORS, ids=name_of)
over_automatic_classifiers_too = pytest.mark.parametrize("estimator", [*CLASSIFIERS, AUTOMATIC[0]], ids=name_of)
over_automatic_regressors_too = pytest.mark.parametrize("estimator", [*REGRESSORS, AUTOMATIC[1]], ids=name_of)
