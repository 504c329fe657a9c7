"""The inputs that fuzzing found interesting, without the fuzzer."""

from __future__ import annotations

import pathlib

import pytest

from tests.malformed.judge import loads_or_is_refused

CORPUS = sorted((pathlib.Path(__file__).parent / "corpus" / "file").iterdir())


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_files_found_by_fuzzing_are_refused_or_work() -> None:
    fates = {loads_or_is_refused(path.read_bytes(), thorough=True) for path in CORPUS}
    assert fates == {True, False}
