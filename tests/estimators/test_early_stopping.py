"""Early stopping: when training stops, what is scored, and what is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split

import hornbeam as hb
from hornbeam.boosting._early_stopping import ScoreRecord, best_iteration, should_stop
from tests.estimators.support import raw_scores, table
from tests.public_estimators import ESTIMATORS, name_of

over_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)


@pytest.mark.parametrize(
    "scores, tol, expected",
    [
        ([], 0.0, False),
        ([1.0, 1.0, 1.0], 0.0, False),  # three scores after the reference are needed
        ([1.0, 1.0, 1.0, 1.0], 0.0, True),
        ([1.0, 0.5, 1.1, 0.5], 0.0, False),
        ([1.0, 0.5, 1.1, 0.5], 0.2, True),
        ([0.0, 1.0, 1.0, 1.0, 1.0], 0.0, True),  # only the last four count
        ([1.0, np.nan, np.nan, np.nan], 0.0, True),
    ],
)
def test_training_stops_if_no_recent_score_is_better(scores: list[float], tol: float, expected: bool) -> None:
    assert should_stop(scores, n_iter_no_change=3, tol=tol) is expected


@pytest.mark.parametrize(
    "scores, n_iterations, expected",
    [
        ([9.0, 1.0, 3.0, 2.0], 3, 2),  # the first is the score before the first tree
        ([0.0, 2.0, 2.0], 2, 1),
        ([0.0, np.nan, 1.0], 2, 2),
        ([5.0, 4.0], 10, 9),  # a warm start that began to score at iteration 9
        ([], 4, 4),
    ],
)
def test_best_iteration_is_the_first_of_the_best(scores: list[float], n_iterations: int, expected: int) -> None:
    found = best_iteration(np.array(scores), n_iterations)
    assert (found, type(found)) == (expected, int)


@pytest.mark.parametrize(
    "train, validation, expected",
    [
        ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], True),
        ([3.0, 2.0, 1.0], [1.0, 2.0, 3.0], False),
        ([3.0, 2.0, 1.0], [None, None, None], True),
        ([1.0, 2.0, 3.0], [None, None, None], False),
    ],
)
def test_scores_of_validation_rows_decide_if_there_are_any(train: Any, validation: Any, expected: bool) -> None:
    model = hb.HistGradientBoostingRegressor(n_iter_no_change=2, tol=0.0)
    # A warm start looks back at what the fits before looked at, validation rows or none.
    model.train_score_ = model.validation_score_ = np.array([2.0, 2.0, 2.0])
    for keep in (False, True):
        record = ScoreRecord(model, keep=keep)
        for scores in zip(train, validation, strict=True):
            record.append(*scores)
        assert record.should_stop() is expected


@over_estimators
@pytest.mark.parametrize("scoring", ["loss", None, "callable"])
@pytest.mark.parametrize("validation_fraction", [0.2, 30, None])
def test_scores_are_kept_for_every_iteration_and_before(estimator: Any, scoring: Any, validation_fraction: Any) -> None:
    X, y = table(estimator)
    if scoring == "callable":
        scoring = get_scorer("accuracy" if hasattr(estimator, "predict_proba") else "r2")
    fitted = clone(estimator).set_params(
        early_stopping=True, scoring=scoring, validation_fraction=validation_fraction, max_iter=5, random_state=0
    )
    fitted.fit(X, y)
    n_scores = fitted.n_iter_ + 1
    assert fitted.do_early_stopping_
    assert fitted.train_score_.shape == (n_scores,)
    assert fitted.validation_score_.shape == ((n_scores,) if validation_fraction else (0,))
    assert fitted.train_score_[-1] > fitted.train_score_[0]


@over_estimators
def test_training_stops_early_and_keeps_all_trees(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(
        early_stopping=True, max_iter=1000, n_iter_no_change=3, learning_rate=1.0, random_state=0
    )
    fitted.fit(X, y)
    assert fitted.n_iter_ < 1000
    assert 1 <= fitted.best_iteration_ <= fitted.n_iter_
    assert fitted.best_iteration_ == 1 + np.argmax(fitted.validation_score_[1:])
    assert len(list(fitted.staged_predict(X))) == fitted.n_iter_


@over_estimators
def test_scorer_by_name_gives_the_score_of_the_staged_models(estimator: Any) -> None:
    X, y = table(estimator)
    name = "neg_mean_squared_error"
    if is_classifier(estimator):
        name, y = "neg_log_loss", np.array(["a", "b", "c"])[y]
    fitted = clone(estimator).set_params(early_stopping=True, validation_fraction=None, max_iter=4, n_iter_no_change=9)
    for weight in (None, np.arange(len(y)) % 3 + 1.0):
        attributes = vars(fitted.set_params(scoring="loss").fit(X, y, weight)).keys()
        fitted.set_params(scoring=name).fit(X, y, weight)
        final = get_scorer(name)(fitted, X, y, sample_weight=weight)
        np.testing.assert_allclose(fitted.train_score_[-1], final, rtol=1e-12)
        assert vars(fitted).keys() == attributes


@over_estimators
def test_score_that_is_no_number_is_refused(estimator: Any) -> None:
    X, y = table(estimator)
    with pytest.raises(TypeError, match="NoneType"):
        clone(estimator).set_params(early_stopping=True, scoring=lambda *_: None).fit(X, y)


@over_estimators
def test_callable_may_score_other_rows_than_it_is_given(estimator: Any) -> None:
    X, y = table(estimator)
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    seen = []

    def scoring(model: Any, X_scored: Any, y_scored: Any) -> float:
        seen.append(model.predict(frame.iloc[:50]))
        return float(len(seen))

    fitted = clone(estimator).set_params(early_stopping=True, scoring=scoring, validation_fraction=None, max_iter=3)
    fitted.fit(frame, y)
    assert len(seen) == 4
    np.testing.assert_array_equal(seen[-1], fitted.predict(frame.iloc[:50]))


@over_estimators
def test_rows_split_off_inside_equal_rows_given_by_hand(estimator: Any) -> None:
    X, y = table(estimator)
    settings = {"early_stopping": True, "max_iter": 10, "random_state": 0}
    inside = clone(estimator).set_params(validation_fraction=0.25, **settings).fit(X, y)
    X_train, X_val, y_train, y_val = train_test_split(
        X,
        y,
        test_size=0.25,
        stratify=y if hasattr(estimator, "predict_proba") else None,
        random_state=np.random.RandomState(0).randint(np.iinfo(np.uint32).max, dtype="u8"),
    )
    by_hand = clone(estimator).set_params(**settings).fit(X_train, y_train, X_val=X_val, y_val=y_val)
    np.testing.assert_array_equal(by_hand.validation_score_, inside.validation_score_)
    np.testing.assert_array_equal(raw_scores(by_hand, X), raw_scores(inside, X))


@over_estimators
def test_validation_rows_of_weight_zero_do_not_count(estimator: Any) -> None:
    X, y = table(estimator)
    weight = np.arange(60) % 2
    settings = {"early_stopping": True, "random_state": 0}
    weighted = clone(estimator).set_params(**settings)
    weighted.fit(X[60:], y[60:], X_val=X[:60], y_val=y[:60], sample_weight_val=weight)
    selected = clone(estimator).set_params(**settings)
    selected.fit(X[60:], y[60:], X_val=X[:60][weight > 0], y_val=y[:60][weight > 0])
    np.testing.assert_array_equal(weighted.validation_score_, selected.validation_score_)


@over_estimators
@pytest.mark.parametrize(
    "given, message",
    [
        ({"X_val": [[0.0] * 4]}, "X_val is provided, but y_val was not provided"),
        ({"y_val": [0]}, "y_val is provided, but X_val was not provided"),
        ({"X_val": [[0.0] * 4], "y_val": [0, 1]}, "inconsistent numbers of samples"),
        ({"X_val": [[0.0] * 3], "y_val": [0]}, "X has 3 features"),
        ({"X_val": [[0.0] * 4], "y_val": [0], "sample_weight_val": [0.0]}, "(?i)weight.*zero"),
    ],
)
def test_validation_data_that_does_not_fit_is_refused(estimator: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(*table(estimator), **given)


@over_estimators
@pytest.mark.parametrize("false", [False, np.False_], ids=["bool", "numpy"])
def test_validation_data_without_early_stopping_is_refused(estimator: Any, false: Any) -> None:
    X, y = table(estimator)
    with pytest.raises(ValueError, match="while at the same time early_stopping is False"):
        clone(estimator).set_params(early_stopping=false).fit(X, y, X_val=X, y_val=y)


def test_auto_stops_early_above_ten_thousand_rows_that_count() -> None:
    X = np.arange(10_001.0)[:, None]
    model = hb.HistGradientBoostingRegressor(max_iter=2, random_state=0)
    assert model.fit(X, X[:, 0]).do_early_stopping_
    assert not model.fit(X, X[:, 0], sample_weight=X[:, 0]).do_early_stopping_  # the first row has weight zero
    assert model.best_iteration_ == model.n_iter_ == 2


@over_estimators
def test_scorer_sees_at_most_ten_thousand_training_rows_in_proportion_to_the_classes(estimator: Any) -> None:
    X = np.arange(12_000.0)[:, None]
    y = (np.arange(12_000) % 10 == 0) * 7
    seen = []

    def scoring(model: Any, X_scored: Any, y_scored: Any) -> float:
        np.testing.assert_array_equal(y_scored, y[X_scored[:, 0].astype(int)])
        seen.append((len(X_scored), int((y_scored == 7).sum())))
        return 0.0

    fitted = clone(estimator).set_params(max_iter=1, early_stopping=True, validation_fraction=None, scoring=scoring)
    fitted.set_params(random_state=0).fit(X, y)
    assert len(seen) == 2
    assert {n_rows for n_rows, _ in seen} == {10_000}
    assert ({n_rare for _, n_rare in seen} == {1_000}) is is_classifier(estimator)


def test_verbose_prints_a_line_per_iteration(capsys: pytest.CaptureFixture[str]) -> None:
    model = hb.HistGradientBoostingRegressor(max_iter=2, verbose=2, early_stopping=True, random_state=0)
    model.fit(*table(model))
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Training on 180 rows of 4 features, 20 rows for validation."
    assert [line.split()[0] for line in printed[1:3]] == ["[1/2]", "[2/2]"]
    assert f"train loss {-model.train_score_[-1]:.5f}" in printed[2]
    assert f"validation loss {-model.validation_score_[-1]:.5f}" in printed[2]
    assert printed[3].startswith("Built 2 trees with ")


def test_equal_times_in_different_units_are_the_same_label() -> None:
    X, y = table(hb.HistGradientBoostingClassifier(), n_classes=2)
    days = np.array(["2026-01-01", "2026-01-02"], "M8[D]")[y]
    model = hb.HistGradientBoostingClassifier(max_iter=3, early_stopping=True, min_samples_leaf=2)
    model.fit(X, days.astype("M8[ns]"), X_val=X, y_val=days)
    np.testing.assert_array_equal(model.validation_score_, model.train_score_)
