"""Callbacks of scikit-learn 1.9: an iteration is a task, sees the model so far, and may ask to stop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, make_scorer, r2_score
from sklearn.model_selection import GridSearchCV

from tests.estimators.callback_recorder import Recorder
from tests.estimators.support import raw_scores, table
from tests.public_estimators import name_of, over_automatic_too, over_estimators

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")


@over_estimators
def test_callbacks_follow_the_fit_from_setup_to_teardown(estimator: Any) -> None:
    recorder = Recorder()
    clone(estimator).set_params(max_iter=2).set_callbacks(recorder).fit(*table(estimator))
    iteration = ["begin iteration", "end iteration"]
    assert recorder.events == ["setup", "begin fit", *iteration, *iteration, "end fit", "teardown"]


@over_estimators
def test_model_of_an_iteration_is_the_staged_model(estimator: Any) -> None:
    X, y = table(estimator)
    recorder = Recorder()
    fitted = clone(estimator).set_params(early_stopping=True, max_iter=3).set_callbacks(recorder).fit(X, y)
    assert [model.n_iter_ for model in recorder.models] == [1, 2, 3, 3]
    stages = fitted.staged_decision_function(X) if hasattr(fitted, "classes_") else fitted.staged_predict(X)
    for model, stage in zip(recorder.models, stages, strict=False):
        np.testing.assert_array_equal(raw_scores(model, X), stage)
    np.testing.assert_array_equal(recorder.models[0].train_score_, fitted.train_score_[:2])


@over_estimators
def test_callback_stops_training_and_the_trees_until_then_stay(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(max_iter=50).set_callbacks(Recorder(stop_after=4)).fit(X, y)
    assert fitted.n_iter_ == 4
    np.testing.assert_array_equal(
        raw_scores(fitted, X), raw_scores(clone(estimator).set_params(max_iter=4).fit(X, y), X)
    )


@over_automatic_too
def test_callback_that_raises_is_torn_down_and_the_estimator_restored(estimator: Any) -> None:
    recorder = Recorder(error=ZeroDivisionError)
    unfitted = clone(estimator).set_callbacks(recorder)
    before = dict(vars(unfitted))
    with pytest.raises(ZeroDivisionError):
        unfitted.fit(*table(estimator))
    assert recorder.events[-1] == "teardown"
    assert vars(unfitted) == before


@over_automatic_too
def test_callbacks_are_not_saved(estimator: Any, tmp_path: Any) -> None:
    fitted = clone(estimator).set_callbacks(Recorder()).fit(*table(estimator))
    fitted.save(tmp_path / "with")
    fitted.set_callbacks().save(tmp_path / "without")
    assert (tmp_path / "with").read_bytes() == (tmp_path / "without").read_bytes()


@over_estimators
def test_scoring_monitor_scores_the_model_of_every_iteration(estimator: Any) -> None:
    X, y = table(estimator)
    metric = accuracy_score if hasattr(estimator, "predict_proba") else r2_score
    monitor = callback.ScoringMonitor(scoring=make_scorer(metric))
    fitted = clone(estimator).set_params(max_iter=3).set_callbacks(monitor).fit(X, y)
    (name,) = {key for row in monitor.get_logs().data for key in row if "score" in key}
    scores = [row[name] for row in monitor.get_logs().data if row["task_name"] == "iteration"]
    assert scores == pytest.approx([metric(y, stage) for stage in fitted.staged_predict(X)])


@over_estimators
def test_progress_bar_follows_a_fit_and_a_search(estimator: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    X, y = table(estimator)
    clone(estimator).set_callbacks(callback.ProgressBar()).fit(X, y)
    search = GridSearchCV(clone(estimator), {"max_leaf_nodes": [2, 3]}, cv=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=1)).fit(X, y)
    assert name_of(estimator) in capsys.readouterr().out
