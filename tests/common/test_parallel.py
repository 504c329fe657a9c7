"""The thread pool within one process; see tests/concurrency for forks, signals and several callers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from hornbeam._core import testing

pytestmark = pytest.mark.isa

N_CORES = 4


@pytest.fixture(autouse=True)
def cores() -> Iterator[None]:
    """Four cores, whatever the machine and the environment allow."""
    testing.set_core_cap(N_CORES)
    yield
    testing.set_core_cap(0)


@pytest.mark.parametrize("n_threads", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("n_chunks", [0, 1, 2, 3, 100, 10_000])
def test_every_chunk_runs_once(n_chunks: int, n_threads: int) -> None:
    visits, workers = testing.run_region(n_chunks, n_threads)
    np.testing.assert_array_equal(visits, np.ones(n_chunks))
    assert np.all(workers < testing.last_region_workers())


@pytest.mark.parametrize("n_chunks", [0, 1, 2, 3, 100])
@pytest.mark.parametrize("n_threads", [0, 1, 2, 3, 7])
def test_workers_are_as_many_as_limit_cores_and_chunks_allow(n_threads: int, n_chunks: int) -> None:
    testing.run_region(n_chunks, n_threads)
    assert testing.last_region_workers() == max(1, min(n_threads or N_CORES, N_CORES, n_chunks))


def test_long_chunks_are_shared_out() -> None:
    _, workers = testing.run_region(20, chunk_ms=5)
    assert len(np.unique(workers)) > 1


def test_a_worker_wakes_up_again_after_parking() -> None:
    for _ in range(3):
        _, workers = testing.run_region(20, chunk_ms=5)
        assert len(np.unique(workers)) > 1
        time.sleep(0.01)


@pytest.mark.parametrize("n_threads", [1, 4])
@pytest.mark.parametrize("failing_chunk", [0, 17, 49])
def test_an_exception_reaches_the_caller_and_the_pool_lives_on(failing_chunk: int, n_threads: int) -> None:
    with pytest.raises(RuntimeError, match=f"^chunk {failing_chunk} failed$"):
        testing.run_region(50, n_threads, failing_chunk=failing_chunk)
    visits, _ = testing.run_region(50, n_threads)
    np.testing.assert_array_equal(visits, np.ones(50))


@pytest.mark.parametrize("n_threads", [1, 4])
def test_chunks_after_an_exception_are_skipped(n_threads: int) -> None:
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="chunk 0 failed"):
        testing.run_region(5000, n_threads, chunk_ms=1, failing_chunk=0)
    assert time.monotonic() - start < 1  # all of them take more


def test_a_nested_region_runs_on_the_worker_that_calls_it() -> None:
    visits, workers = testing.run_nested_region(50, 20)
    np.testing.assert_array_equal(visits, np.ones((50, 20)))
    np.testing.assert_array_equal(workers, np.zeros((50, 20)))


def test_a_nested_region_is_inline_in_a_region_of_one_chunk_too() -> None:
    _, workers = testing.run_nested_region(1, 20)
    np.testing.assert_array_equal(workers, np.zeros((1, 20)))
