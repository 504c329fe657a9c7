"""Which SIMD levels run, how one is chosen, and what an impossible choice says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hornbeam import _core
from tests.concurrency.support import output_of, run_python

pytestmark = pytest.mark.isa

PRINT_LEVEL = "from hornbeam import _core; print(_core.simd_level())"


@pytest.fixture(autouse=True)
def restored_level() -> Iterator[None]:
    level = _core.simd_level()
    yield
    _core.set_simd_level(level)


def test_the_baseline_runs_everywhere_and_comes_first() -> None:
    assert _core.simd_levels()[0] == "base"


def test_runnable_levels_are_compiled_in() -> None:
    compiled = _core.build_info()["simd_levels"].split()
    assert [level for level in compiled if level in _core.simd_levels()] == _core.simd_levels()


def test_the_best_runnable_level_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HORNBEAM_SIMD", raising=False)
    assert output_of(PRINT_LEVEL) == _core.simd_levels()[-1]


def test_an_empty_variable_counts_as_unset() -> None:
    assert output_of(PRINT_LEVEL, HORNBEAM_SIMD="") == _core.simd_levels()[-1]


@pytest.mark.parametrize("level", _core.simd_levels())
def test_the_environment_forces_a_level(level: str) -> None:
    assert output_of(PRINT_LEVEL, HORNBEAM_SIMD=level) == level


@pytest.mark.parametrize("level", _core.simd_levels())
def test_a_level_can_be_set(level: str) -> None:
    _core.set_simd_level(level)
    assert _core.simd_level() == level


@pytest.mark.parametrize("level", ["sse9", "AVX2", ""])
def test_an_unknown_level_is_refused_and_the_old_one_stays(level: str) -> None:
    before = _core.simd_level()
    runnable = ", ".join(_core.simd_levels())
    with pytest.raises(ValueError, match=rf"level must be one of .*\({runnable}\), got '{level}'"):
        _core.set_simd_level(level)
    assert _core.simd_level() == before


def test_an_unknown_level_in_the_environment_fails_the_import_and_names_the_choices() -> None:
    failed = run_python("import hornbeam._core", check=False, HORNBEAM_SIMD="sse9")
    assert failed.returncode == 1
    message = failed.stderr.splitlines()[-1]
    assert "HORNBEAM_SIMD" in message
    assert "'sse9'" in message
    assert ", ".join(_core.simd_levels()) in message
