"""Rounds of work with a signal at a random moment of it; to be run in a process of its own, on the main thread."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import random
import signal
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import hornbeam as hb
from tests.concurrency.workload import X, Y, classifier, engage_threads, fit_regressor, regressor, terciles


@dataclasses.dataclass
class Round:
    """What became of the work: its result, or how long after the signal it was left."""

    result: Any = None
    seconds_to_answer: float | None = None


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def interrupt_twice() -> None:
    interrupt()
    time.sleep(0.001)
    interrupt()


def play(
    work: Callable[[], Any],
    delay: float,
    send: Callable[[], None] = interrupt,
    error: type[BaseException] = KeyboardInterrupt,
) -> Round:
    """Do the work, and send a signal after so many seconds unless it is done by then."""
    played = Round()
    begun, done = threading.Event(), threading.Event()
    sent: list[float] = []

    def send_unless_done() -> None:
        begun.wait()
        if not done.wait(delay):
            sent.append(time.monotonic())
            send()

    thread = threading.Thread(target=send_unless_done)
    thread.start()
    try:
        begun.set()
        played.result = work()
        done.set()
        thread.join()
    except error:
        answered = time.monotonic()
        thread.join()
        if played.result is None:
            played.seconds_to_answer = answered - sent[0]
    return played


def duration(work: Callable[[], Any]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def is_as(model: Any, before: dict[str, Any]) -> bool:
    """Whether the estimator holds these very objects, arrays included."""
    own = vars(model)
    return own.keys() == before.keys() and all(own[name] is value for name, value in before.items())


class Fit:
    """A fit over an older one: it completes, or the older one stays."""

    def __init__(self, model: Any, X: Any, y: Any) -> None:
        self._data = (X, y)
        self._model = model
        self._expected = self._predictions(model.fit(X, y))
        self._n_late = 0
        self._before = dict(vars(model))

    def _predictions(self, model: Any) -> bytes:
        queries = self._data[0][:2_000]
        prediction: bytes = getattr(model, "predict_proba", model.predict)(queries).tobytes()
        return prediction

    def __call__(self) -> Any:
        return self._model.fit(*self._data)

    def check(self, result: Any) -> None:
        if result is None:
            # Between the end of fit and its caller there is a moment for an interrupt too, if one is lucky.
            self._n_late += not is_as(self._model, self._before)
            assert self._n_late < 2
            assert self._predictions(self._model) == self._expected
            self()
        assert self._predictions(self._model) == self._expected
        self._before = dict(vars(self._model))


class Predict:
    """A prediction of many rows that take no memory."""

    def __init__(self, model: Any, n_rows: int) -> None:
        self._model = model
        self._X = np.broadcast_to(X[0], (n_rows, X.shape[1]))
        self._few = model.predict(X).tobytes()
        self._expected = model.predict(X[:1])[0]
        self._before = dict(vars(model))

    def __call__(self) -> Any:
        return self._model.predict(self._X)

    def check(self, result: Any) -> None:
        assert is_as(self._model, self._before)
        assert result is None or (result == self._expected).all()
        assert self._model.predict(X).tobytes() == self._few


class Contribute:
    """The contributions to many rows that take no memory, by deep trees."""

    def __init__(self, n_rows: int) -> None:
        self._model = fit_regressor(max_iter=5, max_leaf_nodes=1000, min_samples_leaf=1)
        self._X = np.broadcast_to(X[0], (n_rows, X.shape[1]))
        self._expected = self._model.predict_contributions(X[:1])[0]

    def __call__(self) -> Any:
        return self._model.predict_contributions(self._X)

    def check(self, result: Any) -> None:
        assert result is None or (result == self._expected).all()


class Load:
    """The file of a large model."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._path = folder / "large"
        large = fit_regressor(max_iter=20, max_leaf_nodes=1000, min_samples_leaf=1)
        large.save(self._path)
        self._expected = large.predict(X[:50]).tobytes()

    def __call__(self) -> Any:
        return hb.load(self._path)

    def check(self, result: Any) -> None:
        model = self() if result is None else result
        assert model.predict(X[:50]).tobytes() == self._expected


