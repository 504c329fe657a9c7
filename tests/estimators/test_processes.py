"""Estimators in forked processes, and under Ctrl-C: the same bits, or the estimator as it was.

Each runs in a fresh interpreter, because forks and signals are matters of a whole process.
"""

from __future__ import annotations

import os

import pytest

from tests.concurrency.support import output_of

SETUP = """
import multiprocessing, os, signal, threading, warnings
import numpy as np
import hornbeam as hb
from hornbeam._core import testing
warnings.simplefilter("ignore", DeprecationWarning)  # Python >= 3.12 warns of any fork with threads

testing.set_core_cap(4)
testing.set_serial_cutoff(0)
rng = np.random.default_rng(0)
X = rng.normal(size=(3_000, 5))
y = X[:, 0] > X[:, 1] ** 2

def bits(kind):
    model = kind(max_iter=5).fit(X, y)
    scores = getattr(model, "predict_proba", model.predict)(X)
    assert testing.last_region_workers() > 1
    return scores.tobytes()

KINDS = [hb.HistGradientBoostingClassifier, hb.HistGradientBoostingRegressor]
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@needs_fork
@pytest.mark.parametrize("parent_first", [True, False], ids=["used before", "never used"])
def test_forked_child_fits_and_predicts_the_same_bits(parent_first: bool) -> None:
    code = f"""
expected = [bits(kind) for kind in KINDS] if {parent_first} else None
read, write = os.pipe()
child = os.fork()
if child == 0:
    signal.alarm(30)  # a hang is a failure
    try:
        with open(write, "wb") as pipe:
            pipe.write(b"".join(bits(kind) for kind in KINDS))
    finally:
        os._exit(0)
os.close(write)
with open(read, "rb") as pipe:
    found = pipe.read()
assert os.waitpid(child, 0)[1] == 0
print(found == b"".join(expected or [bits(kind) for kind in KINDS]))
"""
    assert output_of(SETUP + code) == "True"


@needs_fork
def test_pool_of_forked_processes_fits_and_predicts_the_same_bits() -> None:
    code = """
expected = [bits(kind) for kind in KINDS]
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map_async(bits, KINDS).get(timeout=30) == expected)
"""
    assert output_of(SETUP + code) == "True"


CTRL_C = """
import time

def seconds_to_answer(work):
    sent = []

    def send():
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.3, send).start()
    try:
        work()
    except KeyboardInterrupt:
        return time.monotonic() - sent[0]
    raise AssertionError("not interrupted")
"""


@pytest.mark.parametrize("kind", [0, 1], ids=["classifier", "regressor"])
def test_ctrl_c_stops_a_fit_and_leaves_the_estimator_as_it_was(kind: int) -> None:
    code = f"""
model = KINDS[{kind}](max_iter=5).fit(X, y)
model.set_params(max_iter=10_000_000)
before, scores = dict(vars(model)), model.predict(X)
assert seconds_to_answer(lambda: model.fit(X[::-1], y)) < 2
assert vars(model) == before
assert (model.predict(X) == scores).all()
print((model.set_params(max_iter=5).fit(X, y).predict(X) == scores).all())
"""
    assert output_of(SETUP + CTRL_C + code) == "True"


@pytest.mark.parametrize("kind", [0, 1], ids=["classifier", "regressor"])
def test_ctrl_c_stops_a_prediction_and_leaves_the_estimator_as_it_was(kind: int) -> None:
    code = f"""
model = KINDS[{kind}](max_iter=200).fit(X, y)
before, scores = dict(vars(model)), model.predict(X)
many = np.broadcast_to(X[0], (10_000_000, 5))  # five seconds of work or more, in no memory
assert seconds_to_answer(lambda: model.predict(many)) < 2
assert vars(model) == before
print((model.predict(X) == scores).all())
"""
    assert output_of(SETUP + CTRL_C + code) == "True"
