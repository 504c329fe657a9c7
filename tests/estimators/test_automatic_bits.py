"""The bits of an automatic fit depend on the rows alone: on no thread, SIMD level, layout, dtype, order or copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import clone

from hornbeam import _core
from hornbeam._core import testing
from hornbeam._model_file import to_bytes
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_automatic
from tests.strategies import layouts

N_ROWS = 60


pytestmark = pytest.mark.usefixtures("many_threads")


def problem(estimator: Any) -> tuple[NDArray[np.float64], NDArray[Any], NDArray[np.float64]]:
    """Rows that float32 holds, targets that soon stop every member, and weights that are no frequencies."""
    X, _ = table(estimator, N_ROWS)
    rng = np.random.default_rng(8)
    return X.astype(np.float32).astype(float), rng.integers(0, 3, N_ROWS), rng.uniform(0.5, 2.0, N_ROWS)


def model_of(estimator: Any, *rows: Any) -> bytes:
    """The file of a fit on one thread, whatever the estimator's `n_jobs` is."""
    return to_bytes(clone(estimator).fit(*rows).set_params(n_jobs=1))


@over_automatic
def test_bits_are_the_same_for_every_number_of_threads(estimator: Any, simd_level: str) -> None:
    rows = problem(estimator)
    expected = model_of(clone(estimator).set_params(n_jobs=1), *rows)
    for n_jobs in (2, 4):
        fitted = clone(estimator).set_params(n_jobs=n_jobs).fit(*rows)
        raw_scores(fitted, np.resize(rows[0], (20_000, 4)))  # few rows are one thread's work
        assert testing.last_region_workers() == n_jobs
        assert to_bytes(fitted.set_params(n_jobs=1)) == expected


@over_automatic
def test_bits_are_the_same_at_every_simd_level(estimator: Any, simd_level: str) -> None:
    X, y, weight = problem(estimator)
    fitted = clone(estimator).fit(X, y, weight)
    scores = raw_scores(fitted, X)
    _core.set_simd_level(_core.simd_levels()[0])
    assert model_of(estimator, X, y, weight) == to_bytes(fitted.set_params(n_jobs=1))
    np.testing.assert_array_equal(raw_scores(fitted, X), scores)


@over_automatic
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bits_are_the_same_however_the_table_is_stored(estimator: Any, dtype: Any) -> None:
    X, y, weight = problem(estimator)
    expected = model_of(estimator, X, y, weight)
    for name, stored in layouts(X.astype(dtype)).items():
        assert model_of(estimator, stored, y, weight) == expected, name


@over_automatic
def test_sparse_rows_give_the_bits_of_dense_ones(estimator: Any) -> None:
    X, y, weight = problem(estimator)
    X = np.where(X < 0, 0.0, X)
    expected = model_of(estimator, X, y, weight)
    entries = scipy.sparse.csr_array(X)
    halves = scipy.sparse.csr_array((np.repeat(entries.data / 2, 2), np.repeat(entries.indices, 2), 2 * entries.indptr))
    zeros = scipy.sparse.csr_array((X.ravel(), np.tile(np.arange(4), N_ROWS), np.arange(0, X.size + 1, 4)))
    forms = {"csr": entries, "csc": scipy.sparse.csc_array(X), "halves": halves, "stored zeros": zeros}
    for name, form in forms.items():
        assert model_of(estimator, form, y, weight) == expected, name


@over_automatic
@pytest.mark.parametrize("weights", ["none", "frequencies", "factors", "sums beyond float64"])
def test_order_of_the_rows_changes_no_bit(estimator: Any, weights: str) -> None:
    X, y, factors = problem(estimator)
    weight = {
        "none": None,
        "frequencies": np.floor(3 * factors),
        "factors": factors,
        "sums beyond float64": np.where(np.arange(N_ROWS) < 3, 0.5, factors * 2.0**1022),
    }[weights]
    expected = model_of(estimator, X, y, weight)
    for seed in range(5):  # of sums in floating point, about every second order has other bits
        order = np.random.default_rng(seed).permutation(N_ROWS)
        assert model_of(estimator, X[order], y[order], None if weight is None else weight[order]) == expected


@over_automatic
def test_integer_weight_equals_so_many_copies_and_zero_none(estimator: Any) -> None:
    X, y, _ = problem(estimator)
    counts = np.arange(N_ROWS) % 4
    copies = np.random.default_rng(0).permutation(np.repeat(np.arange(N_ROWS), counts))
    weighted, copied = model_of(estimator, X, y, counts), model_of(estimator, X[copies], y[copies])
    kept = counts > 0
    assert weighted == copied == model_of(estimator, X[kept], y[kept], counts[kept])
    assert weighted != model_of(estimator, X, y)


@over_automatic
def test_rows_of_weight_zero_change_no_bit_among_other_weights(estimator: Any) -> None:
    X, y, weight = problem(estimator)
    weight[::3] = 0.0
    kept = weight > 0
    assert model_of(estimator, X, y, weight) == model_of(estimator, X[kept], y[kept], weight[kept])
