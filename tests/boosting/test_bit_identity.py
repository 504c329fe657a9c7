"""The promise of same bits on hostile data; tests/golden/test_digests.py has it for ordinary tables of every size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    copy_of,
    make_data,
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


def weights_of(kind: str, n_rows: int) -> Floats | None:
    rng = np.random.default_rng(n_rows)
    return {
        "one": None,
        "frequencies": rng.integers(1, 4, size=n_rows).astype(float),
        "factors": rng.uniform(0.5, 2.0, size=n_rows),
        "one outlier": np.where(np.arange(n_rows) == 7, 1e9, 1.5),  # its gradient fits no packed cell
    }[kind]


# Histograms are packed or wide, by the number of rows and the size of gradients; threads share rows or features, by the
# number of features.
@pytest.mark.parametrize("weights", ["one", "frequencies", "factors", "one outlier"])
@pytest.mark.parametrize("n_rows", [900, 12_000, 70_000])
def test_features_that_never_vary_change_nothing_however_many_they_are(n_rows: int, weights: str) -> None:
    X, y = make_data(n_rows, 4, missing=0.05)
    among = np.array([0, 70, 71, 210])
    wide = np.zeros((n_rows, 230), np.float32)
    X = X.astype(np.float32).astype(float)
    wide[:, among] = X
    params: dict[str, Any] = {"n_iterations": 2, "max_leaf_nodes": 20, "objective": "binary_log_loss"}
    columns = (y > 0).astype(float), weights_of(weights, n_rows)
    expected = copy_of(train(X, *columns, n_threads=1, **params).model())
    for table, n_threads in [(X, 3), (wide, 1), (wide, 3)]:
        found = copy_of(train(table, *columns, n_threads=n_threads, **params).model())
        if table is wide:
            found["feature"] = np.searchsorted(among, found["feature"]).astype(np.int32)
            found["n_features"] = expected["n_features"]
        assert_same_arrays(found, expected)


@pytest.mark.parametrize("n_rows", [3_000, 40_000, 70_000])
def test_threads_share_the_rows_of_a_table_with_constant_hessians(n_rows: int) -> None:
    X, y = make_data(n_rows, 5)  # up to 65,535 rows fit packed cells if each counts once
    one, many = (train(X, y, n_iterations=3, n_threads=n, max_leaf_nodes=20) for n in (1, 4))
    assert_same_arrays(many.model().to_arrays(), one.model().to_arrays())
