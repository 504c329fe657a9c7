"""The Python side of fail_allocation.cpp: a piece of work, again and again until each of its allocations has failed."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from typing import Any, NamedTuple

from hornbeam import _core

ALL_LATER = 2**64 - 1
MIN_ROUNDS = 50
MAX_GROWTH = 5  # fewer than the allocations of one lost model


class Work(NamedTuple):
    """`act(subject())` is what fails. `bits` tells its results apart."""

    subject: Callable[[], Any]
    act: Callable[[Any], Any]
    bits: Callable[[Any], bytes]

    def __call__(self) -> bytes:
        return self.bits(self.act(self.subject()))


class Outcome(NamedTuple):
    """What a function did while allocations failed, and how many it had asked for."""

    error: Exception | None
    result: Any
    n_allocations: int


class AllocationFaults:
    """Makes allocations of our extension module fail."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._arm = library.fault_arm
        self._arm.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]
        self._arm.restype = None
        self._disarm = library.fault_disarm
        self._disarm.restype = ctypes.c_uint64
        self._live = library.fault_live
        self._live.restype = ctypes.c_int64
        self._inside_core = ctypes.cast(ctypes.CDLL(_core.__file__).hornbeam_version, ctypes.c_void_p)

    def during(self, function: Callable[[], Any], first: int, last: int) -> Outcome:
        """Run the function while the allocations numbered first..last fail."""
        self._arm(self._inside_core, first, last)
        try:
            result = function()
        except Exception as error:
            return Outcome(error.with_traceback(None), None, self._disarm())
        return Outcome(None, result, self._disarm())

    def fail_each(self, work: Work, *, all_later: bool) -> int:
        """Let each allocation of the work fail, alone or with all later ones; return how many there are.

        Whatever fails, it is a MemoryError, nothing leaks, the subject is as it was, and then the work succeeds on it
        with the bits it has in peace. The order of allocations depends on threads and so does their number, a little:
        the end is where three runs in a row made fewer than the one that was to fail.
        """
        expected = work()
        assert work() == expected
        gc.collect()
        n_live = self._live()
        n = n_rounds = 0
        while n_rounds < MIN_ROUNDS:  # a work of few allocations is swept several times
            n = self._sweep(work, expected, all_later=all_later)
            n_rounds += n + 3
        gc.collect()
        growth = self._live() - n_live
        assert growth < MAX_GROWTH, f"{growth} allocations leak in {n_rounds} rounds"
        return n

    def _sweep(self, work: Work, expected: bytes, *, all_later: bool) -> int:
        n = n_quiet = 0
        while n_quiet < 3:
            is_quiet = self._fail_without_leak(n + 1, work, expected, all_later=all_later)
            n_quiet = n_quiet + 1 if is_quiet else 0
            n += not is_quiet
        return n

    def _fail_without_leak(self, n: int, work: Work, expected: bytes, *, all_later: bool) -> bool:
        """Do what `_fail_at` does. What is left every time is a leak, and here is its place.

        What is left once may be the table of some cache: `fail_each` adds up what is left in all rounds.
        """
        for _ in range(10):
            n_live = self._live()
            is_quiet = self._fail_at(n, work, expected, all_later=all_later)
            if self._live() > n_live:
                gc.collect()
            if self._live() <= n_live:
                return is_quiet
        raise AssertionError(f"allocation {n} leaks")

    def _fail_at(self, n: int, work: Work, expected: bytes, *, all_later: bool) -> bool:
        """Return whether there was no n-th allocation that could fail."""
        subject = work.subject()
        before = dict(vars(subject)) if hasattr(subject, "__dict__") else {}
        error, _, n_allocations = self.during(lambda: work.act(subject), n, ALL_LATER if all_later else n)
        if n_allocations < n:
            assert error is None, repr(error)
            return True
        assert type(error) is MemoryError, f"allocation {n}: {error!r}"
        after = getattr(subject, "__dict__", {})
        assert list(after) == list(before), f"allocation {n}"
        assert all(after[name] is value for name, value in before.items()), f"allocation {n}"
        assert work.bits(work.act(subject)) == expected, f"allocation {n}"
        return False
