"""Processes that get fewer threads or less memory than they ask for: the same bits, or a MemoryError and no trace."""

from __future__ import annotations

import os
import resource
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import hornbeam as hb
from hornbeam._core import testing
from hornbeam._model_file import to_bytes
from tests.faults.support import in_forked_child, in_fresh_process
from tests.faults.workloads import fitted_regressor, problem, use_four_threads

NOBODY = 65534
STACK = 2**23


@contextmanager
def limited(kind: int, limit: int) -> Iterator[None]:
    """Lower the soft limit for a while."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def address_space() -> int:
    """Bytes of address space that this process uses."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def n_threads() -> int:
    return len([*Path("/proc/self/task").iterdir()])


def fit_and_predict(n_jobs: int | None = None) -> list[bytes]:
    """Return the bits of models and of what they predict."""
    bits = []
    for kind in ("multiclass", "weighted"):
        task = problem(kind)
        fitted = task.fit(clone(task.estimator).set_params(n_jobs=n_jobs))
        bits += [fitted.predict(task.X).tobytes(), to_bytes(fitted.set_params(n_jobs=None))]
    return bits


def work_without_new_threads(resource_name: str) -> list[Any] | None:
    use_four_threads()
    expected = fit_and_predict(n_jobs=1)
    if resource_name == "RLIMIT_NPROC":
        kind, limit = resource.RLIMIT_NPROC, 1
        if os.geteuid() == 0:  # of whom processes are not counted
            # Nobody may be unable to read the folder of the package: all that is needed was imported by the work above.
            os.setuid(NOBODY)
    else:
        kind, limit = resource.RLIMIT_AS, address_space() + 2**20
    before = n_threads()
    with limited(kind, limit):
        if can_start_thread():
            return None
        same = fit_and_predict() == expected
        refused = n_threads() - before
    return [same, refused, fit_and_predict() == expected, n_threads() - before]


def can_start_thread() -> bool:
    thread = threading.Thread(target=int)
    try:
        thread.start()
    except RuntimeError:
        return False
    thread.join()
    return True


@pytest.mark.parametrize("resource_name", ["RLIMIT_AS", "RLIMIT_NPROC"])
def test_where_no_thread_can_start_one_does_all_the_work(resource_name: str) -> None:
    found = in_fresh_process(work_without_new_threads, resource_name)
    if found is None:
        pytest.skip(f"this kernel does not enforce {resource_name}")
    assert found == [True, 0, True, 3]


def work_with_room_for_one_stack() -> list[Any]:
    use_four_threads()
    expected = fit_and_predict(n_jobs=1)
    before = n_threads()
    with limited(resource.RLIMIT_AS, address_space() + STACK + STACK // 2):
        same = fit_and_predict() == expected
        started, n_workers = n_threads() - before, testing.last_region_workers()
    return [same, started, n_workers, fit_and_predict() == expected, n_threads() - before]


def test_where_some_threads_can_start_they_share_the_work() -> None:
    with limited(resource.RLIMIT_STACK, STACK):  # inherited: the size of the stacks of threads
        same, started, n_workers, same_later, started_later = in_fresh_process(work_with_room_for_one_stack)
    if started == 3:
        pytest.skip("this kernel does not enforce RLIMIT_AS")
    assert same
    assert started in (1, 2)
    assert n_workers == 1 + started
    assert same_later
    assert started_later == 3


def work_on_one_core() -> list[Any]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    testing.set_serial_cutoff(0)
    expected = fit_and_predict(n_jobs=1)
    before = n_threads()
    same, started = fit_and_predict() == expected, n_threads() - before
    testing.set_core_cap(4)
    return [same, started, fit_and_predict() == expected, n_threads() - before]


def test_one_core_has_the_bits_of_many_threads() -> None:
    assert in_fresh_process(work_on_one_core) == [True, 0, True, 3]


def ask_for_a_thousand_threads() -> bool:
    testing.set_serial_cutoff(0)
    testing.set_core_cap(1000)
    return fit_and_predict(n_jobs=1000) == fit_and_predict(n_jobs=1)


def test_a_thousand_jobs_have_the_bits_of_one() -> None:
    assert in_fresh_process(ask_for_a_thousand_threads)


class Task:
    """A piece of work whose results are told apart by their bytes."""

    def __init__(self, name: str, path: str) -> None:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(10_000, 4))
        y = X[:, 0] > X[:, 1]
        classifier = hb.HistGradientBoostingClassifier(max_iter=2, random_state=0, early_stopping=False)
        fitted = clone(classifier).fit(X, y)
        large = fitted_regressor(200)
        large.save(path)
        self.run: Callable[[], bytes] = {
            "fit": lambda: to_bytes(clone(classifier).fit(X, y)),
            "predict": lambda: fitted.predict_proba(X).tobytes(),
            "save": lambda: large.save(path) or Path(path).read_bytes(),
            "load": lambda: to_bytes(hb.load(path)),
        }[name]


def run_with_memory(n_bytes: int, run: Callable[[], bytes]) -> tuple[str | None, bytes | None, bytes]:
    """Run when only so much memory is to be had; return the error, the result, and the result in plenty."""
    used = address_space()
    error = result = None
    held = []
    with limited(resource.RLIMIT_AS, used):
        for size in (2**24, 2**20, 2**16, 2**12, 2**10):  # what malloc keeps of freed memory
            with suppress(MemoryError):
                while True:
                    held.append(bytearray(size))
        resource.setrlimit(resource.RLIMIT_AS, (used + n_bytes, resource.getrlimit(resource.RLIMIT_AS)[1]))
        try:
            result = run()
        except BaseException as raised:
            error = type(raised).__name__
    del held
    return error, result, run()


def run_with_more_and_more_memory(name: str, path: str) -> dict[str, int]:
    """Start with none and stop some steps after the first success; return how often each error was raised."""
    use_four_threads()
    run = Task(name, path).run
    expected = run()
    outcomes: Counter[str] = Counter()
    n_bytes = 0
    while outcomes["success"] < 5:
        error, result, later = in_forked_child(run_with_memory, n_bytes, run)
        assert later == expected
        assert error is not None or result == expected
        outcomes[error or "success"] += 1
        n_bytes += max(16_384, n_bytes // 8)
    return outcomes


@pytest.mark.parametrize("name", ["fit", "predict", "save", "load"])
def test_too_little_memory_is_a_memory_error_and_nothing_worse(name: str, tmp_path: Path) -> None:
    outcomes = in_fresh_process(run_with_more_and_more_memory, name, str(tmp_path / "model"))
    del outcomes["success"]
    assert set(outcomes) <= {"MemoryError", "_ArrayMemoryError"}
    assert sum(outcomes.values()) > (0 if name == "predict" else 3)  # which needs next to nothing
