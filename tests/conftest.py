"""Hypothesis profiles and the fixtures that every folder of tests may use."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest

from hornbeam import _core
from hornbeam._core import testing

# Every run draws the same examples, and timing is no property of a result. HYPOTHESIS_PROFILE chooses; CI sets `ci`,
# and the sanitizers, which look at memory and not at values, are content with few.
hypothesis.settings.register_profile("dev", max_examples=50, deadline=None, derandomize=True)
hypothesis.settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.register_profile("sanitized", max_examples=15, deadline=None, derandomize=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.fixture(params=_core.simd_levels())
def simd_level(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test at each SIMD level of this machine, and put the active one back."""
    active = _core.simd_level()
    _core.set_simd_level(request.param)
    yield request.param
    _core.set_simd_level(active)


@pytest.fixture
def many_threads() -> Iterator[None]:
    """Let threads run for any number of rows on any machine, and put everything back."""
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
