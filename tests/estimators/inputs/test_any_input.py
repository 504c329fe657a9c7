"""Any features, targets, weights and parameters: an error with words and no trace, or finite predictions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from hypothesis import event, given, target
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier

from tests.estimators.support import ask, questions_of, refusal_of, table, trees_of, unchanged
from tests.public_estimators import over_automatic_too
from tests.strategies import any_matrix, any_target, any_weight, boosting_params, feature_matrices


def assert_finite_answers(fitted: Any, X: Any) -> None:
    """Assert that every method answers for every row, with values of the right type, shape and size."""
    n_rows = len(np.asarray(X))
    for question in questions_of(fitted):
        answer = ask(fitted, question, X)
        stages = answer if question.startswith("staged_") else answer[None]
        assert len(stages) == (fitted.n_iter_ if question.startswith("staged_") else 1)
        assert stages.shape[1] == n_rows
        if question.endswith("predict") and is_classifier(fitted):
            assert answer.dtype == fitted.classes_.dtype
            assert np.isin(answer, fitted.classes_).all()
            continue
        assert answer.dtype == (np.int32 if question == "apply" else np.float64)
        assert np.isfinite(answer).all()
        if question.endswith("proba"):
            assert stages.shape[2:] == (len(fitted.classes_),)
            assert (answer >= 0).all()
            np.testing.assert_allclose(answer.sum(axis=-1), 1.0, rtol=1e-12)


@over_automatic_too
@given(data=st.data())
def test_any_call_is_refused_without_a_trace_or_gives_finite_predictions(estimator: Any, data: st.DataObject) -> None:
    X = data.draw(any_matrix(), label="X")
    y = data.draw(any_target(len(X)), label="y")
    weight = data.draw(any_weight(len(X)), label="sample_weight")
    params = data.draw(boosting_params(), label="params")
    known = {name: value for name, value in params.items() if name in estimator.get_params()}
    fitted = clone(estimator).fit(*table(estimator, n_rows=30)).set_params(**known)
    state, checks = dict(vars(fitted)), [unchanged(value) for value in (X, y, weight)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)  # of scikit-learn: many classes, a column for y
        refusal = refusal_of(fitted.fit, X, y, weight)
        if refusal is None:
            assert_finite_answers(fitted, X)
        else:
            assert str(refusal)
            assert vars(fitted) == state
    event(f"refused: {type(refusal).__name__}" if refusal else "fitted")
    assert all(check() for check in checks)


@over_automatic_too
@given(data=st.data())
def test_good_calls_are_never_refused(estimator: Any, data: st.DataObject) -> None:
    X, other = data.draw(feature_matrices()), data.draw(feature_matrices())
    y = np.arange(len(X)) % (3 if is_classifier(estimator) else 7)
    weight = data.draw(st.one_of(st.none(), st.just(np.geomspace(1e-300, 1e300, len(X)))))
    fitted = clone(estimator).fit(X, y, weight)
    target(float(trees_of(fitted).n_leaves))
    assert_finite_answers(fitted, X)
    assert_finite_answers(fitted, np.resize(other, (len(other), X.shape[1])))


@over_automatic_too
@given(data=st.data())
def test_any_matrix_is_refused_without_a_trace_or_answered_by_a_fitted_estimator(
    estimator: Any, data: st.DataObject
) -> None:
    fitted = clone(estimator).fit(np.arange(24.0).reshape(12, 2), np.tile([0, 1], 6))
    X = data.draw(any_matrix(), label="X")
    state, check = dict(vars(fitted)), unchanged(X)
    refusal = refusal_of(fitted.predict, X)
    if refusal is None:
        assert_finite_answers(fitted, X)
    else:
        assert str(refusal)
    assert vars(fitted) == state
    assert check()
