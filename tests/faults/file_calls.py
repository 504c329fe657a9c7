"""The Python side of fail_io.cpp: the n-th call of a kind on the files of a folder goes wrong."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

# In place of an errno; fail_io.cpp knows these numbers.
SHORT, SHRINK, GROW = -1, -2, -3


class Outcome(NamedTuple):
    """What a function did while calls went wrong."""

    error: Exception | None
    result: Any
    n_calls: int


class FileFaults:
    """Makes calls on files below a folder go wrong."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve()).encode()
        library = ctypes.CDLL(None)
        self._arm = library.fault_arm
        self._arm.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_long, ctypes.c_int]
        self._arm.restype = None
        self._disarm = library.fault_disarm
        self._disarm.restype = ctypes.c_long

    def during(
        self, function: Callable[[], Any], call: str, effect: int, first: int, last: int | None = None
    ) -> Outcome:
        """Run the function while the calls numbered first..last (`first` alone by default) have this effect."""
        self._arm(self._folder, call.encode(), first, last or first, effect)
        try:
            result = function()
        except Exception as error:
            return Outcome(error, None, self._disarm())
        return Outcome(None, result, self._disarm())
