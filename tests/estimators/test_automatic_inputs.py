"""Tables at the edge of what folds can be drawn of: an automatic fit gives a sensible model or says what is wrong."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier

import hornbeam as hb
from hornbeam._model_file import from_bytes, to_bytes
from hornbeam.boosting._ensemble import count_copies, split_off
from hornbeam.boosting._rows import Rows
from tests.estimators.support import ask, questions_of, raw_scores, table
from tests.public_estimators import AUTOMATIC, over_automatic

CLASSIFIER, REGRESSOR = AUTOMATIC


@over_automatic
@pytest.mark.parametrize(("n_rows", "n_folds"), [(1, 1), (2, 2), (3, 2), (7, 6)])
def test_few_rows_have_as_many_folds_as_rows_of_other_targets(estimator: Any, n_rows: int, n_folds: int) -> None:
    fitted = clone(estimator).fit(np.arange(2.0 * n_rows).reshape(-1, 2), np.arange(n_rows))
    chosen = fitted.get_resolved_params()
    assert chosen["n_members"] == chosen["n_folds"] == len(fitted.member_iterations_) == n_folds
    assert chosen["max_iter"] == (2000 if n_rows > 2 else 20)
    for question in questions_of(fitted):
        assert np.isfinite(ask(fitted, question, [[5.0, np.nan], [-np.inf, np.inf]])).all()


@over_automatic
def test_one_row_and_any_number_of_copies_predict_its_target(estimator: Any) -> None:
    for n_copies in (1, 2, 30):
        fitted = clone(estimator).fit([[1.0, 2.0]] * n_copies, [1] * n_copies)
        assert fitted.predict([[5.0, np.nan]]) == [1]
        assert len(fitted.member_iterations_) == 1


@over_automatic
def test_groups_of_copies_are_told_apart_though_each_lies_in_one_fold(estimator: Any) -> None:
    X = np.array([[0.0], [1.0]])
    fitted = clone(estimator).fit(np.repeat(X, 30, axis=0), np.repeat([0, 1], 30))
    low, high = raw_scores(fitted, X)
    assert low < high
    assert fitted.score(X, [0, 1]) > 0.9


@over_automatic
@pytest.mark.parametrize(
    "X",
    [
        np.ones((40, 2)),
        np.full((40, 2), np.nan),
        np.full((40, 2), np.inf),
        np.full((40, 2), [np.nan, 1.0]),
        np.array([[0.0], [-0.0]] * 20),
    ],
    ids=["constant", "all missing", "infinite", "missing beside constant", "zero of both signs"],
)
def test_features_without_information_give_a_constant_model(estimator: Any, X: Any) -> None:
    fitted = clone(estimator).fit(X, [0, 1] * 20)
    scores = raw_scores(fitted, X)
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) == 1
    assert (fitted.feature_importances_ == 0.0).all()


def test_one_class_is_predicted_with_certainty() -> None:
    X, _ = table(CLASSIFIER, n_rows=40)
    fitted = clone(CLASSIFIER).fit(X, ["only"] * 40)
    assert (fitted.predict(X) == "only").all()
    assert (fitted.predict_proba(X) == 1.0).all()
    np.testing.assert_array_equal(from_bytes(to_bytes(fitted)).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize("value", [0.0, -3.5, 1e-320, 1.7e308, -1.7e308])
def test_constant_target_is_predicted_exactly(value: float) -> None:
    X, _ = table(REGRESSOR, n_rows=40)
    fitted = clone(REGRESSOR).fit(X, np.full(40, value))
    assert (fitted.predict(X) == value).all()
    assert to_bytes(from_bytes(to_bytes(fitted))) == to_bytes(fitted)


def test_targets_whose_squares_leave_float64_are_refused() -> None:
    X, y = table(REGRESSOR, n_rows=40)
    with pytest.raises(ValueError, match="y is too large to be scored"):
        clone(REGRESSOR).fit(X, y * 1e160)


@pytest.mark.parametrize("loss", ["poisson", "tweedie"])
@pytest.mark.parametrize("n_positive", [1, 2])
def test_few_positive_targets_are_learnt_wherever_their_folds_lie(loss: str, n_positive: int) -> None:
    """The member that holds back all of them has nothing but zeros left, of which there is no logarithm."""
    X, _ = table(REGRESSOR, n_rows=40)
    y = np.zeros(40)
    y[:n_positive] = 2.0
    for seed in range(3):
        fitted = hb.AutoGradientBoostingRegressor(loss=loss, random_state=seed).fit(X, y)
        predicted = fitted.predict(X)
        assert np.isfinite(predicted).all()
        assert predicted[:n_positive].min() > predicted[n_positive:].mean()


def test_losses_refuse_the_targets_that_they_have_no_meaning_for() -> None:
    X, y = table(REGRESSOR, n_rows=40)
    for loss, target in (("poisson", np.zeros(40)), ("gamma", np.zeros(40)), ("tweedie", -np.ones(40))):
        with pytest.raises(ValueError, match=f"loss='{loss}' requires"):
            hb.AutoGradientBoostingRegressor(loss=loss).fit(X, target)
    with pytest.raises(ValueError, match="needs a quantile"):
        hb.AutoGradientBoostingRegressor(loss="quantile").fit(X, y)


def test_class_of_a_single_row_is_known_to_all_members_but_one() -> None:
    X, y = table(CLASSIFIER, n_rows=60, n_classes=2)
    labels = np.where(np.arange(60) == 7, "rare", np.where(y, "high", "low"))
    fitted = clone(CLASSIFIER).fit(X, labels)
    assert fitted.classes_.tolist() == ["high", "low", "rare"]
    assert fitted.n_features_in_ == 4
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1.0, rtol=1e-12)
    assert np.isfinite(fitted.decision_function(X)).all()
    assert (fitted.member_losses_ > 1.0).sum() == 1


@over_automatic
def test_weights_of_any_size_give_finite_members(estimator: Any) -> None:
    X, y = table(estimator, n_rows=40)
    half = np.arange(40) < 20
    for light, heavy in ((1e-300, 1e300), (5e-324, 1.7e308), (0.5, 1.7e308), (1.7e308, 1.7e308), (5e-324, 5e-324)):
        fitted = clone(estimator).fit(X, y, np.where(half, light, heavy))
        assert np.isfinite(raw_scores(fitted, X)).all()
        assert np.isfinite(fitted.member_losses_).all()


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (None, 4),
        ([1.0, 2.0, 3.0, 4.0], 10),
        ([0.5, 2.0, 3.0, 4.0], 4),
        ([1.7e308] * 4, 4),
        ([2.0**29] * 4, 4),
        ([2.0**28] * 4, 2**30),
    ],
    ids=str,
)
def test_copies_are_counted_by_frequencies_only(weight: Any, expected: int) -> None:
    rows = Rows(np.zeros((4, 1)), np.zeros(4), None if weight is None else np.array(weight))
    assert count_copies(rows) == expected


def test_a_fold_is_learnt_from_too_if_the_others_have_one_target() -> None:
    def learnt(y: Any, held_back: Any) -> list[float]:
        train, rest = split_off(Rows(np.zeros((4, 1)), np.array(y), None), np.array(held_back))
        np.testing.assert_array_equal(rest.y, np.array(y)[np.array(held_back)])
        return train.y.tolist()

    last = [False, False, False, True]
    assert learnt([1.0, 2.0, 1.0, 3.0], last) == [1.0, 2.0, 1.0]
    assert learnt([1.0, 1.0, 1.0, 3.0], last) == [1.0, 1.0, 1.0, 3.0]
    assert learnt([1.0, 2.0, 1.0, 3.0], [True] * 4) == [1.0, 2.0, 1.0, 3.0]


@over_automatic
def test_frames_of_text_and_numbers_come_back_with_their_names_and_categories(estimator: Any) -> None:
    rng = np.random.default_rng(0)
    cities = rng.choice(["Bern", "Köln", "Wien"], 60)
    frame = pd.DataFrame({"city": pd.Categorical(cities), "größe": rng.normal(size=60)})
    y = np.where(cities == "Köln", "yes", "no") if is_classifier(estimator) else 1.0 * (cities == "Köln")
    fitted = clone(estimator).fit(frame, y)
    assert fitted.feature_names_in_.tolist() == ["city", "größe"]
    assert fitted.is_categorical_ is not None
    assert fitted.is_categorical_.tolist() == [True, False]
    assert fitted.score(frame, y) > 0.9
    for other in (from_bytes(to_bytes(fitted)), pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        np.testing.assert_array_equal(raw_scores(other, frame), raw_scores(fitted, frame))
        assert other.feature_names_in_.tolist() == ["city", "größe"]
        with pytest.raises(ValueError, match="feature names should match"):
            other.predict(frame.rename(columns={"city": "town"}))


@over_automatic
def test_clone_is_unfitted_and_fits_alike_and_a_copy_is_independent(estimator: Any) -> None:
    X, y = table(estimator, n_rows=60)
    fitted = clone(estimator).fit(X, y)
    saved = to_bytes(fitted)
    for fresh in (clone(fitted), clone(from_bytes(saved))):
        assert vars(fresh) == vars(clone(estimator))
        assert to_bytes(fresh.fit(X, y)) == saved
    copied = copy.copy(fitted)
    copied.fit(X[:30], y[:30])
    assert to_bytes(fitted) == saved != to_bytes(copied)


@over_automatic
def test_generator_as_random_state_draws_another_ensemble_at_every_fit(estimator: Any) -> None:
    X, y = table(estimator, n_rows=60)
    drawing = clone(estimator).set_params(random_state=np.random.RandomState(0))
    first, second = (raw_scores(drawing.fit(X, y), X) for _ in range(2))
    assert not np.array_equal(first, second)
    again = clone(estimator).set_params(random_state=np.random.RandomState(0))
    np.testing.assert_array_equal(raw_scores(again.fit(X, y), X), first)
