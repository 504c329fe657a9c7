"""A warm start continues the trees of the fit before, as if the fit had never stopped."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone

from hornbeam import HistGradientBoostingRegressor
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
def test_other_rows_add_trees_and_leave_those_there_as_they_are(estimator: Any) -> None:
    X, y = table(estimator)
    first = clone(estimator).set_params(warm_start=True, max_iter=3, random_state=0).fit(X[::2], y[::2])
    more = copy.deepcopy(first).set_params(max_iter=8).fit(X[1::2], y[1::2])
    assert more.n_iter_ == 8
    np.testing.assert_array_equal(raw_scores(copy.deepcopy(more).truncate(3), X), raw_scores(first, X))
    assert more.score(X[1::2], y[1::2]) > first.score(X[1::2], y[1::2])


def test_other_rows_may_have_categories_that_were_not_there() -> None:
    """They are missing values: the first fit's mapping stays."""
    rng = np.random.default_rng(0)

    def rows_of(names: list[str]) -> tuple[pd.DataFrame, NDArray[np.float64]]:
        drawn = rng.choice(names, 400)
        x = rng.normal(size=400)
        return pd.DataFrame({"name": pd.Categorical(drawn), "x": x}), x + 2.0 * (drawn == "a")

    first = HistGradientBoostingRegressor(max_iter=20, warm_start=True, random_state=0).fit(*rows_of(["a", "b"]))
    X, y = rows_of(["c", "a"])
    more = copy.deepcopy(first).set_params(max_iter=40).fit(X, y)
    assert more.score(X, y) > first.score(X, y)
    unseen = X.assign(name=pd.Categorical(np.where(X["name"] == "c", "never seen", X["name"])))
    np.testing.assert_array_equal(more.predict(unseen), more.predict(X))


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
