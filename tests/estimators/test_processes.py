"""Estimators in processes that start in every way, after the parent used its threads: soon done, and the same bits.

Each runs in a fresh interpreter, because forks are matters of a whole process. The ten seconds are those of fit,
predict and load; a hang takes for ever.
"""

from __future__ import annotations

import multiprocessing
import os
import pathlib

import pytest

from tests.concurrency.support import output_of

pytestmark = pytest.mark.unsanitized

SETUP = """
import atexit, multiprocessing, os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python >= 3.12 warns of any fork with threads
import joblib
from concurrent.futures import ProcessPoolExecutor
from hornbeam._core import testing
from tests.concurrency.workload import answer, engage_threads, fit_classifier, fit_regressor, regressor, scores, X, Y

def check(answers):
    for digest, seconds in answers:
        assert digest == expected
        assert seconds < 10, seconds

def in_child(function):
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # a hang is a failure
        status = 1
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    return child

def succeeded(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""

# The parent's pool has run by the time that it forks.
USED_BEFORE = "path = os.environ['SAVED']\nfit_regressor().save(path)\nexpected, _ = answer(path)\n"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def run(code: str, folder: pathlib.Path) -> None:
    assert output_of(SETUP + USED_BEFORE + code + "\nprint('done')", SAVED=str(folder / "model")) == "done"


@needs_fork
def test_forked_children_work_and_so_does_their_parent_afterwards(tmp_path: pathlib.Path) -> None:
    code = """
children = [in_child(lambda: check([answer(path)])) for _ in range(3)]
assert all([succeeded(child) for child in children])
check([answer(path)])
"""
    run(code, tmp_path)


@needs_fork
def test_children_work_whose_parent_never_used_threads(tmp_path: pathlib.Path) -> None:
    code = """
path = os.environ["SAVED"]
assert succeeded(in_child(lambda: fit_regressor().save(path)))
read, write = os.pipe()
assert succeeded(in_child(lambda: os.write(write, answer(path)[0].encode())))
expected = os.read(read, 64).decode()
check([answer(path)])
print("done")
"""
    assert output_of(SETUP + code, SAVED=str(tmp_path / "model")) == "done"


@needs_fork
def test_children_of_children_work(tmp_path: pathlib.Path) -> None:
    code = """
def parent():
    check([answer(path)])
    assert succeeded(in_child(lambda: check([answer(path)])))
    check([answer(path)])

assert succeeded(in_child(parent))
assert succeeded(in_child(lambda: os._exit(0 if succeeded(in_child(lambda: check([answer(path)]))) else 1)))
"""
    run(code, tmp_path)


@needs_fork
def test_a_fork_in_the_middle_of_another_threads_fit_harms_neither(tmp_path: pathlib.Path) -> None:
    code = """
long = {"max_iter": 40}
bits = scores(fit_regressor(**long))
found = []

def keep_fitting():
    while not stop.is_set():
        found.append(scores(fit_regressor(**long)))

stop = threading.Event()
thread = threading.Thread(target=keep_fitting)
thread.start()
for _ in range(5):
    time.sleep(0.05)
    assert succeeded(in_child(lambda: check([answer(path)])))
stop.set()
thread.join()
assert found
assert set(found) == {bits}
"""
    run(code, tmp_path)


@needs_fork
def test_a_fork_within_a_fit_leaves_two_fits_that_finish(tmp_path: pathlib.Path) -> None:
    """A scorer is called between iterations, as callbacks are."""
    code = """
children = []

def fork_once(model, X, y):
    if not children:
        children.append(os.fork())
        if children == [0]:
            signal.alarm(30)
            check([answer(path)])
    return 0.0

forking = {"scoring": fork_once, "early_stopping": True, "validation_fraction": None, "n_iter_no_change": 100}
same = scores(regressor(**forking).fit(X, Y)) == scores(fit_regressor())
if children == [0]:
    os._exit(0 if same else 1)
assert same
assert succeeded(children[0])
"""
    run(code, tmp_path)


@needs_fork
def test_a_forked_child_exits_as_python_does(tmp_path: pathlib.Path) -> None:
    """With its exit handlers run and its threads parked."""
    code = """
read, write = os.pipe()
child = os.fork()
if child == 0:
    signal.alarm(30)
    check([answer(path)])
    atexit.register(os.write, write, b"bye")
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert os.read(read, 3) == b"bye"
"""
    run(code, tmp_path)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_work_however_they_are_started(method: str, tmp_path: pathlib.Path) -> None:
    code = f"""
with multiprocessing.get_context({method!r}).Pool(1) as pool:
    check(pool.map_async(answer, [path] * 2).get(timeout=50))
check([answer(path)])
"""
    run(code, tmp_path)


def test_executors_of_processes_work(tmp_path: pathlib.Path) -> None:
    code = """
with ProcessPoolExecutor(2) as executor:
    check(executor.map(answer, [path] * 4, timeout=50))
check([answer(path)])
"""
    run(code, tmp_path)


SEARCH = """
from sklearn.model_selection import GridSearchCV

def search(n_jobs):
    grid = {"max_leaf_nodes": [4, 31], "learning_rate": [0.1, 0.5]}
    found = GridSearchCV(regressor(), grid, cv=2, n_jobs=n_jobs, error_score="raise").fit(X, Y)
    return found.cv_results_["mean_test_score"].tobytes(), scores(found)
"""


def test_loky_works_and_searches_on_it_find_what_one_thread_finds(tmp_path: pathlib.Path) -> None:
    code = """
with joblib.parallel_backend("loky"):
    check(joblib.Parallel(n_jobs=2, timeout=50)(joblib.delayed(answer)(path) for _ in range(4)))
    assert search(n_jobs=2) == search(n_jobs=1)
check([answer(path)])
"""
    run(SEARCH + code, tmp_path)


def test_searches_on_threads_find_what_one_thread_finds(tmp_path: pathlib.Path) -> None:
    code = """
with joblib.parallel_backend("threading"):
    assert search(n_jobs=4) == search(n_jobs=1)
check([answer(path)])
"""
    run(SEARCH + code, tmp_path)
