"""An automatic fit that fails in the middle of an ensemble leaves no trace, and callbacks follow its members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from hornbeam import _core
from hornbeam._model_file import to_bytes
from hornbeam.boosting import _base
from tests.estimators.callback_recorder import Recorder
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_automatic


class Failing:
    """Stands for the trainer; over all members together, the n-th iteration fails."""

    def __init__(self, n_boosts: int, error: type[BaseException]) -> None:
        self._left = n_boosts
        self._error = error
        self.n_trainers = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.n_trainers += 1
        trainer = _core.Trainer(*args, **kwargs)
        return Delegate(trainer, boost=lambda: self._boost(trainer))

    def _boost(self, trainer: Any) -> None:
        self._left -= 1
        if self._left < 0:
            raise self._error
        trainer.boost()


class Delegate:
    def __init__(self, trainer: Any, boost: Callable[[], None]) -> None:
        self._trainer = trainer
        self.boost = boost

    def __getattr__(self, name: str) -> Any:
        return getattr(self._trainer, name)


@over_automatic
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, RuntimeError])
@pytest.mark.parametrize(("n_boosts", "n_trainers"), [(0, 1), (5, 1), (90, 2)])
def test_fit_that_fails_within_a_member_leaves_the_fit_before(
    estimator: Any, error: type[BaseException], n_boosts: int, n_trainers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = table(estimator, n_rows=60)
    y = np.random.default_rng(0).permutation(y)  # so that members stop soon after their patience
    fitted = clone(estimator).fit(X, y)
    before, expected, saved = dict(vars(fitted)), raw_scores(fitted, X), to_bytes(fitted)
    failing = Failing(n_boosts, error)
    monkeypatch.setattr(_base, "Trainer", failing)
    with pytest.raises(error):
        fitted.fit(X[:, :3] + 1, y)
    assert failing.n_trainers == n_trainers
    assert vars(fitted) == before
    assert list(vars(fitted)) == list(before)
    np.testing.assert_array_equal(raw_scores(fitted, X), expected)
    assert to_bytes(fitted) == saved


@over_automatic
def test_first_fit_that_fails_within_a_member_leaves_the_estimator_unfitted(
    estimator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfitted = clone(estimator)
    before = dict(vars(unfitted))
    monkeypatch.setattr(_base, "Trainer", Failing(70, KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        unfitted.fit(*table(estimator, n_rows=60))
    assert vars(unfitted) == before


@over_automatic
@pytest.mark.parametrize(
    ("X", "y", "weight"),
    [
        ([[0.0]] * 6, [np.nan] * 6, None),
        ([[0.0]] * 6, [0, 1] * 2, None),
        ([["a"]] * 6, [0, 1] * 3, None),
        ([[0.0]] * 6, [0, 1] * 3, [0.0] * 6),
        ([[0.0]] * 6, [0, 1] * 3, [-1.0] * 6),
        (np.empty((0, 1)), [], None),
    ],
    ids=["missing target", "short target", "text", "no weight", "negative weights", "no rows"],
)
def test_refused_rows_leave_the_fit_before(estimator: Any, X: Any, y: Any, weight: Any) -> None:
    fitted = clone(estimator).set_params(categorical_features=None).fit([[0.0], [1.0]] * 6, [0, 1] * 6)
    before = dict(vars(fitted))
    with pytest.raises(ValueError, match=r"y|convert|sample|weight"):
        fitted.fit(X, y, weight)
    assert vars(fitted) == before


@pytest.fixture
def callbacks() -> None:
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")


@over_automatic
def test_callbacks_see_the_mean_of_the_members_so_far(estimator: Any, callbacks: None) -> None:
    X, y = table(estimator, n_rows=60)
    recorder = Recorder()
    fitted = clone(estimator).set_callbacks(recorder).fit(X, y)
    member = ["begin iteration", "end iteration"]
    assert recorder.events == ["setup", "begin fit", *(8 * member), "end fit", "teardown"]
    iterations = fitted.member_iterations_.tolist()
    assert [model.member_iterations_.tolist() for model in recorder.models[:8]] == [iterations[:n] for n in range(1, 9)]
    np.testing.assert_array_equal(raw_scores(recorder.models[-1], X), raw_scores(fitted, X))


@over_automatic
def test_callback_stops_the_ensemble_and_the_members_until_then_stay(estimator: Any, callbacks: None) -> None:
    X, y = table(estimator, n_rows=60)
    recorder = Recorder(stop_after=3)
    fitted = clone(estimator).set_callbacks(recorder).fit(X, y)
    assert len(fitted.member_iterations_) == len(fitted.member_losses_) == 3
    np.testing.assert_array_equal(raw_scores(fitted, X), raw_scores(recorder.models[2], X))


@over_automatic
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_callback_that_raises_after_a_member_leaves_the_fit_before(
    estimator: Any, error: type[BaseException], callbacks: None
) -> None:
    X, y = table(estimator, n_rows=60)
    recorder = Recorder(stop_after=2, error=error)
    fitted = clone(estimator).fit(X, y).set_callbacks(recorder)
    before, expected = dict(vars(fitted)), raw_scores(fitted, X)
    with pytest.raises(error):
        fitted.fit(X + 1, y)
    assert recorder.events[-1] == "teardown"
    assert vars(fitted) == before
    np.testing.assert_array_equal(raw_scores(fitted, X), expected)
