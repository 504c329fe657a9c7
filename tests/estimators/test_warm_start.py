"""A warm start continues the trees of the fit before, as if the fit had never stopped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from tests.estimators.support import raw_scores, table
from tests.public_estimators import ESTIMATORS, name_of

over_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)


@over_estimators
@pytest.mark.parametrize("params", [{}, {"max_features": 0.5}, {"early_stopping": True}], ids=str)
def test_two_fits_in_a_row_equal_one_long_fit(estimator: Any, params: dict[str, Any]) -> None:
    X, y = table(estimator)
    settings = {"random_state": 0, "n_iter_no_change": 50, **params}
    whole = clone(estimator).set_params(max_iter=9, **settings).fit(X, y)
    parts = clone(estimator).set_params(max_iter=4, warm_start=True, **settings).fit(X, y)
    parts.set_params(max_iter=9).fit(X, y)
    assert parts.n_iter_ == 9
    np.testing.assert_array_equal(raw_scores(parts, X), raw_scores(whole, X))
    np.testing.assert_array_equal(parts.train_score_, whole.train_score_)
    np.testing.assert_array_equal(parts.validation_score_, whole.validation_score_)
    np.testing.assert_array_equal(parts.feature_importances_, whole.feature_importances_)


@over_estimators
def test_without_warm_start_a_fit_starts_afresh(estimator: Any) -> None:
    X, y = table(estimator)
    again = clone(estimator).fit(X, y).fit(X, y)
    assert again.n_iter_ == estimator.max_iter
    np.testing.assert_array_equal(raw_scores(again, X), raw_scores(clone(estimator).fit(X, y), X))


@over_estimators
def test_same_max_iter_adds_nothing(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(warm_start=True).fit(X, y)
    expected = raw_scores(fitted, X)
    np.testing.assert_array_equal(raw_scores(fitted.fit(X, y), X), expected)


@over_estimators
def test_smaller_max_iter_is_refused(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(warm_start=True, max_iter=3).fit(X, y)
    with pytest.raises(ValueError, match="max_iter=2 must be larger than or equal to n_iter_=3"):
        fitted.set_params(max_iter=2).fit(X, y)


@over_estimators
def test_other_features_or_classes_are_refused(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"X has 3 features, but warm_start=True continues a model of 4 features"):
        fitted.fit(X[:, :3], y)
    if hasattr(fitted, "classes_"):
        with pytest.raises(ValueError, match=r"classes \[1 2 3\], but .* classes \[0 1 2\]"):
            fitted.fit(X, y + 1)
