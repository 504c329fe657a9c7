"""The pinned digests in processes whose surroundings are odd: NumPy without SIMD, other float modes, other locales."""

from __future__ import annotations

import json
import pathlib
import platform
import shutil
import subprocess

import pytest

from hornbeam import _core
from tests.concurrency.support import run_python
from tests.golden.digests import assert_pinned

PRINT_DIGESTS = """
import json
from tests.golden.digests import digests
print(json.dumps(digests()))
"""

# glibc's numbers of the modes that are not the default.
ROUNDING_MODES = {"x86_64": [0x400, 0x800, 0xC00], "aarch64": [0x400000, 0x800000, 0xC00000]}

needs_float_modes = pytest.mark.skipif(
    platform.machine() not in ROUNDING_MODES or platform.libc_ver()[0] != "glibc",
    reason="the numbers of the modes are glibc's",
)


def assert_pinned_in_a_process(code: str = PRINT_DIGESTS, *, times: int = 1, **environment: str) -> None:
    """Run the code, which prints digests so many times, and compare them with the pinned ones."""
    lines = run_python(code, **environment).stdout.splitlines()
    assert len(lines) == times
    for line in lines:
        assert_pinned(json.loads(line))


def test_without_the_simd_of_numpy() -> None:
    try:
        from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
    except ImportError:  # NumPy 1
        from numpy.core._multiarray_umath import __cpu_dispatch__, __cpu_features__
    features = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    if not features:
        pytest.skip("this processor has none that NumPy could do without")
    assert_pinned_in_a_process(NPY_DISABLE_CPU_FEATURES=" ".join(features))


@pytest.mark.parametrize("level", _core.simd_levels())
def test_with_the_environment_choosing_level_and_threads(level: str) -> None:
    check = f"""
from hornbeam import _core
assert (_core.simd_level(), _core.thread_limits()["environment"]) == ({level!r}, 2)
"""
    assert_pinned_in_a_process(check + PRINT_DIGESTS, HORNBEAM_SIMD=level, HORNBEAM_NUM_THREADS="2")


def test_without_assertions_and_with_one_order_of_sets() -> None:
    """The other processes hash at random."""
    assert_pinned_in_a_process("assert False\n" + PRINT_DIGESTS, PYTHONOPTIMIZE="1", PYTHONHASHSEED="0")


@needs_float_modes
def test_with_subnormal_numbers_flushed_to_zero() -> None:
    """As a library built with -ffast-math leaves the thread that loads it, and every thread it starts."""
    code = """
import ctypes, json, platform, warnings
import numpy as np
from tests.golden.digests import cases, digests

def flushes():
    return not (np.ldexp(np.ones(8), -1060) * np.ones(8)).view(np.int64).any()

cases()
libm = ctypes.CDLL("libm.so.6")
environment = (ctypes.c_uint32 * 8)()
libm.fegetenv(environment)
if platform.machine() == "x86_64":
    environment[7] |= 0x8040  # MXCSR: FTZ and DAZ
else:
    environment[0] |= 1 << 24  # FPCR: FZ
libm.fesetenv(environment)
warnings.simplefilter("ignore", UserWarning)  # NumPy wonders at its smallest number
assert flushes()
found = digests()
assert flushes()
print(json.dumps(found))
"""
    assert_pinned_in_a_process(code)


@needs_float_modes
def test_with_another_rounding_mode() -> None:
    modes = ROUNDING_MODES[platform.machine()]
    code = f"""
import ctypes, json
from tests.golden.digests import cases, digests

cases()
libm = ctypes.CDLL("libm.so.6")
for mode in {modes}:
    assert libm.fesetround(mode) == 0
    found = digests()
    assert libm.fegetround() == mode
    libm.fesetround(0)
    print(json.dumps(found))
"""
    assert_pinned_in_a_process(code, times=len(modes))


def foreign_locale(folder: pathlib.Path) -> dict[str, str]:
    """Return the environment of a German locale or else of any but C's; skip where none is nor can be made."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    foreign = sorted(
        (name for name in listed if not name.startswith(("C", "POSIX"))), key=lambda name: not name.startswith("de_DE")
    )
    if foreign:
        return {"LC_ALL": foreign[0]}
    make = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    if shutil.which("localedef") is None or subprocess.run(make, capture_output=True, check=False).returncode != 0:
        pytest.skip("no locale but C is installed, and none can be made")
    return {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}


def test_with_another_locale(tmp_path: pathlib.Path) -> None:
    environment = foreign_locale(tmp_path)
    check = """
import locale
locale.setlocale(locale.LC_ALL, "")
if locale.setlocale(locale.LC_NUMERIC).startswith("de_DE"):
    assert locale.localeconv()["decimal_point"] == ","
"""
    assert_pinned_in_a_process(check + PRINT_DIGESTS, **environment)
