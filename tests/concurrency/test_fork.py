"""A forked child computes; it neither hangs nor inherits a broken pool."""

from __future__ import annotations

import os

import pytest

from tests.concurrency.support import output_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")

# Runs in a fresh interpreter: forking the test process would copy its own threads and warnings.
PREAMBLE = """
import os, signal, threading, warnings
import numpy
warnings.simplefilter("ignore", DeprecationWarning)  # Python >= 3.12 warns of any fork with threads
from hornbeam._core import testing

testing.set_core_cap(4)

def compute():
    visits, _ = testing.run_region(40, chunk_ms=1)
    assert visits.tolist() == [1] * 40
    assert testing.last_region_workers() == 4

def in_child(function):
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # a hang is a failure
        status = 1
        try:
            function()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_child_uses_threads_of_its_own() -> None:
    code = """
compute()
for _ in range(5):
    in_child(compute)
compute()
print("done")
"""
    assert output_of(PREAMBLE + code) == "done"


def test_a_child_of_a_process_that_never_used_threads_works() -> None:
    assert output_of(PREAMBLE + "in_child(compute)\nprint('done')") == "done"


def test_a_grandchild_works() -> None:
    code = """
compute()
in_child(lambda: (compute(), in_child(compute)))
print("done")
"""
    assert output_of(PREAMBLE + code) == "done"


def test_forking_while_another_thread_is_inside_a_region_works() -> None:
    code = """
stop = threading.Event()

def keep_busy():
    while not stop.is_set():
        testing.run_region(50, chunk_ms=0.2)

thread = threading.Thread(target=keep_busy)
thread.start()
for _ in range(20):
    in_child(compute)
stop.set()
thread.join()
compute()
print("done")
"""
    assert output_of(PREAMBLE + code) == "done"


def test_a_child_forked_by_another_thread_answers_signals() -> None:
    """There the forking thread is Python's main thread."""
    code = """
class Stopped(Exception):
    pass

def stop(*_):
    raise Stopped

def interrupted():
    signal.signal(signal.SIGUSR1, stop)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    try:
        testing.poll_for(10_000)
    except Stopped:
        return
    raise AssertionError("not interrupted")

thread = threading.Thread(target=in_child, args=(interrupted,))
thread.start()
thread.join()
print("done")
"""
    assert output_of(PREAMBLE + code) == "done"


def test_a_signal_handler_that_forks_inside_a_region_gets_an_error_in_the_child() -> None:
    """The chunks that the parent's workers were on are lost to the child: it must not return a partial result."""
    code = """
children = []
signal.signal(signal.SIGUSR1, lambda *_: children.append(os.fork()))
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
try:
    testing.run_region(100, chunk_ms=10)
    outcome = 0
except RuntimeError as error:
    outcome = 7 if "forked inside a parallel region" in str(error) else 1
if children == [0]:
    if outcome == 7:
        compute()  # and a new pool works
    os._exit(outcome)
assert outcome == 0
assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 7
print("done")
"""
    assert output_of(PREAMBLE + code) == "done"
