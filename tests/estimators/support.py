"""Small tables for the tests of estimators, and what all estimators are asked."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

# What estimators may be asked of rows alone. A new kind of estimator adds its own (kneighbors, transform).
QUESTIONS = [
    "predict",
    "predict_proba",
    "decision_function",
    "staged_predict",
    "staged_predict_proba",
    "staged_decision_function",
    "predict_contributions",
    "apply",
]


def table(estimator: Any, n_rows: int = 200, n_classes: int = 3) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Four features, one of them with missing values, and a target of the estimator's kind that depends on them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 4))
    signal = X[:, 0] + X[:, 1] ** 2 + 0.1 * rng.normal(size=n_rows)
    X[rng.random(n_rows) < 0.2, 2] = np.nan
    if not is_classifier(estimator):
        return X, signal
    ranks = signal.argsort().argsort()
    return X, ranks * n_classes // n_rows


def raw_scores(estimator: Any, X: Any) -> NDArray[np.float64]:
    """What the trees sum up to, the finest thing an estimator predicts."""
    scores: NDArray[np.float64] = estimator.decision_function(X) if is_classifier(estimator) else estimator.predict(X)
    return scores


def trees_of(estimator: Any) -> Any:
    """The trees that a fitted estimator answers by."""
    return getattr(estimator, "estimator_", estimator)._model


def questions_of(estimator: Any) -> list[str]:
    """The methods of the estimator that take rows and nothing else."""
    return [name for name in QUESTIONS if hasattr(estimator, name)]


def ask(estimator: Any, question: str, X: Any) -> Any:
    """The answer for the rows; all stages of it, one above the other, if it comes in stages."""
    answer = getattr(estimator, question)(X)
    return np.stack(list(answer)) if isinstance(answer, Iterator) else answer


def fits_with(estimator: Any, argument: str) -> bool:
    """Whether `fit` takes the argument."""
    return argument in inspect.signature(estimator.fit).parameters


def unchanged(value: Any) -> Callable[[], bool]:
    """A function that says whether the value, and the memory that it views, is as it was."""
    if hasattr(value, "equals"):  # a frame or a table, whose pickles tell of its caches too
        before = copy.deepcopy(value)
        return lambda: bool(value.equals(before))
    if getattr(value, "nbytes", 0) > 2**30:  # not in memory: broadcast, or mapped read-only
        return lambda: True
    seen = [value, value.base] if isinstance(value, np.ndarray) else value
    if hasattr(value, "indptr"):  # whose pickles tell of caches as well
        seen = [value.data, value.indices, value.indptr]
    try:
        content = pickle.dumps(seen)
    except (TypeError, AttributeError, pickle.PicklingError):  # a generator, a local class
        return lambda: True
    return lambda: pickle.dumps(seen) == content


def refusal_of(call: Callable[..., Any], *arguments: Any) -> Exception | None:
    """What the call raises to refuse its arguments; None if it takes them."""
    try:
        call(*arguments)
    except (ValueError, TypeError) as refusal:
        return refusal
    return None


def assert_refused(
    estimator: Any,
    error: type[Exception] | tuple[type[Exception], ...],
    message: str,
    call: Callable[..., Any],
    *arguments: Any,
    **named: Any,
) -> None:
    """Assert that the call raises what it should and leaves the estimator and the arguments as they were."""
    state = dict(vars(estimator))
    checks = [unchanged(argument) for argument in (*arguments, *named.values())]
    with pytest.raises(error, match=message):
        call(*arguments, **named)
    assert vars(estimator) == state
    assert list(vars(estimator)) == list(state)
    assert all(check() for check in checks)


def assert_same_answers(estimator: Any, X: Any, y: Any, expected_X: Any, expected_y: Any) -> None:
    """Assert that fitting and asking with X and y gives the bits that the expected ones give, and changes neither."""
    checks = [unchanged(X), unchanged(y)]
    fitted, expected = clone(estimator).fit(X, y), clone(estimator).fit(expected_X, expected_y)
    for question in questions_of(estimator):
        answer, expected_answer = ask(fitted, question, X), ask(expected, question, expected_X)
        assert answer.dtype == expected_answer.dtype, question
        np.testing.assert_array_equal(answer, expected_answer, err_msg=question)
    assert all(check() for check in checks)
