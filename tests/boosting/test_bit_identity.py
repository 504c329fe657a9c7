"""The promise of same bits on hostile data; tests/golden/test_digests.py has it for ordinary tables of every size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    matrices,
    same_bits,
    sample_weights,
    targets,
    train,
    tree_params,
)


@pytest.fixture(autouse=True)
def runtime() -> Iterator[None]:
    """Let threads run for any number of rows on any machine; put everything back."""
    level = _core.simd_level()
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    _core.set_simd_level(level)


@given(data=st.data(), X=matrices(max_rows=30), params=tree_params(), n_threads=st.sampled_from([2, 3, 7]))
def test_bits_of_hostile_data_do_not_depend_on_threads_or_simd_level(
    data: st.DataObject, X: Floats, params: dict[str, Any], n_threads: int
) -> None:
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    _core.set_simd_level(_core.simd_levels()[0])
    expected = train(X, y, weights, n_iterations=3, **params)
    for level in _core.simd_levels():
        _core.set_simd_level(level)
        found = train(X, y, weights, n_iterations=3, n_threads=n_threads, **params)
        assert_same_arrays(found.model().to_arrays(), expected.model().to_arrays())
        assert same_bits(found.raw_predictions(), expected.raw_predictions())
        assert same_bits(found.model().predict_raw(X, n_threads=n_threads), expected.raw_predictions())
