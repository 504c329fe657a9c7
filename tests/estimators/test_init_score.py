"""`init_score`: raw scores that a fit starts from, and that predictions begin with."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.metrics import get_scorer, log_loss, mean_squared_error
from sklearn.model_selection import train_test_split

import hornbeam as hb
from tests.estimators.support import ask, assert_refused, questions_of, raw_scores, table
from tests.public_estimators import over_estimators

N_ROWS = 200


def scores_for(estimator: Any, n_classes: int = 3) -> NDArray[np.float64]:
    shape = (N_ROWS, n_classes) if is_classifier(estimator) and n_classes > 2 else (N_ROWS,)
    return np.random.default_rng(1).normal(size=shape)


def staged(estimator: Any, question: str, X: Any, init_score: Any) -> Any:
    answer = getattr(estimator, question)(X, init_score=init_score)
    return np.stack(list(answer)) if question.startswith("staged") else answer


@over_estimators
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_model_on_top_of_another_is_its_continuation(estimator: Any, n_classes: int) -> None:
    X, y = table(estimator, n_classes=n_classes)
    first = clone(estimator).fit(X, y)
    below = raw_scores(first, X)
    second = clone(estimator).fit(X, y, init_score=below)
    whole = clone(estimator).set_params(warm_start=True).fit(X, y).set_params(max_iter=2 * estimator.max_iter).fit(X, y)
    for question in questions_of(estimator):
        if "init_score" in inspect.signature(getattr(estimator, question)).parameters:
            answer, expected = staged(second, question, X, below), ask(whole, question, X)
            np.testing.assert_array_equal(answer, expected[3:] if question.startswith("staged") else expected)


@over_estimators
def test_one_output_takes_a_column_or_a_vector(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    init_score = scores_for(estimator, n_classes=2)
    expected = clone(estimator).fit(X, y, init_score=init_score)
    for other in (init_score[:, None], init_score.tolist()):
        fitted = clone(estimator).fit(X, y, init_score=other)
        np.testing.assert_array_equal(raw_scores(fitted, X), raw_scores(expected, X))
        np.testing.assert_array_equal(fitted.predict(X, init_score=other), expected.predict(X, init_score=init_score))


@over_estimators
def test_rows_of_weight_zero_are_dropped_with_their_scores(estimator: Any) -> None:
    X, y = table(estimator)
    init_score = scores_for(estimator)
    weight = np.arange(N_ROWS) % 3
    kept = weight > 0
    weighted = clone(estimator).fit(X, y, weight, init_score=init_score)
    selected = clone(estimator).fit(X[kept], y[kept], weight[kept], init_score=init_score[kept])
    copied = clone(estimator).fit(
        *(np.repeat(array, weight, axis=0) for array in (X, y)), init_score=np.repeat(init_score, weight, axis=0)
    )
    np.testing.assert_array_equal(raw_scores(weighted, X), raw_scores(selected, X))
    np.testing.assert_array_equal(raw_scores(weighted, X), raw_scores(copied, X))


def test_columns_are_in_the_order_of_the_classes() -> None:
    X, y = table(hb.HistGradientBoostingClassifier())
    model = hb.HistGradientBoostingClassifier(max_iter=3)
    names, renamed = np.array(["a", "b", "c"])[y], np.array(["c", "a", "b"])[y]  # class 0 is column 2 by its new name
    init_score = scores_for(model)
    expected = clone(model).fit(X, names, init_score=init_score).predict_proba(X, init_score=init_score)
    moved = init_score[:, [1, 2, 0]]
    answer = clone(model).fit(X, renamed, init_score=moved).predict_proba(X, init_score=moved)
    np.testing.assert_allclose(answer, expected[:, [1, 2, 0]], rtol=1e-9)


@over_estimators
@pytest.mark.parametrize("scoring", ["loss", None, "callable"])
def test_rows_split_off_inside_equal_rows_given_by_hand(estimator: Any, scoring: Any) -> None:
    X, y = table(estimator)
    init_score = scores_for(estimator)
    if scoring == "callable":
        scoring = get_scorer("neg_log_loss" if is_classifier(estimator) else "r2")
    settings = {"early_stopping": True, "max_iter": 6, "random_state": 0, "scoring": scoring}
    inside = clone(estimator).set_params(validation_fraction=0.25, **settings).fit(X, y, init_score=init_score)
    seed = int(np.random.RandomState(0).randint(np.iinfo(np.uint32).max, dtype="u8"))
    stratify = y if is_classifier(estimator) else None
    train, val = train_test_split(np.arange(N_ROWS), test_size=0.25, stratify=stratify, random_state=seed)
    by_hand = clone(estimator).set_params(**settings)
    by_hand.fit(
        X[train], y[train], init_score=init_score[train], X_val=X[val], y_val=y[val], init_score_val=init_score[val]
    )
    np.testing.assert_array_equal(by_hand.validation_score_, inside.validation_score_)
    np.testing.assert_array_equal(by_hand.train_score_, inside.train_score_)
    np.testing.assert_array_equal(raw_scores(by_hand, X), raw_scores(inside, X))


@over_estimators
def test_a_scorer_sees_scores_that_begin_with_those_given(estimator: Any) -> None:
    X, y = table(estimator)
    init_score = scores_for(estimator)
    name, error, method = "neg_mean_squared_error", mean_squared_error, "predict"
    if is_classifier(estimator):
        name, error, method = "neg_log_loss", log_loss, "predict_proba"
    fitted = clone(estimator).set_params(early_stopping=True, validation_fraction=None, scoring=name)
    fitted.fit(X, y, init_score=init_score)
    expected = -error(y, getattr(fitted, method)(X, init_score=init_score))
    assert fitted.train_score_[-1] == pytest.approx(expected, rel=1e-12)


@over_estimators
def test_a_continued_fit_is_given_the_scores_again(estimator: Any) -> None:
    X, y = table(estimator)
    init_score = scores_for(estimator)
    whole = clone(estimator).set_params(max_iter=6).fit(X, y, init_score=init_score)
    parts = clone(estimator).set_params(warm_start=True).fit(X, y, init_score=init_score)
    parts.set_params(max_iter=6).fit(X, y, init_score=init_score)
    np.testing.assert_array_equal(raw_scores(parts, X), raw_scores(whole, X))


def test_scores_do_not_bring_a_second_class_where_there_is_one() -> None:
    model = hb.HistGradientBoostingClassifier(max_iter=2).fit([[0.0], [1.0]], ["a", "a"], init_score=[5.0, 5.0])
    np.testing.assert_array_equal(model.predict([[0.0]], init_score=[100.0]), ["a"])
    np.testing.assert_array_equal(model.predict_proba([[0.0]], init_score=[100.0]), [[1.0]])


BAD: list[tuple[Any, type[Exception], str]] = [
    (np.zeros(N_ROWS - 1), ValueError, "must have shape"),
    (np.zeros((N_ROWS, 2)), ValueError, "must have shape"),
    (np.zeros((N_ROWS, 1, 1)), ValueError, ""),
    (0.0, ValueError, "must have shape"),
    (np.full(N_ROWS, np.nan), ValueError, "NaN"),
    (np.full(N_ROWS, np.inf), ValueError, "infinity"),
    (["a"] * N_ROWS, ValueError, ""),
    (np.zeros(N_ROWS, "M8[s]"), TypeError, "convert times"),
    (np.ma.zeros(N_ROWS), TypeError, "masked"),
    (np.zeros(N_ROWS, complex), ValueError, ""),
    ([10**400] * N_ROWS, ValueError, "too large"),
]


@over_estimators
@pytest.mark.parametrize(("init_score", "error", "message"), BAD, ids=lambda value: type(value).__name__)
def test_scores_that_do_not_fit_are_refused_by_name(
    estimator: Any, init_score: Any, error: type[Exception], message: str
) -> None:
    X, y = table(estimator, n_classes=2)
    fitted = clone(estimator).set_params(early_stopping=True, random_state=0).fit(X, y)
    good = np.zeros(N_ROWS)
    pattern = f"(?i)init_score.*{re.escape(message)}"
    assert_refused(fitted, error, pattern, fitted.fit, X, y, init_score=init_score)
    given = {"init_score": good, "X_val": X, "y_val": y, "init_score_val": init_score}
    assert_refused(fitted, error, f"(?i)init_score_val.*{re.escape(message)}", fitted.fit, X, y, **given)
    assert_refused(fitted, error, pattern, fitted.predict, X, init_score=init_score)
    with pytest.raises(error, match=pattern):
        next(iter(fitted.staged_predict(X, init_score=init_score)))


@over_estimators
def test_scores_of_training_and_validation_rows_go_together(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    scores = np.zeros(N_ROWS)
    rows = {"X_val": X, "y_val": y}
    for given in ({"init_score": scores, **rows}, {"init_score_val": scores, **rows}):
        with pytest.raises(ValueError, match="init_score and init_score_val go together"):
            clone(estimator).fit(X, y, **given)
    with pytest.raises(ValueError, match="init_score_val is provided, but X_val and y_val were not"):
        clone(estimator).fit(X, y, init_score=scores, init_score_val=scores)


@over_estimators
def test_a_scorer_may_ask_with_scores_of_its_own(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    offset = np.full(N_ROWS, 3.0)
    differences: list[Any] = []

    def scoring(model: Any, X_scored: Any, y_scored: Any) -> float:
        score = model.decision_function if is_classifier(model) else model.predict
        differences.append(score(X_scored, init_score=offset) - score(X_scored))
        return 0.0

    clone(estimator).set_params(early_stopping=True, validation_fraction=None, scoring=scoring).fit(X, y)
    assert len(differences) == 4
    np.testing.assert_allclose(differences, 3.0, rtol=1e-12)
