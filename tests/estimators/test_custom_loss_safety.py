"""A loss that is a Python object: nothing it returns or does is taken for what it is not, or breaks anything."""

from __future__ import annotations

import _thread
import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier

from tests.estimators.custom_loss_support import Floats, fit, loss_with, squared_error
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_estimators


@contextlib.contextmanager
def allowing(error: type[Exception], message: str) -> Iterator[None]:
    """Let an error pass if it says this."""
    try:
        yield
    except error as refusal:
        if message not in str(refusal):
            raise


class Counting:
    """Squared error that runs a function at its n-th call."""

    def __init__(self, then: Callable[[], Any], at: int = 2) -> None:
        self.n_calls = 0
        self._then = then
        self._at = at

    def __call__(self, y_true: Floats, raw_prediction: Floats) -> Any:
        self.n_calls += 1
        if self.n_calls == self._at:
            self._then()
        return squared_error(y_true, raw_prediction)


# What it returns --------------------------------------------------------------------------------------

WRONG: list[tuple[Any, type[Exception], str]] = [
    (lambda y, raw: None, ValueError, "loss must return a gradient and a hessian, got type NoneType"),
    (lambda y, raw: (raw, raw, raw), ValueError, "loss must return a gradient and a hessian"),
    (lambda y, raw: raw, ValueError, "loss must return a gradient and a hessian"),
    (lambda y, raw: (raw[1:], raw), ValueError, r"loss returned a gradient of shape \(199"),
    (lambda y, raw: (raw, raw[..., None]), ValueError, r"loss returned a hessian of shape \(200"),
    (lambda y, raw: (0.0, raw), ValueError, r"loss returned a gradient of shape \(\), expected \(200"),
    (lambda y, raw: (raw + np.nan, raw), ValueError, "loss returned a gradient that is not finite: nan at row 0"),
    (lambda y, raw: (raw, raw + np.inf), ValueError, "loss returned a hessian that is not finite: inf at row 0"),
    (lambda y, raw: (raw, raw - 1e-300), ValueError, "loss returned a hessian that is negative: -1e-300 at row 0"),
    (
        lambda y, raw: (raw.astype(complex), raw),
        TypeError,
        "loss returned a gradient .* dtype complex",
    ),
    (lambda y, raw: (raw.astype(str), raw), TypeError, "loss returned a gradient of"),
    (lambda y, raw: (raw, raw.astype(object)), TypeError, "loss returned a hessian of"),
    (lambda y, raw: (np.ma.array(raw), raw), TypeError, "loss returned a gradient of type MaskedArray"),
]


@over_estimators
@pytest.mark.parametrize(("loss", "error", "message"), WRONG, ids=range(len(WRONG)))
def test_what_is_no_gradient_or_hessian_is_refused(
    estimator: Any, loss: Any, error: type[Exception], message: str
) -> None:
    fitted = fit(estimator, squared_error)
    before = dict(vars(fitted.set_params(loss=loss)))
    with pytest.raises(error, match=message):
        fitted.fit(*table(estimator))
    assert vars(fitted) == before


WRONG_METHODS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"loss": lambda self, y, raw: y[1:]}, ValueError, r"loss returned a loss per row of shape \(199,\)"),
    ({"loss": lambda self, y, raw: 0.0}, ValueError, r"loss returned a loss per row of shape \(\)"),
    ({"loss": lambda self, y, raw: y * np.nan}, ValueError, "loss returned a loss per row that is not finite"),
    ({"baseline": lambda self, y, weight: np.zeros(5)}, ValueError, r"loss returned a baseline of shape \(5,\)"),
    ({"baseline": lambda self, y, weight: np.inf}, ValueError, "loss returned a baseline that is not finite: inf"),
    ({"baseline": lambda self, y, weight: None}, TypeError, "loss returned a baseline of .* expected real numbers"),
]


@over_estimators
@pytest.mark.parametrize(("methods", "error", "message"), WRONG_METHODS, ids=range(len(WRONG_METHODS)))
def test_what_other_methods_return_is_checked(
    estimator: Any, methods: dict[str, Any], error: type[Exception], message: str
) -> None:
    loss = loss_with(**{"loss": lambda self, y, raw: y} | methods)
    with pytest.raises(error, match=message):
        fit(estimator, loss, early_stopping=True, validation_fraction=None)


@over_estimators
@pytest.mark.parametrize("value", [np.nan, 2.0])
def test_what_a_link_predicts_is_checked(estimator: Any, value: float) -> None:
    model = fit(estimator, loss_with(inverse_link=lambda self, raw: np.full_like(raw, value)))
    X, _ = table(estimator)
    if is_classifier(estimator) or np.isnan(value):
        with pytest.raises(ValueError, match=r"not finite|beyond 0 and 1: 2.0 to 2.0"):
            model.predict(X)
    else:
        assert (model.predict(X) == value).all()


