"""Libraries that make the system fail, compiled once."""

from __future__ import annotations

import pytest

from tests.faults.support import compile_library


@pytest.fixture(scope="session")
def fail_allocation(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Lets allocations of our extension module fail; tests/faults/allocations.py controls it."""
    return compile_library("fail_allocation.cpp", tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def fail_io(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Lets calls on files fail; tests/faults/file_calls.py controls it."""
    return compile_library("fail_io.cpp", tmp_path_factory.mktemp("faults"))
