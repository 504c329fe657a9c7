"""What a trainer does when numbers, threads or signals go wrong."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from hornbeam import _core
from tests.boosting.support import copy_of, make_data, train


def boost_often(trainer: _core.Trainer, n_times: int) -> None:
    for _ in range(n_times):
        trainer.boost()


@pytest.mark.parametrize(
    ("size", "weights"),
    [(1.7e308, None), (1.7e308, np.linspace(0.5, 1.5, 100))],
    ids=["targets", "weighted targets"],
)
def test_gradients_beyond_float64_raise_instead_of_training_on_garbage(size: float, weights: Any) -> None:
    X, _ = make_data(100, 2)
    y = np.where(np.arange(100) % 4 == 0, -size, size)
    with pytest.raises(ValueError, match="float64 range"):
        train(X, y, weights, n_iterations=1)


@pytest.mark.parametrize("objective", ["squared_error", "binary_log_loss"])
def test_a_diverging_learning_rate_raises_before_a_prediction_could_overflow(objective: str) -> None:
    X, y = make_data(100, 2)
    params: dict[str, Any] = {"objective": objective, "learning_rate": 1.7e308, "l2_regularization": 1.0}
    trainer = train(X, (y > 0).astype(float), n_iterations=0, **params)
    with pytest.raises(ValueError, match="float64 range"):
        boost_often(trainer, 10)
    # Each tree alone is finite; a row in the largest leaf of all of them is not in the training data.
    assert np.isfinite(train(X, (y > 0).astype(float), n_iterations=1, **params).raw_predictions()).all()


def test_the_trees_of_a_continued_model_count_towards_the_float64_range() -> None:
    X, y = make_data(100, 2)
    arrays = copy_of(train(X, y, n_iterations=2).model())
    arrays["leaf_value"][:] = 8e307
    continued = train(X, y, n_iterations=0, learning_rate=1.0, init_model=_core.TreeModel.from_arrays(arrays))
    with pytest.raises(ValueError, match="predictions could leave the float64 range"):
        continued.boost()


def test_a_loss_beyond_float64_raises_where_the_trees_do_not() -> None:
    X, y = make_data(100, 2)
    trainer = train(X, y * 1e160, n_iterations=1)
    assert np.isfinite(trainer.raw_predictions()).all()
    with pytest.raises(ValueError, match="the loss leaves the float64 range"):
        trainer.train_loss()


def test_huge_weights_and_targets_train_as_their_ratios_do() -> None:
    X, y = make_data(100, 2)
    weights = np.linspace(0.5, 1.5, 100)
    plain = train(X, y, weights, n_iterations=3)
    huge = train(X, y * 2.0**30, weights * 2.0**1000, n_iterations=3)
    np.testing.assert_array_equal(huge.raw_predictions(), plain.raw_predictions() * 2.0**30)


def test_a_large_min_samples_leaf_makes_a_single_leaf() -> None:
    X, y = make_data(50, 2)
    assert train(X, y, n_iterations=1, min_samples_leaf=2**62).model().n_leaves == 1


def test_the_memory_of_a_model_follows_its_arrays_and_not_the_features_it_claims() -> None:
    X, y = make_data(50, 2)
    arrays = copy_of(train(X, y, n_iterations=0).model())
    arrays["n_features"] = np.array([2**31 - 1])
    assert _core.TreeModel.from_arrays(arrays).n_features == 2**31 - 1


def test_softmax_of_no_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one column"):
        _core.softmax(np.zeros((5, 0)))


def test_an_output_that_overlaps_itself_is_refused() -> None:
    X, y = make_data(50, 2)
    overlapping = np.broadcast_to(np.zeros((1, 1)), (50, 1))
    overlapping.setflags(write=True)
    with pytest.raises(ValueError, match="overlap"):
        train(X, y, n_iterations=1).model().add_raw(X, overlapping, 0, 1)


def test_a_second_thread_is_turned_away() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 20))
    y = (X[:, 0] > 0).astype(float)
    trainer = train(X, y, objective="binary_log_loss", n_iterations=0, max_leaf_nodes=31)
    stop = threading.Event()

    def boost() -> None:
        while not stop.is_set():
            try:
                trainer.boost()
            except RuntimeError:
                continue

    thread = threading.Thread(target=boost)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="another thread"):
            boost_often(trainer, 200)
    finally:
        stop.set()
        thread.join()
    assert np.isfinite(trainer.train_loss())


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own handler of SIGINT, also where the test run was started with the signal ignored."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


def seconds_to_answer(wait: float, work: Callable[[], Any]) -> float:
    """Interrupt the main thread after ``wait`` seconds of work; return how long it takes to notice."""
    sent = []

    def interrupt() -> None:
        sent.append(time.perf_counter())
        _thread.interrupt_main()

    timer = threading.Timer(wait, interrupt)
    with pytest.raises(KeyboardInterrupt):
        start_and_run(timer, work)
    return time.perf_counter() - sent[0]


def start_and_run(timer: threading.Timer, work: Callable[[], Any]) -> None:
    timer.start()
    work()


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("weighted", [False, True])
def test_an_interrupt_is_answered_quickly_wherever_it_comes(weighted: bool) -> None:
    """Long columns: the sort of one of them takes longer than an answer may."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2_000_000, 3))
    y = X[:, 0] + rng.normal(size=len(X))
    weights = rng.uniform(0.5, 1.5, size=len(X)) if weighted else None
    delays = [
        seconds_to_answer(wait, lambda: train(X, y, weights, n_iterations=1000, max_leaf_nodes=31))
        for wait in np.linspace(0.005, 0.4, 8)
    ]
    assert np.median(delays) < 0.1
    assert max(delays) < 1.0  # a busy machine may take its time once


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_trainer_says_so_instead_of_going_on() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200_000, 10))
    y = rng.integers(0, 20, len(X)).astype(float)
    trainer = train(X, y, objective="multiclass_log_loss", n_classes=20, n_iterations=0, max_leaf_nodes=31)
    seconds_to_answer(0.02, trainer.boost)  # twenty trees: the interrupt comes among them
    with pytest.raises(RuntimeError, match="interrupted"):
        trainer.boost()
    with pytest.raises(RuntimeError, match="interrupted"):
        trainer.model()


@pytest.mark.parametrize(
    "use",
    [lambda: _core.TreeModel.__new__(_core.TreeModel).n_leaves, lambda: _core.Trainer.__new__(_core.Trainer).boost()],
)
def test_an_object_that_was_never_initialised_raises(use: Callable[[], Any]) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        use()
