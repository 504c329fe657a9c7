"""What an estimator can be asked before it is fitted, and the smallest tables it can be fitted on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from tests.estimators.inputs.matrices import WHOLE
from tests.estimators.support import ask, assert_refused, questions_of, raw_scores
from tests.public_estimators import over_automatic_classifiers_too, over_automatic_too, over_estimators

Y = np.tile([0, 1], 6)
FITTED_ATTRIBUTES = ["n_iter_", "best_iteration_", "feature_importances_", "n_features_in_", "classes_"]


@over_automatic_too
def test_unfitted_estimator_says_so_and_stays_unfitted(estimator: Any, tmp_path: Path) -> None:
    unfitted = clone(estimator)
    for question in questions_of(unfitted):
        assert_refused(unfitted, NotFittedError, "not fitted", ask, unfitted, question, WHOLE)
    assert_refused(unfitted, NotFittedError, "not fitted", unfitted.score, WHOLE, Y)
    assert_refused(unfitted, NotFittedError, "not fitted", unfitted.save, tmp_path / "model")
    assert not (tmp_path / "model").exists()
    for name in FITTED_ATTRIBUTES:
        assert not hasattr(unfitted, name)


@over_automatic_too
@pytest.mark.parametrize("path", [None, 1.5, b"model", object(), ["model"]], ids=lambda path: type(path).__name__)
def test_what_is_no_path_is_a_type_error(estimator: Any, path: Any) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, TypeError, r"path|str", fitted.save, path)
    if not isinstance(path, bytes):
        with pytest.raises(TypeError, match=r"path|str"):
            hb.load(path)


@over_automatic_too
@pytest.mark.parametrize("path", ["\0", "\ud800"], ids=["NUL", "lone surrogate"])
def test_path_that_no_file_can_have_is_a_value_error(estimator: Any, path: str) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, ValueError, r"null byte|surrogates", fitted.save, path)
    with pytest.raises(ValueError, match=r"null byte|surrogates"):
        hb.load(path)


@over_estimators
@pytest.mark.parametrize(
    "X",
    [
        np.ones((6, 1)),
        np.full((6, 1), np.nan),
        np.full((6, 2), [np.nan, 1.0]),
        np.full((6, 1), np.inf),
        np.array([[0.0], [-0.0]] * 3),
        np.tile(WHOLE[:1], (6, 1)),
    ],
    ids=["constant", "all missing", "missing beside constant", "infinite", "zero of both signs", "identical rows"],
)
def test_features_without_information_give_a_constant_model(estimator: Any, X: Any) -> None:
    scores = raw_scores(clone(estimator).set_params(min_samples_leaf=1).fit(X, Y[:6]), X)
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) == 1


@over_estimators
def test_one_row_gives_a_model_that_predicts_its_target(estimator: Any) -> None:
    fitted = clone(estimator).set_params(min_samples_leaf=1).fit([[1.0, 2.0]], [1])
    assert fitted.predict([[5.0, np.nan]]) == [1]
    for question in questions_of(fitted):
        assert np.isfinite(ask(fitted, question, [[np.inf, -1.0]])).all()


@over_estimators
@pytest.mark.parametrize("X", [[[0.0], [1.0]], [[np.nan], [1.0]], [[5e-324], [0.0]]], ids=str)
def test_two_rows_are_told_apart(estimator: Any, X: Any) -> None:
    fitted = clone(estimator).set_params(min_samples_leaf=1).fit(X, [0, 1])
    assert raw_scores(fitted, X)[0] < raw_scores(fitted, X)[1]


@over_automatic_classifiers_too
def test_one_class_is_predicted_with_certainty_by_every_method(estimator: Any) -> None:
    fitted = clone(estimator).fit(WHOLE, ["only"] * 12)
    for question in questions_of(fitted):
        answer = ask(fitted, question, WHOLE)
        if "proba" in question:
            assert (answer == 1.0).all()
        elif answer.dtype.kind in "fi":
            assert np.isfinite(answer).all()
        else:
            assert (answer == "only").all()
