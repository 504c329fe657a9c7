"""Signals through fit, predict, load and save: the work is whole, or it is as if it had never begun.

In fresh interpreters: a signal that comes late must not hit the test run. The rounds are in interrupts.py.
"""

from __future__ import annotations

import pathlib
import signal
import subprocess
import sys
import time

import pytest

from tests.concurrency.support import ROOT, output_of, run_python

SETUP = """
import functools, os, signal, threading, time
import numpy as np
from tests.concurrency.interrupts import Fit, Predict, interrupt, play
from tests.concurrency.workload import X, Y, classifier, engage_threads, fit_regressor, regressor, scores, terciles

signal.signal(signal.SIGINT, signal.default_int_handler)
engage_threads()
"""

# Work that takes longer than any machine will wait.
WORK = """
endless = regressor(max_iter=10_000_000)
model = fit_regressor(max_iter=100)
many = np.broadcast_to(X[0], (20_000_000, X.shape[1]))
WORK = {"fit": lambda: endless.fit(X, Y), "predict": lambda: model.predict(many)}
"""


def test_two_hundred_interrupts_at_random_moments(tmp_path: pathlib.Path) -> None:
    code = f"from tests.concurrency.interrupts import small_rounds; small_rounds({str(tmp_path)!r})"
    print(run_python(code, timeout=120).stdout)


def test_long_work_answers_interrupts_at_once() -> None:
    print(run_python("from tests.concurrency.interrupts import long_rounds; long_rounds()", timeout=120).stdout)


def test_long_automatic_fits_answer_interrupts_at_once_and_leave_the_fit_before() -> None:
    code = """
import statistics
import hornbeam as hb
from tests.concurrency.interrupts import is_as

answers = []
large = np.tile(X, (10, 2))
for model, y in ((hb.AutoGradientBoostingRegressor(), Y), (hb.AutoGradientBoostingClassifier(), terciles(Y))):
    before = dict(vars(model.fit(X[:60], y[:60])))
    expected = scores(model)
    for delay in (0.01, 0.03, 0.1, 0.3, 0.5):  # while folds are drawn, features binned, members boosted
        played = play(lambda: model.fit(large, np.tile(y, 10)), delay)
        assert played.result is None
        answers.append(played.seconds_to_answer)
        assert is_as(model, before)
    assert scores(model) == expected
print(statistics.median(answers) < 0.1, max(answers) < 1)
"""
    assert output_of(SETUP + code) == "True True"


def test_what_a_handler_raises_passes_through() -> None:
    code = """
class FromHandler(Exception):
    pass

def handler(*_):
    raise FromHandler

before = dict(vars(endless)), dict(vars(model))
for number in (signal.SIGINT, signal.SIGALRM, signal.SIGUSR1):
    signal.signal(number, handler)
    for work in WORK.values():
        played = play(work, 0.05, functools.partial(os.kill, os.getpid(), number), FromHandler)
        assert played.result is None
        assert (vars(endless), vars(model)) == before
print(scores(endless.set_params(max_iter=100).fit(X, Y)) == scores(model))
"""
    assert output_of(SETUP + WORK + code) == "True"


def test_a_handler_may_fit_and_predict_itself_and_return() -> None:
    code = """
expected = scores(fit_regressor())
within = []
signal.signal(signal.SIGUSR1, lambda *_: within.append(scores(fit_regressor())))
long = regressor(max_iter=100)
played = play(lambda: long.fit(X, Y), 0.002, functools.partial(os.kill, os.getpid(), signal.SIGUSR1))
assert within == [expected]
print(scores(played.result) == scores(model))
"""
    assert output_of(SETUP + WORK + code) == "True"


def test_the_main_thread_is_interrupted_while_another_threads_fits_go_on() -> None:
    code = """
found = []

def keep_fitting():
    while not stop.is_set():
        found.append(scores(fit_regressor(max_iter=100)))

stop = threading.Event()
thread = threading.Thread(target=keep_fitting)
thread.start()
for work in (lambda: time.sleep(60), *WORK.values()):
    assert play(work, 0.05).seconds_to_answer is not None
assert thread.is_alive()
stop.set()
thread.join()
print(set(found) == {scores(model)})
"""
    assert output_of(SETUP + WORK + code) == "True"


@pytest.mark.parametrize("work", ["fit", "predict"])
def test_a_request_to_terminate_ends_the_process_at_once(work: str) -> None:
    code = SETUP + WORK + f"signal.signal(signal.SIGTERM, signal.SIG_DFL)\nprint('ready', flush=True)\nWORK[{work!r}]()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.2)
        start = time.monotonic()
        process.terminate()
        assert process.wait(timeout=10) == -signal.SIGTERM
        assert time.monotonic() - start < 2
