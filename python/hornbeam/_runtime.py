"""Threads, SIMD level and versions: what this process runs hornbeam with.

Importing this module also makes the thread pool known to threadpoolctl, if that is installed.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import operator
import os
import platform
from typing import Any

from hornbeam import _core

__all__ = ["config", "get_num_threads", "set_num_threads", "show_config"]

_DEPENDENCIES = ("numpy", "scipy", "scikit-learn")


def get_num_threads() -> int:
    """Return how many threads a call without ``n_jobs`` may use.

    Returns
    -------
    n_threads : int
        The smallest of: `set_num_threads`; the environment variable ``HORNBEAM_NUM_THREADS``, or else
        ``OMP_NUM_THREADS``; the cores in the CPU affinity mask; the CPU quota of the control group.

    See Also
    --------
    show_config : Also says which of these limits holds.
    """
    return _core.get_num_threads()


def set_num_threads(n_threads: int | None) -> None:
    """Limit the threads of every later call in this process.

    Results do not depend on the number of threads. ``threadpoolctl.threadpool_limits`` sets the same limit for the
    length of a ``with`` block.

    Parameters
    ----------
    n_threads : int or None
        At least 1. None removes the limit. The limits of the environment and the machine stay
        (see `get_num_threads`).

    Raises
    ------
    ValueError
        If `n_threads` is not positive.

    Examples
    --------
    >>> import hornbeam as hb
    >>> hb.set_num_threads(1)
    >>> hb.get_num_threads()
    1
    >>> hb.set_num_threads(None)
    """
    limit = 0 if n_threads is None else operator.index(n_threads)
    if n_threads is not None and limit < 1:
        raise ValueError(f"n_threads must be at least 1 or None, got {n_threads!r}")
    _core.set_num_threads(limit)


def config() -> dict[str, Any]:
    """Return versions, build, SIMD levels and threads as a dictionary.

    Returns
    -------
    config : dict
        The entries that `show_config` prints.
    """
    build = _core.build_info()
    n_threads = _core.get_num_threads()
    return {
        "hornbeam": build["version"],
        "python": platform.python_version(),
        **{name: _installed_version(name) for name in _DEPENDENCIES},
        "compiler": build["compiler"],
        "build_type": build["build_type"],
        "simd_levels_compiled": build["simd_levels"].split(),
        "simd_levels_runnable": _core.simd_levels(),
        "simd_level": _core.simd_level(),
        "n_threads": n_threads,
        "n_threads_limited_by": _limits_that_hold(n_threads),
    }


def show_config() -> None:
    """Print versions, compiler, SIMD levels and threads; paste it into a bug report."""
    for key, value in config().items():
        text = ", ".join(value) if isinstance(value, list) else value
        print(f"{key:22}{text}")


def _installed_version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _limits_that_hold(n_threads: int) -> list[str]:
    limits = _core.thread_limits()
    variable = "HORNBEAM_NUM_THREADS" if os.environ.get("HORNBEAM_NUM_THREADS") else "OMP_NUM_THREADS"
    names = {"environment": variable, "affinity": "CPU affinity", "quota": "CPU quota of the control group"}
    return [names[key] for key, limit in limits.items() if limit == n_threads] or ["set_num_threads"]


def _register_with_threadpoolctl() -> None:
    try:
        import threadpoolctl
    except ImportError:
        return

    class HornbeamController(threadpoolctl.LibController):
        user_api = "hornbeam"
        internal_api = "hornbeam"
        # Other packages have a _core too: only the symbols tell which is ours.
        filename_prefixes = ("_core",)
        check_symbols = ("hornbeam_get_num_threads", "hornbeam_set_num_threads", "hornbeam_version")

        def get_num_threads(self) -> int:
            return int(self.dynlib.hornbeam_get_num_threads())

        def set_num_threads(self, num_threads: int) -> None:
            self.dynlib.hornbeam_set_num_threads(num_threads)

        def get_version(self) -> str | None:
            # Called before check_symbols is looked at, so also for the _core of others.
            version = getattr(self.dynlib, "hornbeam_version", None)
            if version is None:
                return None
            version.restype = ctypes.c_char_p
            return str(version().decode())

    threadpoolctl.register(HornbeamController)


_register_with_threadpoolctl()
