"""Leaf values learned anew: those of the fit on its own rows, other ones on others, and all or nothing."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from hornbeam._model_file import from_bytes, to_bytes
from tests.estimators.inputs.matrices import REFUSED, WHOLE
from tests.estimators.support import assert_refused, questions_of, raw_scores, table
from tests.public_estimators import over_estimators

pytestmark = [
    pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning"),
    pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning"),
]

Y = np.tile([0, 1], 6)


@over_estimators
@pytest.mark.parametrize("weighted", [False, True])
def test_training_rows_give_the_bits_of_the_fit(estimator: Any, weighted: bool) -> None:
    X, y = table(estimator)
    weight = np.random.default_rng(0).integers(0, 3, len(y)) if weighted else None
    fitted = clone(estimator).set_params(max_iter=8, random_state=0).fit(X, y, weight)
    expected = to_bytes(fitted)
    assert fitted.refit(X[::-1], y[::-1]) is fitted
    assert (to_bytes(fitted) == expected) != weighted
    assert to_bytes(fitted.refit(X, y, weight)) == expected


def test_class_weights_count_as_in_the_fit() -> None:
    X, y = table(hb.HistGradientBoostingClassifier())
    for class_weight in ("balanced", {0: 2.0, 1: 1.0, 2: 0.5}):
        fitted = hb.HistGradientBoostingClassifier(max_iter=3, class_weight=class_weight, random_state=0).fit(X, y)
        assert to_bytes(clone(fitted).fit(X, y).refit(X, y)) == to_bytes(fitted)


@over_estimators
def test_other_rows_change_what_is_predicted_and_nothing_about_the_splits(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(max_iter=8).fit(X[:100], y[:100])
    before, leaves = raw_scores(fitted, X), fitted.apply(X)
    fitted.refit(X[100:], y[100:])
    assert not np.array_equal(raw_scores(fitted, X), before)
    np.testing.assert_array_equal(fitted.apply(X), leaves)
    for copy in (pickle.loads(pickle.dumps(fitted)), from_bytes(to_bytes(fitted))):
        for question in questions_of(estimator):
            for a, b in zip(getattr(copy, question)(X), getattr(fitted, question)(X), strict=True):
                np.testing.assert_array_equal(a, b)
    assert fitted.set_params(warm_start=True, max_iter=9).fit(X, y).n_iter_ == 9


def test_decay_mixes_old_and_new_values() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    fitted = hb.HistGradientBoostingRegressor(max_iter=1).fit(X, y)
    predictions = [pickle.loads(pickle.dumps(fitted)).refit(X, 3 * y, decay=d).predict(X) for d in (0.0, 1.0)]
    np.testing.assert_array_equal(predictions[1], fitted.predict(X))
    np.testing.assert_allclose(predictions[0], 3 * fitted.predict(X), rtol=1e-12)


def test_scores_of_the_old_values_are_forgotten() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    fitted = hb.HistGradientBoostingRegressor(max_iter=8, early_stopping=True, random_state=0).fit(X, y)
    assert len(fitted.train_score_)
    fitted.refit(X, y)
    assert len(fitted.train_score_) == len(fitted.validation_score_) == 0
    assert fitted.best_iteration_ == fitted.n_iter_
    fitted.set_params(warm_start=True, max_iter=fitted.n_iter_ + 2).fit(X, y)
    assert len(fitted.train_score_) == 2


def test_refit_learns_for_the_present_loss_and_its_link() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    fitted = hb.HistGradientBoostingRegressor(max_iter=8).fit(X, np.exp(y))
    predicted = fitted.set_params(loss="poisson").refit(X, np.exp(y)).predict(X)
    np.testing.assert_allclose(np.log(predicted), fitted.predict_contributions(X).sum(axis=1), rtol=1e-9)
    with pytest.raises(ValueError, match="loss='poisson' requires non-negative y"):
        fitted.refit(X, y)


def test_scores_to_start_from_take_the_place_of_the_constant() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    init_score = np.linspace(0, 9, len(y))
    fitted = hb.HistGradientBoostingRegressor(max_iter=3, random_state=0).fit(X, y, init_score=init_score)
    expected = to_bytes(fitted)
    assert to_bytes(fitted.refit(X, y, init_score=init_score)) == expected
    assert to_bytes(fitted.refit(X, y)) != expected


def test_labels_are_those_of_the_fit() -> None:
    X, y = table(hb.HistGradientBoostingClassifier())
    names = np.array(["a", "b", "c"])
    fitted = hb.HistGradientBoostingClassifier(max_iter=3).fit(X, names[y])
    assert_refused(fitted, ValueError, r"y has labels that classes_ has not: \['d'\]", fitted.refit, X[:2], ["a", "d"])
    fitted.refit(X[y < 1], names[y][y < 1])
    assert (fitted.predict(X) == "a").all()
    assert fitted.predict_proba(X).shape == (200, 3)


@over_estimators
@pytest.mark.parametrize("decay", [-0.1, 1.1, np.nan, None, "0.5", True, 2, 10**400], ids=lambda decay: str(decay)[:5])
def test_decay_beyond_its_range_is_refused(estimator: Any, decay: Any) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, ValueError, "decay must be a number from 0 to 1, got", fitted.refit, WHOLE, Y, decay=decay)


@over_estimators
def test_bad_rows_are_refused_and_leave_the_model_as_it_was(estimator: Any) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    for make, error, message in REFUSED.values():
        assert_refused(fitted, error, message, fitted.refit, make(), Y)
    assert_refused(fitted, ValueError, "X has 1 features", fitted.refit, WHOLE[:, :1], Y)
    assert_refused(fitted, ValueError, "inconsistent", fitted.refit, WHOLE, Y[:5])
    assert_refused(fitted, ValueError, "y", fitted.refit, WHOLE, np.full(12, np.nan))
    assert_refused(fitted, ValueError, "sample_weight", fitted.refit, WHOLE, Y, -np.ones(12))
    assert_refused(fitted, ValueError, "init_score must have shape", fitted.refit, WHOLE, Y, init_score=np.ones(3))
    fitted.set_params(learning_rate=-1.0)
    assert_refused(fitted, ValueError, "learning_rate", fitted.refit, WHOLE, Y)


@over_estimators
def test_names_of_columns_are_checked(estimator: Any) -> None:
    named = pd.DataFrame(WHOLE, columns=["a", "b"])
    fitted = clone(estimator).fit(named, Y)
    assert_refused(fitted, ValueError, "feature names should match", fitted.refit, named[["b", "a"]], Y)
    assert is_classifier(fitted.refit(named, Y)) == is_classifier(estimator)


@over_estimators
def test_unfitted_estimator_has_nothing_to_refit(estimator: Any) -> None:
    with pytest.raises(NotFittedError):
        clone(estimator).refit(WHOLE, Y)