class Save:
    """Two models in turn under one name: the file is always one of them, and nothing else is left in the folder."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder / "saved"
        self._folder.mkdir()
        self._path = self._folder / "model"
        self._turns = []
        for n in (100, 101):
            model = fit_regressor(max_iter=n)
            model.save(self._path)
            self._turns.append((model, self._path.read_bytes()))

    def __call__(self) -> Any:
        self._turns.reverse()
        self._turns[0][0].save(self._path)
        return "saved"

    def check(self, result: Any) -> None:
        allowed = self._turns if result is None else self._turns[:1]
        assert self._path.read_bytes() in [file for _, file in allowed]
        assert list(self._folder.iterdir()) == [self._path]


def play_rounds(work: Any, n_interrupts: int, seed: int) -> list[float]:
    """Interrupt the work so many times, at moments all over its duration; return the times to answer."""
    moments = random.Random(seed)
    latest = min(duration(work) for _ in range(3))
    answers: list[float] = []
    work.check(work())
    n_played = 0
    while len(answers) < n_interrupts:
        assert n_played < 20 * n_interrupts, f"only {len(answers)} of {n_played} rounds were interrupted"
        played = play(work, moments.uniform(0, latest))
        work.check(played.result)
        n_played += 1
        if played.seconds_to_answer is None:
            latest *= 0.9  # a busy machine wakes the sender late, or was busy when the duration was measured
        else:
            latest *= 1.05
            answers.append(played.seconds_to_answer)
    name = type(work).__name__.lower()
    print(f"{name}: {n_interrupts} of {n_played} interrupted, answered in", end=" ")
    print(f"{statistics.median(answers):.3f} s, {max(answers):.3f} s at most")
    return answers


def play_rounds_of_two_signals(work: Any, n_rounds: int, seed: int) -> None:
    """The second comes while the first unwinds, or soon after."""
    moments = random.Random(seed)
    full = duration(work)
    work.check(work())
    n_interrupted = 0
    for _ in range(n_rounds):
        played = Round()
        with contextlib.suppress(KeyboardInterrupt):  # the second one may hit the round itself
            played = play(work, moments.uniform(0, full), interrupt_twice)
        work.check(played.result)
        n_interrupted += played.result is None
    assert n_interrupted > n_rounds / 4


def small_rounds(folder: str) -> None:
    """Interrupts of fits, predictions, contributions, loads and saves."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    engage_threads()
    place = pathlib.Path(folder)
    early_stopping = {"early_stopping": True, "validation_fraction": 0.25, "random_state": 0}
    play_rounds(Fit(regressor(max_iter=10), X, Y), 50, seed=1)
    play_rounds(Fit(classifier(max_iter=2, **early_stopping), X, terciles(Y)), 50, seed=2)
    drawn = {"subsample": 0.5, "sampling_method": "gradient_based", "colsample_bytree": 0.7, "extra_trees": True}
    play_rounds(Fit(regressor(max_iter=10, **drawn), X, Y), 20, seed=10)
    play_rounds(Fit(hb.AutoGradientBoostingRegressor(random_state=0), X[:60], Y[:60]), 10, seed=11)
    play_rounds(Predict(fit_regressor(max_iter=20), 300_000), 50, seed=3)
    play_rounds(Contribute(3_000), 20, seed=9)
    play_rounds(Load(place), 50, seed=4)
    play_rounds(Save(place), 40, seed=5)
    play_rounds_of_two_signals(Fit(regressor(max_iter=10), X, Y), 20, seed=8)


def long_rounds() -> None:
    """Work of the size that people interrupt: answered at once, though a busy machine may be late now and then."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    engage_threads()
    large_X = np.tile(X, (10, 2))
    large_y = np.tile(Y, 10)
    answers = play_rounds(Fit(regressor(max_iter=10), large_X, large_y), 6, seed=6)
    answers += play_rounds(Predict(fit_regressor(max_iter=20), 3_000_000), 6, seed=7)
    assert statistics.median(answers) < 0.1
    assert max(answers) < 1
