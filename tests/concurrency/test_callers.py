"""Several callers at once, and machines that give no more threads."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from hornbeam._core import testing
from tests.concurrency.support import output_of


@pytest.fixture
def four_cores() -> Iterator[None]:
    testing.set_core_cap(4)
    yield
    testing.set_core_cap(0)


def test_python_threads_share_the_pool_without_waiting_for_it(four_cores: None) -> None:
    with ThreadPoolExecutor(8) as executor:
        results = list(executor.map(lambda n: testing.run_region(n)[0], range(200)))
    for n, visits in enumerate(results):
        np.testing.assert_array_equal(visits, np.ones(n))


def test_an_exception_goes_to_the_caller_it_belongs_to(four_cores: None) -> None:
    def outcome(n: int) -> str:
        try:
            testing.run_region(50, failing_chunk=n if n % 2 else None)
        except RuntimeError as error:
            return str(error)
        return "fine"

    with ThreadPoolExecutor(8) as executor:
        outcomes = list(executor.map(outcome, range(40)))
    assert outcomes == [f"chunk {n} failed" if n % 2 else "fine" for n in range(40)]


def test_a_region_runs_with_fewer_workers_when_no_thread_can_start() -> None:
    """Address space for no further stack: pthread_create fails as it does at a limit of processes."""
    code = """
    import resource
    import numpy
    from hornbeam._core import testing

    testing.set_core_cap(4)
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**20, resource.RLIM_INFINITY))
    visits, workers = testing.run_region(40)
    assert visits.tolist() == [1] * 40
    print(testing.last_region_workers(), set(workers.tolist()))
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    testing.run_region(40)
    print(testing.last_region_workers())
    """
    assert output_of(code).splitlines() == ["1 {0}", "4"]


def test_the_process_ends_while_workers_are_parked() -> None:
    code = """
    from hornbeam._core import testing

    testing.set_core_cap(4)
    testing.run_region(40, chunk_ms=1)
    print("done")
    """
    assert output_of(code) == "done"


def test_the_process_ends_while_another_thread_is_inside_a_region() -> None:
    code = """
    import threading, time
    import numpy
    from hornbeam._core import testing

    testing.set_core_cap(4)
    threading.Thread(target=testing.run_region, args=(10_000,), kwargs={"chunk_ms": 1}, daemon=True).start()
    time.sleep(0.1)
    print("done", flush=True)
    """
    assert output_of(code) == "done"
