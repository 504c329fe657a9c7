"""Every single allocation of our extension module fails in turn, through all that estimators do.

Each time that is a MemoryError and nothing else: no leak, the estimator as before, and what follows has the same bits.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from sklearn.base import clone

import hornbeam as hb
from hornbeam._core import Trainer, TreeModel, testing
from hornbeam._model_file import from_bytes, to_bytes
from tests.faults.allocations import AllocationFaults, Work
from tests.faults.support import in_forked_child, in_fresh_process
from tests.faults.workloads import problem, use_four_threads


def itself(value: Any) -> Any:
    return value


def fit(kind: str) -> Work:
    """A first fit."""
    task = problem(kind)
    return Work(lambda: clone(task.estimator), task.fit, to_bytes)


def warm_start() -> Work:
    """Another iteration, continued from a model."""
    task = problem("weighted")
    fitted = task.fit(task.estimator).set_params(max_iter=2, warm_start=True)
    return Work(lambda: copy.copy(fitted), task.fit, to_bytes)


def predict() -> Work:
    task = problem("multiclass")
    return Work(lambda: task.fit(clone(task.estimator)), lambda model: model.predict(task.X), lambda y: y.tobytes())


def predict_proba() -> Work:
    task = problem("binary")
    fitted = task.fit(task.estimator)
    return Work(lambda: fitted, lambda model: model.predict_proba(task.X), lambda p: p.tobytes())


def staged_predict() -> Work:
    task = problem("binary")
    fitted = task.fit(task.estimator)
    return Work(lambda: fitted, lambda model: [*model.staged_predict_proba(task.X)], lambda p: p[-1].tobytes())


def contribute() -> Work:
    task = problem("multiclass")
    fitted = task.fit(task.estimator)
    return Work(lambda: fitted, lambda model: model.predict_contributions(task.X), lambda values: values.tobytes())


def refit() -> Work:
    task = problem("weighted")
    fitted = task.fit(clone(task.estimator))
    return Work(lambda: copy.copy(fitted), lambda model: model.refit(task.X, task.y, decay=0.5), to_bytes)


def serialise() -> Work:
    task = problem("weighted")
    fitted = task.fit(task.estimator)
    return Work(lambda: fitted, to_bytes, itself)


def load() -> Work:
    task = problem("binary")
    saved = to_bytes(task.fit(task.estimator))
    return Work(lambda: saved, from_bytes, to_bytes)


def unpickle() -> Work:
    task = problem("multiclass")
    fitted = task.fit(task.estimator)
    return Work(lambda: fitted, lambda model: pickle.loads(pickle.dumps(model)), to_bytes)


def refuse_arrays() -> Work:
    """The error of an invalid model needs memory too."""
    task = problem("binary")
    arrays = task.fit(task.estimator)._model.to_arrays()
    arrays["threshold"] = arrays["threshold"] * float("nan")

    def refuse(_: Any) -> str:
        with pytest.raises(hb.ModelFormatError) as refusal:
            TreeModel.from_arrays(arrays)
        return str(refusal.value)

    return Work(lambda: None, refuse, str.encode)


def train() -> Work:
    """The trainer without an estimator around it."""
    X, y = problem("weighted")[1:3]
    options = {"learning_rate": 0.1, "max_leaf_nodes": 4, "max_depth": 0, "min_samples_leaf": 1, "max_features": 1.0}
    options |= {"l2_regularization": 0.0, "max_bins": 32, "seed": 0, "n_threads": 0}

    def boost(_: Any) -> bytes:
        trainer = Trainer(X, y, None, objective="squared_error", n_classes=1, **options)
        trainer.set_validation(X[::2], y[::2], None)
        trainer.boost()
        return trainer.validation_raw_predictions().tobytes() + trainer.model().predict_raw(X).tobytes()

    return Work(lambda: None, boost, itself)


def bin_table() -> Work:
    X = problem("binary").X
    return Work(lambda: X, lambda X: testing.bin_matrix(X, None, 255), lambda bins: bins.tobytes())


# What is done, and how many allocations it makes at least.
WORKS: dict[str, tuple[Callable[[], Work], int]] = {
    "fit binary": (lambda: fit("binary"), 150),
    "fit multiclass": (lambda: fit("multiclass"), 300),
    "fit weighted": (lambda: fit("weighted"), 200),
    "fit early-stopping": (lambda: fit("early-stopping"), 200),
    "fit drawn": (lambda: fit("drawn"), 200),
    "continue": (warm_start, 200),
    "predict": (predict, 2),
    "predict_proba": (predict_proba, 4),
    "staged_predict_proba": (staged_predict, 4),
    "predict_contributions": (contribute, 30),
    "refit": (refit, 50),
    "serialise": (serialise, 10),
    "load": (load, 50),
    "pickle": (unpickle, 50),
    "refuse arrays": (refuse_arrays, 15),
    "train": (train, 100),
    "bin": (bin_table, 50),
}


def fail_each_allocation(all_later: bool) -> dict[str, int]:
    use_four_threads()
    faults = AllocationFaults()
    return {name: faults.fail_each(make(), all_later=all_later) for name, (make, _) in WORKS.items()}


@pytest.mark.parametrize("all_later", [False, True], ids=["one allocation", "all from one on"])
def test_every_failing_allocation_is_a_memory_error_without_a_trace(fail_allocation: str, all_later: bool) -> None:
    n_failures = in_fresh_process(fail_each_allocation, all_later, LD_PRELOAD=fail_allocation)
    assert {name: n_failures[name] >= floor for name, (_, floor) in WORKS.items()} == dict.fromkeys(WORKS, True)


def leaky_load(every: int) -> Work:
    """Loading that never frees the model of every n-th call."""
    calls, lost = itertools.count(1), []
    loading = load()

    def act(saved: bytes) -> Any:
        fitted = loading.act(saved)
        if next(calls) % every == 0:
            lost.append(fitted._model)
        return fitted

    return loading._replace(act=act)


def complaint_about(every: int) -> str | None:
    use_four_threads()
    try:
        AllocationFaults().fail_each(leaky_load(every), all_later=False)
    except AssertionError as complaint:
        return str(complaint)
    return None


@pytest.mark.parametrize(("every", "complaint"), [(1, "allocation 1 leaks"), (7, " leak in "), (10**9, None)])
def test_leak_of_every_call_and_of_some_calls_is_seen(fail_allocation: str, every: int, complaint: str | None) -> None:
    found = in_fresh_process(complaint_about, every, LD_PRELOAD=fail_allocation)
    assert found is None if complaint is None else complaint in found


def work_for_the_first_time(work: Work, n: int) -> tuple[bool, bool, str]:
    """Fail the n-th allocation; return whether there was one, whether it mattered, and the bits of the work."""
    outcome = AllocationFaults().during(work, n, n)
    assert outcome.error is None or type(outcome.error) is MemoryError, repr(outcome.error)
    bits = work()
    assert outcome.result in (None, bits)
    return outcome.n_allocations >= n, outcome.error is not None, hashlib.sha256(bits).hexdigest()


def fail_each_first_allocation() -> tuple[int, int, int]:
    use_four_threads()
    work = bin_table()
    n_asked = n_errors = 0
    digests = set()
    while True:
        asked, is_error, digest = in_forked_child(work_for_the_first_time, work, n_asked + 1)
        digests.add(digest)
        if not asked:
            return n_asked, n_errors, len(digests)
        n_asked += 1
        n_errors += is_error


def test_allocations_that_only_happen_once_may_fail_too(fail_allocation: str) -> None:
    """A thread that gets no memory is done without; all else is a MemoryError."""
    n_asked, n_errors, n_digests = in_fresh_process(fail_each_first_allocation, LD_PRELOAD=fail_allocation)
    assert n_asked > WORKS["bin"][1]
    assert 0 < n_asked - n_errors < 10
    assert n_digests == 1