@over_estimators
def test_enormous_gradients_and_vanishing_hessians_end_in_a_model_or_a_refusal(estimator: Any) -> None:
    X, _ = table(estimator)
    for gradient, hessian in [(1e308, 1e-308), (1e308, 0.0), (5e-324, 5e-324), (0.0, 1e308), (1.0, 1e-300)]:
        signs = np.where(np.nan_to_num(X[:, 0]) > 0, 1.0, -1.0)

        def loss(y: Floats, raw: Floats, g: float = gradient, h: float = hessian, sign: Floats = signs) -> Any:
            return (sign * g * np.ones_like(raw).T).T, np.full_like(raw, h)

        with allowing(ValueError, "float64 range"):
            assert np.isfinite(raw_scores(fit(estimator, loss, learning_rate=1.0), X)).all()


# What it cannot break ---------------------------------------------------------------------------------


class Own(Exception):
    pass


@over_estimators
@pytest.mark.parametrize("method", ["__call__", "loss", "baseline"])
def test_its_exceptions_come_out_as_they_are(estimator: Any, method: str) -> None:
    error = Own("mine")

    def fail(*_: Any) -> Any:
        raise error

    fitted = fit(estimator, squared_error)
    X, y = table(estimator)
    expected = raw_scores(fitted, X)
    fitted.set_params(
        loss=loss_with(**{"loss": lambda self, y, raw: y} | {method: fail}), early_stopping=True, max_iter=5
    )
    before = dict(vars(fitted))
    with pytest.raises(Own) as raised:
        fitted.fit(X, y)
    assert raised.value is error
    assert "fail" in [entry.name for entry in raised.traceback]
    assert vars(fitted) == before
    np.testing.assert_array_equal(raw_scores(fitted, X), expected)


@over_estimators
def test_an_interrupt_inside_it_ends_the_fit(estimator: Any) -> None:
    def interrupt() -> None:
        _thread.interrupt_main()
        for _ in range(1000):  # where the interpreter looks for signals
            pass

    unfitted = clone(estimator).set_params(loss=Counting(interrupt), max_iter=10**6)
    before = dict(vars(unfitted))
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started pytest without
    try:
        with pytest.raises(KeyboardInterrupt):
            unfitted.fit(*table(estimator))
    finally:
        signal.signal(signal.SIGINT, previous)
    assert vars(unfitted) == before


@over_estimators
def test_arrays_that_are_kept_written_to_or_resized_harm_nobody(estimator: Any) -> None:
    kept: list[Any] = []

    def loss(y_true: Floats, raw_prediction: Floats) -> Any:
        for array in (y_true, raw_prediction):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = np.nan
            owner = array if array.base is None else array.base
            owner.flags.writeable = True
        gradient, hessian = squared_error(y_true, raw_prediction)
        for array in (y_true, raw_prediction):
            array.flags.writeable = True
            array[...] = np.nan
            kept.append(array)
        if len(kept) > 2:
            kept[0].resize(10**6, refcheck=False)
            kept[2].resize(0, refcheck=False)
        kept.extend((gradient, hessian))
        return gradient, hessian

    X, _ = table(estimator)
    fitted = fit(estimator, loss)
    gc.collect()
    np.testing.assert_array_equal(raw_scores(fitted, X), raw_scores(fit(estimator, squared_error), X))


@over_estimators
def test_it_may_fit_other_estimators_and_this_one(estimator: Any) -> None:
    X, y = table(estimator)
    model = clone(estimator)

    def fit_others() -> None:
        fit(estimator, squared_error, n_jobs=2)
        clone(estimator).fit(X, y)
        model.fit(X[:50], y[:50])

    loss = Counting(fit_others)
    model.set_params(loss=loss).fit(X, y)
    assert loss.n_calls == 6  # three of the fit inside
    np.testing.assert_array_equal(raw_scores(model, X), raw_scores(fit(estimator, squared_error), X))


@over_estimators
def test_a_fit_that_calls_itself_for_ever_is_ended_by_python(estimator: Any) -> None:
    X, y = table(estimator, n_rows=20)
    model = clone(estimator)

    def loss(y_true: Floats, raw_prediction: Floats) -> Any:
        model.fit(X, y)

    with pytest.raises(RecursionError):
        model.set_params(loss=loss, n_jobs=1).fit(X, y)


@over_estimators
def test_fits_in_several_threads_are_those_of_one(estimator: Any) -> None:
    X, _ = table(estimator)
    expected = raw_scores(fit(estimator, squared_error, max_iter=20), X)
    answers: list[Any] = []

    def work() -> None:
        answers.append(raw_scores(fit(estimator, squared_error, max_iter=20, n_jobs=2), X))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    for answer in answers:
        np.testing.assert_array_equal(answer, expected)
