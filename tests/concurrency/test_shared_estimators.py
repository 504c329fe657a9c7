"""Estimators shared by threads: every answer has the bits that one thread alone gets."""

from __future__ import annotations

import functools
import gc
import pathlib
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import threadpoolctl

import hornbeam as hb
from hornbeam._core import testing
from hornbeam._model_file import from_bytes, to_bytes
from tests.concurrency.workload import (
    X,
    Y,
    classifier,
    engage_threads,
    fit_classifier,
    fit_regressor,
    regressor,
    scores,
)
from tests.golden.digests import table

N_ROUNDS = 5


@pytest.fixture(autouse=True)
def hasty_threads() -> Iterator[None]:
    """Let every region use the pool, and Python's threads take turns often; put everything back."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    engage_threads()
    yield
    hb.set_num_threads(None)
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    sys.setswitchinterval(interval)


def run_together(*jobs: Callable[[], Any]) -> list[Any]:
    """Start the jobs at once, a thread each; return what they return."""
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)
    errors: list[BaseException] = []

    def run(i: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[i] = job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def repeat(job: Callable[[], Any], times: int = N_ROUNDS) -> Callable[[], set[Any]]:
    """Return the job that does this one several times and returns the different results."""
    return lambda: {job() for _ in range(times)}


def change_limits() -> None:
    for n in (1, 3, 2, None) * N_ROUNDS:
        hb.set_num_threads(n)
        with threadpoolctl.threadpool_limits(2, user_api="hornbeam"):
            hb.get_num_threads()


@pytest.mark.parametrize("fitted", [fit_regressor, fit_classifier])
def test_sixteen_threads_predict_by_one_model_while_others_use_it_and_fit(
    fitted: Callable[[], Any], tmp_path: pathlib.Path
) -> None:
    model = fitted()
    expected = scores(model)
    other = scores(fit_regressor(max_iter=4))

    def save_and_load() -> bytes:
        model.save(tmp_path / "model")
        return scores(hb.load(tmp_path / "model"))

    predictions = [repeat(lambda: scores(model))] * 16
    other_uses = [
        repeat(lambda: scores(pickle.loads(pickle.dumps(model)))),
        repeat(save_and_load),
        repeat(lambda: scores(from_bytes(to_bytes(model)))),
    ]
    fits = [repeat(lambda: scores(fit_regressor(max_iter=4)))] * 2
    found = run_together(*predictions, *other_uses, *fits, change_limits)
    assert found == [{expected}] * 19 + [{other}] * 2 + [None]


def test_threads_that_fit_their_own_estimators_get_the_bits_of_one_thread() -> None:
    expected = [scores(fit_regressor()), scores(fit_classifier())]
    found = run_together(*[repeat(lambda: scores(fit_regressor())), repeat(lambda: scores(fit_classifier()))] * 4)
    assert found == [{bits} for bits in expected] * 4


def test_threads_load_whole_files_while_others_save_over_them(tmp_path: pathlib.Path) -> None:
    models = [fit_regressor(max_iter=n) for n in (2, 3)]
    path = tmp_path / "model"
    models[0].save(path)
    savers = [repeat(lambda model=model: model.save(path)) for model in models]
    loaded = run_together(*[repeat(lambda: scores(hb.load(path)))] * 6, *savers)[:6]
    assert set().union(*loaded) <= {scores(model) for model in models}


def test_of_two_fits_of_one_estimator_one_wins_as_a_whole() -> None:
    """Features and labels of one fit never meet the trees of the other."""
    tables = [(X, np.array(["low", "high"])[(Y > 0).astype(int)]), table(10_000, 6, stream=5)]
    tables[1] = (tables[1][0], np.array(["no", "perhaps", "yes"])[np.digitize(tables[1][1], [-64.0, 64.0])])
    alone = [classifier().fit(*data) for data in tables]
    for _ in range(20):
        shared = classifier()
        run_together(*[functools.partial(shared.fit, *data) for data in tables])
        i = [model.n_features_in_ for model in alone].index(shared.n_features_in_)
        assert to_bytes(shared) == to_bytes(alone[i])


def test_predictions_during_fits_are_those_of_one_fit_or_the_other() -> None:
    """The labels of one fit never stand for the scores of the other."""
    targets = [np.array(["low", "high"])[(Y > 0).astype(int)], np.array(["a", "b", "c"])[np.digitize(Y, [-64.0, 64.0])]]
    shared = classifier().fit(X, targets[0])
    stop = threading.Event()

    def labels(model: Any) -> str:
        return " ".join(model.predict(X))

    def stages(model: Any) -> bytes:
        return b" ".join(probabilities.tobytes() for probabilities in model.staged_predict_proba(X))

    def refit() -> None:
        for turn in range(20):
            shared.fit(X, targets[turn % 2])
        stop.set()

    def keep(predict: Callable[[Any], Any]) -> Callable[[], set[Any]]:
        return lambda: {predict(shared) for _ in iter(stop.is_set, True)}

    for predict in (labels, stages):
        stop.clear()
        allowed = {predict(classifier().fit(X, target)) for target in targets}
        _, *found = run_together(refit, *[keep(predict)] * 3)
        assert set().union(*found) <= allowed


def test_parameters_may_be_set_during_predictions() -> None:
    """They are of the next fit."""
    model = fit_regressor()
    expected = scores(model)

    def set_params() -> None:
        for n in range(50):
            model.set_params(max_iter=1 + n, n_jobs=1 + n % 5, learning_rate=0.5)

    assert run_together(*[repeat(lambda: scores(model))] * 4, set_params)[:4] == [{expected}] * 4


def test_a_model_may_be_dropped_and_collected_during_its_prediction() -> None:
    model = fit_regressor(max_iter=20)
    expected = model.predict(X[:1])[0]
    many = np.broadcast_to(X[0], (1_000_000, X.shape[1]))
    begun = threading.Event()

    def predict() -> np.ndarray:
        begun.set()
        return model.predict(many)

    def drop() -> None:
        begun.wait()
        time.sleep(0.01)
        del model._model
        gc.collect()

    predicted, _ = run_together(predict, drop)
    assert (predicted == expected).all()
    assert not hasattr(model, "_model")


def test_what_is_called_during_a_fit_may_fit_predict_and_save_others(tmp_path: pathlib.Path) -> None:
    """A scorer is called between iterations, as callbacks are."""
    other = fit_regressor(max_iter=3)
    within = set()

    def score(model: Any, X: Any, y: Any) -> float:
        other.save(tmp_path / "other")
        within.add((scores(fit_regressor(max_iter=3)), scores(hb.load(tmp_path / "other"))))
        return 0.0

    scoring = {"scoring": score, "early_stopping": True, "validation_fraction": None, "n_iter_no_change": 100}
    found = run_together(*[lambda: scores(regressor(**scoring).fit(X, Y))] * 3)
    assert found == [scores(fit_regressor())] * 3
    assert within == {(scores(other), scores(other))}
