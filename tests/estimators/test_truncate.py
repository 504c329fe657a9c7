"""A truncated estimator is the one whose fit ended there."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from hornbeam._model_file import from_bytes, to_bytes
from tests.estimators.support import assert_refused, questions_of, table
from tests.public_estimators import over_estimators

# Scores are recorded, but nothing stops.
SCORED = {"early_stopping": True, "n_iter_no_change": 100}
over_scoring = pytest.mark.parametrize("params", [{"early_stopping": False}, SCORED], ids=["plain", "scored"])


def fit(estimator: Any, max_iter: int, **params: Any) -> Any:
    return clone(estimator).set_params(max_iter=max_iter, random_state=0, **params).fit(*table(estimator))


@over_estimators
@over_scoring
@pytest.mark.parametrize("n_iter", [1, 4, 7, np.int64(3)])
def test_truncated_estimator_has_the_bits_of_a_shorter_fit(estimator: Any, params: dict[str, Any], n_iter: Any) -> None:
    fitted = fit(estimator, 7, **params)
    assert fitted.truncate(n_iter) is fitted
    shorter = fit(estimator, int(n_iter), **params)
    assert fitted.n_iter_ == n_iter
    assert fitted.best_iteration_ == shorter.best_iteration_
    assert fitted.max_iter == 7
    assert to_bytes(fitted.set_params(max_iter=int(n_iter))) == to_bytes(shorter)
    assert to_bytes(pickle.loads(pickle.dumps(fitted))) == to_bytes(from_bytes(to_bytes(fitted))) == to_bytes(shorter)
    X, _ = table(estimator)
    for question in questions_of(estimator):
        for a, b in zip(getattr(fitted, question)(X), getattr(shorter, question)(X), strict=True):
            np.testing.assert_array_equal(a, b)


@over_estimators
@over_scoring
def test_warm_start_grows_the_same_trees_again(estimator: Any, params: dict[str, Any]) -> None:
    fitted = fit(estimator, 7, warm_start=True, **params)
    before = to_bytes(fitted)
    assert to_bytes(fitted.truncate(3).fit(*table(estimator))) == before


def test_scores_of_a_warm_start_belong_to_its_last_iterations() -> None:
    regressor = hb.HistGradientBoostingRegressor(warm_start=True, min_samples_leaf=2)
    fitted = fit(regressor, 4, early_stopping=False)
    fitted.set_params(max_iter=9, **SCORED).fit(*table(regressor))
    scores = fitted.train_score_
    assert len(scores) == 5
    np.testing.assert_array_equal(fitted.truncate(6).train_score_, scores[:2])
    assert len(fitted.truncate(2).train_score_) == len(fitted.validation_score_) == 0
    assert fitted.best_iteration_ == 2


def test_scores_that_a_warm_start_kept_belong_to_the_first_iterations() -> None:
    regressor = hb.HistGradientBoostingRegressor(warm_start=True, min_samples_leaf=2)
    fitted = fit(regressor, 4, **SCORED)
    scores = fitted.train_score_
    fitted.set_params(max_iter=9, early_stopping=False).fit(*table(regressor))
    np.testing.assert_array_equal(fitted.truncate(6).train_score_, scores)
    np.testing.assert_array_equal(fitted.truncate(2).train_score_, scores[:3])


@over_estimators
@pytest.mark.parametrize("n_iter", [0, 4, -1, 1.0, True, None, "1", 10**30])
def test_what_is_no_number_of_its_iterations_is_refused(estimator: Any, n_iter: Any) -> None:
    fitted = fit(estimator, 3)
    message = "n_iter must be an integer from 1 to 3, got"
    assert_refused(fitted, ValueError, message, fitted.truncate, n_iter)


@over_estimators
def test_unfitted_estimator_cannot_be_truncated(estimator: Any) -> None:
    with pytest.raises(NotFittedError):
        clone(estimator).truncate(1)


def test_copies_and_predictors_keep_their_trees() -> None:
    fitted = fit(hb.HistGradientBoostingRegressor(), 5)
    X, _ = table(fitted)
    predictor, expected = fitted.predictor(), fitted.predict(X)
    other = pickle.loads(pickle.dumps(fitted))
    fitted.truncate(1)
    np.testing.assert_array_equal(predictor.predict(X), expected)
    np.testing.assert_array_equal(other.predict(X), expected)
