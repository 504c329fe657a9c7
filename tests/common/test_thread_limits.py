"""Who may limit the number of threads: the environment, the machine, the user, threadpoolctl."""

from __future__ import annotations

import os
import sys

import pytest
import threadpoolctl

from hornbeam import _core, _runtime
from hornbeam._core import testing
from tests.concurrency.support import output_of

pytestmark = pytest.mark.isa

PRINT_N_THREADS = "from hornbeam import _core; print(_core.get_num_threads())"
PRINT_ENVIRONMENT_LIMIT = "from hornbeam import _core; print(_core.thread_limits()['environment'])"


@pytest.fixture
def four_cores(monkeypatch: pytest.MonkeyPatch) -> object:
    testing.set_core_cap(4)
    yield
    testing.set_core_cap(0)
    _runtime.set_num_threads(None)


def test_the_default_is_what_the_machine_allows() -> None:
    limits = [limit for key, limit in _core.thread_limits().items() if key != "environment" and limit > 0]
    assert int(output_of(PRINT_N_THREADS)) == min(limits)


@pytest.mark.parametrize(
    ("environment", "limit"),
    [
        ({}, 0),
        ({"HORNBEAM_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "2"}, 2),
        ({"HORNBEAM_NUM_THREADS": "3", "OMP_NUM_THREADS": "2"}, 3),
        ({"OMP_NUM_THREADS": " 5,2"}, 5),
        ({"HORNBEAM_NUM_THREADS": "many", "OMP_NUM_THREADS": "2"}, 2),
        ({"HORNBEAM_NUM_THREADS": "0"}, 0),
        ({"OMP_NUM_THREADS": "-1"}, 0),
        ({"OMP_NUM_THREADS": ""}, 0),
        ({"OMP_NUM_THREADS": "99999999999999999999"}, 0),
    ],
)
def test_the_environment_is_read(environment: dict[str, str], limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HORNBEAM_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _core.thread_limits()["environment"] == limit


def test_the_environment_limits_the_pool() -> None:
    assert output_of(PRINT_N_THREADS, OMP_NUM_THREADS="1") == "1"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity masks on this system")
def test_the_affinity_mask_limits_the_pool() -> None:
    core = min(os.sched_getaffinity(0))
    assert output_of(f"import os; os.sched_setaffinity(0, {{{core}}}); {PRINT_N_THREADS}") == "1"


def test_set_num_threads_limits_every_region(four_cores: None) -> None:
    _runtime.set_num_threads(2)
    assert _runtime.get_num_threads() == 2
    testing.run_region(20, 3)
    assert testing.last_region_workers() == 2
    _runtime.set_num_threads(None)
    assert _runtime.get_num_threads() == 4


@pytest.mark.parametrize("n_threads", [0, -1])
def test_set_num_threads_rejects_what_is_not_positive(n_threads: int) -> None:
    with pytest.raises(ValueError, match=f"n_threads must be at least 1 or None, got {n_threads}"):
        _runtime.set_num_threads(n_threads)


def test_threadpoolctl_limits_the_pool_and_restores_it(four_cores: None) -> None:
    with threadpoolctl.threadpool_limits(2, user_api="hornbeam"):
        assert _runtime.get_num_threads() == 2
        with threadpoolctl.threadpool_limits(1):
            assert _runtime.get_num_threads() == 1
        assert _runtime.get_num_threads() == 2
    assert _runtime.get_num_threads() == 4


def test_threadpoolctl_leaves_no_limit_where_it_found_none(four_cores: None) -> None:
    with threadpoolctl.threadpool_limits(2):
        pass
    testing.set_core_cap(6)
    assert _runtime.get_num_threads() == 6


def test_threadpoolctl_lists_the_pool_once_with_its_version() -> None:
    entries = [entry for entry in threadpoolctl.threadpool_info() if entry["user_api"] == "hornbeam"]
    assert len(entries) == 1
    assert entries[0]["version"] == _core.build_info()["version"]
    assert entries[0]["num_threads"] == _core.get_num_threads()


def test_threadpoolctl_survives_the_core_modules_of_others() -> None:
    """SciPy's HiGHS wrapper is called _core too."""
    import scipy.optimize._highspy._core as other

    assert other.__name__ in sys.modules
    assert any(entry["user_api"] == "hornbeam" for entry in threadpoolctl.threadpool_info())


def test_show_config_prints_levels_threads_and_where_their_limit_comes_from(
    capsys: pytest.CaptureFixture[str], four_cores: None
) -> None:
    _runtime.set_num_threads(1)
    assert _runtime.show_config() is None
    printed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert printed["hornbeam"] == _core.build_info()["version"]
    assert printed["simd_level"] == _core.simd_level()
    assert printed["simd_levels_runnable"] == ", ".join(_core.simd_levels())
    assert printed["n_threads"] == "1"
    assert set(_runtime.config()) == set(printed)


def test_config_names_the_variable_that_limits() -> None:
    code = "from hornbeam import _runtime; print(_runtime.config()['n_threads_limited_by'])"
    assert "HORNBEAM_NUM_THREADS" in output_of(code, HORNBEAM_NUM_THREADS="1", OMP_NUM_THREADS="7")
    assert "OMP_NUM_THREADS" in output_of(code, OMP_NUM_THREADS="1")
