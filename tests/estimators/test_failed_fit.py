"""A fit that fails or is interrupted leaves no trace in the estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from hornbeam._fit_guard import all_or_nothing, of_one_fit
from tests.estimators.support import raw_scores, table
from tests.public_estimators import ESTIMATORS, name_of

over_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)


class InterruptAfter:
    """A scorer that interrupts training at its n-th call."""

    def __init__(self, n_calls: int, error: type[BaseException]) -> None:
        self._left = n_calls
        self._error = error

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        self._left -= 1
        if self._left == 0:
            raise self._error
        return float(-self._left)


@over_estimators
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RuntimeError])
@pytest.mark.parametrize("warm_start", [False, True])
def test_interrupted_fit_leaves_the_model_of_the_fit_before(
    estimator: Any, error: type[BaseException], warm_start: bool
) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    expected = raw_scores(fitted, X)
    fitted.set_params(
        scoring=InterruptAfter(5, error),
        early_stopping=True,
        validation_fraction=None,
        max_iter=50,
        warm_start=warm_start,
    )
    before = dict(vars(fitted))
    with pytest.raises(error):
        fitted.fit(X[:, :4] + 1, y)
    assert vars(fitted) == before
    assert list(vars(fitted)) == list(before)
    np.testing.assert_array_equal(raw_scores(fitted, X), expected)


@over_estimators
def test_failed_first_fit_leaves_the_estimator_unfitted(estimator: Any) -> None:
    X, y = table(estimator)
    unfitted = clone(estimator).set_params(
        scoring=InterruptAfter(2, RuntimeError), early_stopping=True, validation_fraction=None
    )
    before = dict(vars(unfitted))
    with pytest.raises(RuntimeError):
        unfitted.fit(X, y)
    assert vars(unfitted) == before


def test_guard_restores_deleted_changed_and_new_attributes() -> None:
    class Thing:
        def __init__(self) -> None:
            self.kept = 1
            self.deleted = [2]

        @all_or_nothing
        def fit(self) -> None:
            del self.deleted
            self.kept = 3
            self.new = 4
            raise KeyboardInterrupt

    thing = Thing()
    deleted = thing.deleted
    with pytest.raises(KeyboardInterrupt):
        thing.fit()
    assert vars(thing) == {"kept": 1, "deleted": [2]}
    assert thing.deleted is deleted


def test_prediction_reads_the_fit_it_began_with_to_its_end() -> None:
    class Thing:
        fitted = 0

        @all_or_nothing
        def fit(self, value: int) -> Any:
            self.fitted = value
            return self

        @of_one_fit
        def predict(self, times: int, *, meanwhile: Any) -> list[int]:
            return [self.fitted for _ in range(times) if meanwhile() is not None]

    thing = Thing().fit(1)
    assert thing.predict(2, meanwhile=lambda: thing.fit(2)) == [1, 1]
    assert thing.fitted == 2
