"""The pinned digests in processes whose surroundings are odd: NumPy without SIMD, other float modes, other locales.

Each at every SIMD level, and with four threads for tables of any size: modes are a matter of threads and of kernels.
"""

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

IMPORTS = """
import ctypes, json, locale, platform, warnings
import numpy as np
from hornbeam import _core
from hornbeam._core import testing
from tests.concurrency.workload import engage_threads
from tests.golden.digests import cases, digests

def engaged_digests():
    cases()
    engage_threads()
    found = digests()
    assert testing.last_region_workers() == 4
    return found
"""

PRINT_DIGESTS = """
for level in _core.simd_levels():
    _core.set_simd_level(level)
    print(json.dumps(engaged_digests()))
"""

# glibc's numbers of the modes that are not the default.
ROUNDING_MODES = {"x86_64": [0x400, 0x800, 0xC00], "aarch64": [0x400000, 0x800000, 0xC00000]}

needs_float_modes = pytest.mark.skipif(
    platform.machine() not in ROUNDING_MODES or platform.libc_ver()[0] != "glibc",
    reason="the numbers of the modes are glibc's",
)


N_LEVELS = len(_core.simd_levels())


def assert_pinned_in_a_process(code: str = PRINT_DIGESTS, *, times: int = N_LEVELS, **environment: str) -> None:
    """Run the code, which prints digests so many times, and compare them with the pinned ones."""
    lines = run_python(IMPORTS + code, **environment).stdout.splitlines()
    assert len(lines) == times
    for line in lines:
        assert_pinned(json.loads(line))


def test_bits_are_the_same_without_the_simd_of_numpy() -> None:
    try:
        from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
    except ImportError:  # NumPy 1
        from numpy.core._multiarray_umath import __cpu_dispatch__, __cpu_features__
    features = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    if not features:
        pytest.skip("this processor has none that NumPy could do without")
    assert_pinned_in_a_process(NPY_DISABLE_CPU_FEATURES=" ".join(features))


@pytest.mark.parametrize("level", _core.simd_levels())
def test_bits_are_the_same_where_the_environment_chooses_level_and_threads(level: str) -> None:
    code = f"""
assert (_core.simd_level(), _core.thread_limits()["environment"]) == ({level!r}, 2)
print(json.dumps(digests()))
"""
    assert_pinned_in_a_process(code, times=1, HORNBEAM_SIMD=level, HORNBEAM_NUM_THREADS="2")


def test_bits_are_the_same_without_assertions_and_with_one_order_of_sets() -> None:
    """The other processes hash at random."""
    code = "assert False\nprint(json.dumps(digests()))"
    assert_pinned_in_a_process(code, times=1, PYTHONOPTIMIZE="1", PYTHONHASHSEED="0")


@needs_float_modes
def test_bits_are_the_same_where_subnormal_numbers_are_flushed_to_zero() -> None:
    """As a library built with -ffast-math leaves the thread that loads it, and every thread it starts."""
    code = """
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
"""
    assert_pinned_in_a_process(code + PRINT_DIGESTS + "assert flushes()\n")


@needs_float_modes
def test_bits_are_the_same_in_every_rounding_mode() -> None:
    modes = ROUNDING_MODES[platform.machine()]
    code = f"""
cases()
libm = ctypes.CDLL("libm.so.6")
for mode in {modes}:
    for level in _core.simd_levels():
        _core.set_simd_level(level)
        assert libm.fesetround(mode) == 0
        found = engaged_digests()
        assert libm.fegetround() == mode
        libm.fesetround(0)
        print(json.dumps(found))
"""
    assert_pinned_in_a_process(code, times=len(modes) * N_LEVELS)


def german_locale(folder: pathlib.Path) -> dict[str, str]:
    """Return the environment of a German locale; skip where there is none nor can be made."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()
    german = [name for name in listed if name.startswith("de_DE")]
    if german:
        return {"LC_ALL": german[0]}
    make = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(folder / "de_DE.UTF-8")]
    if shutil.which("localedef") is None or subprocess.run(make, capture_output=True, check=False).returncode != 0:
        pytest.skip("no German locale is installed, and none can be made")
    return {"LC_ALL": "de_DE.UTF-8", "LOCPATH": str(folder)}


def test_bits_are_the_same_where_numbers_have_commas(tmp_path: pathlib.Path) -> None:
    check = """
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ","
"""
    assert_pinned_in_a_process(check + PRINT_DIGESTS, **german_locale(tmp_path))
