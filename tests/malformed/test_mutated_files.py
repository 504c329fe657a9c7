"""No file crashes, misleads or burdens the process: every mutation is refused, or is a model that works."""

from __future__ import annotations

import json
import os
import pathlib
import time
from collections import Counter

import pytest

from hornbeam._model_file import from_bytes, to_bytes
from tests.concurrency.support import run_python
from tests.malformed.judge import loads_or_is_refused
from tests.malformed.mutations import KINDS, OF_THE_CONTAINER, STRIDE, Mutation, mutations
from tests.malformed.saved_files import SOURCES, SavedFile, saved_file

ROOT = pathlib.Path(__file__).parents[2]

MAX_SECONDS = 1.0

pytestmark = pytest.mark.filterwarnings("ignore:X does not have valid feature names")


def test_there_are_thousands_of_files_of_each_fate() -> None:
    """Those that validation sees, with right checksums, apart from those that the container is there for."""
    fates = {
        of_the_container: Counter(
            mutation.is_legal
            for name in SOURCES
            for kind in KINDS
            if (kind in OF_THE_CONTAINER) == of_the_container
            for mutation in mutations(saved_file(name), kind)
        )
        for of_the_container in (True, False)
    }
    assert fates[True].total() * STRIDE > 100_000
    assert fates[False].total() * STRIDE > 20_000
    assert fates[False][True] * STRIDE > 2_000
    assert fates[False][False] * STRIDE > 3_000


@pytest.mark.parametrize("name", SOURCES)
def test_the_file_itself_loads_and_comes_back(name: str) -> None:
    file = saved_file(name)
    assert loads_or_is_refused(file.data, thorough=True)
    again = SavedFile(name, to_bytes(from_bytes(file.data)))
    params, params_again = (json.loads(source.metadata["params"]) for source in (file, again))
    if file.is_golden:  # parameters that are younger than the file have their defaults
        assert params.items() <= params_again.items()
        params_again = {key: params_again[key] for key in params}
    metadata = {**again.metadata, "params": json.dumps(params_again)}
    assert metadata == {**file.metadata, "params": json.dumps(params)}
    assert file.changed() == again.changed(metadata=file.metadata)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("kind", KINDS)
def test_mutated_files_are_refused_or_work(name: str, kind: str) -> None:
    slowest = 0.0
    for number, mutation in enumerate(mutations(saved_file(name), kind)):
        start = time.process_time()
        examine(mutation, thorough=number % 10 == 0)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < MAX_SECONDS


def examine(mutation: Mutation, *, thorough: bool) -> None:
    try:
        loads = loads_or_is_refused(mutation.make(), thorough=thorough)
        assert mutation.is_legal in (None, loads)
    except BaseException as error:
        error.add_note(f"mutation: {mutation.label}")
        raise


def test_no_file_takes_much_memory() -> None:
    """In a process of its own, whose peak is that of the worst file. AddressSanitizer must not hoard freed memory."""
    code = rf"""
        import pathlib, re, sys, warnings

        sys.path.insert(0, {str(ROOT)!r})
        from tests.malformed.judge import loads_or_is_refused
        from tests.malformed.mutations import KINDS, OF_THE_CONTAINER, mutations
        from tests.malformed.saved_files import SOURCES, SavedFile, saved_file

        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        files = [saved_file(name) for name in SOURCES]
        for file in files:
            loads_or_is_refused(file.data, thorough=True)

        def peak():  # ru_maxrss would start at the peak of the process that started this one
            return 1024 * int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1])

        allowed = peak() + 64 * 2**20 + 2 * max(len(file.data) for file in files)
        for file in files:
            for kind in set(KINDS).difference(OF_THE_CONTAINER):
                for mutation in mutations(file, kind):
                    loads_or_is_refused(mutation.make(), thorough=False)
                    assert peak() < allowed, (file.name, mutation.label)
    """
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
    run_python(code, HORNBEAM_MUTATION_STRIDE=str(2 * STRIDE), ASAN_OPTIONS=sanitizer, timeout=200)
