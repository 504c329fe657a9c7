"""categorical_features: what is invalid is refused as scikit-learn refuses it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import hornbeam as hb
from tests.estimators.support import table
from tests.public_estimators import over_automatic_too

INVALID: list[tuple[dict[str, Any], str]] = [
    ({"categorical_features": [0, 4]}, r"must be in \[0, n_features - 1\]"),
    ({"categorical_features": [-1, 0]}, r"must be in \[0, n_features - 1\]"),
    ({"categorical_features": {0}}, r"array-like of bool, int or str, got: array\(\{0\}"),
    ({"categorical_features": [True]}, r"must have shape \(n_features,\), got: \(1,\)"),
    ({"categorical_features": ["a"]}, "data without feature names"),
    ({"categorical_features": [0.5]}, "array-like of bool, int or str, got: float64"),
    ({"categorical_features": [b"a"]}, "array-like of bool, int or str, got: bytes8"),
    ({"categorical_features": [{}]}, "array-like of bool, int or str, got: dict"),
    ({"categorical_features": np.array([1, "a"], object)}, "array-like of bool, int or str, got: int, str"),
]
NOTHING_ASKED: list[dict[str, Any]] = [
    {"categorical_features": None},
    {"categorical_features": []},
    {"categorical_features": np.zeros(4, dtype=bool)},
]


@over_automatic_too
@pytest.mark.parametrize("params, message", INVALID, ids=str)
def test_invalid_value_is_a_value_error(estimator: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clone(estimator).set_params(**params).fit(*table(estimator, n_classes=2))


def test_categorical_feature_by_an_unknown_name_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"item value 'b' which is not a valid feature name .* names: \['a'\]"):
        hb.HistGradientBoostingRegressor(categorical_features=["a", "b"]).fit(pd.DataFrame({"a": [1.0, 2.0]}), [1, 2])


def test_categorical_features_of_what_is_no_matrix_leave_the_complaint_to_the_matrix() -> None:
    with pytest.raises(ValueError, match="X: Expected 2D array, got 1D array"):
        hb.HistGradientBoostingRegressor(categorical_features=[0]).fit([1.0, 2.0], [1, 2])


@over_automatic_too
@pytest.mark.parametrize("params", NOTHING_ASKED, ids=str)
def test_value_that_asks_for_nothing_changes_nothing(estimator: Any, params: dict[str, Any]) -> None:
    X, y = table(estimator, n_classes=2)
    fitted = clone(estimator).set_params(**params).fit(X, y)
    np.testing.assert_array_equal(fitted.predict(X), clone(estimator).fit(X, y).predict(X))
    assert fitted.is_categorical_ is None
