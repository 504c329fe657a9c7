"""Features that share a stored column: which may, and that no result shows it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import hornbeam as hb
from hornbeam._core import testing

N_ROWS = 700


def one_hot(levels: NDArray[np.int64], n_levels: int) -> NDArray[np.float64]:
    return (levels[:, None] == np.arange(n_levels)).astype(float)


def sparse_table(seed: int) -> NDArray[np.float64]:
    """Two one-hot variables, a constant, a dense column, and mostly-zero ones of integers with gaps and negatives."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 9, N_ROWS), rng.integers(0, 5, N_ROWS)
    owner = rng.integers(0, 4, N_ROWS)  # of each row the column that is not zero, or none
    counts = np.where(owner[:, None] == np.arange(3), rng.integers(-3, 9, (N_ROWS, 3)), 0).astype(float)
    counts[(owner == 1) & (rng.random(N_ROWS) < 0.3), 1] = np.nan
    return np.column_stack(
        [one_hot(a, 9), rng.normal(size=N_ROWS).round(1) + 20, np.zeros(N_ROWS), counts, one_hot(b, 5)]
    )


def columns(X: NDArray[Any], max_bins: int = 255) -> list[int]:
    found: list[int] = testing.feature_columns(X, max_bins)[0]
    return found


def test_each_one_hot_variable_takes_one_column() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([one_hot(rng.integers(0, n, N_ROWS), n) for n in (7, 3, 12)])
    assert columns(X) == [0] * 7 + [1] * 3 + [2] * 12


def test_two_features_share_no_column_if_one_row_has_both() -> None:
    X = np.zeros((N_ROWS, 2))
    X[:10, 0] = 1
    X[10:20, 1] = 1
    assert columns(X) == [0, 0]
    X[9, 1] = 1
    assert columns(X) == [0, 1]


def test_a_missing_value_is_not_zero() -> None:
    X = np.zeros((N_ROWS, 2))
    X[:10, 0] = np.nan
    X[10:20, 1] = 1
    assert columns(X) == [0, 0]
    X[0, 1] = 2
    assert columns(X) == [0, 1]


@pytest.mark.parametrize(("n_bins", "shared"), [(128, True), (129, False)])
def test_a_column_holds_as_many_bins_as_a_byte_tells_apart(n_bins: int, shared: bool) -> None:
    X = np.zeros((1000, 2))
    X[:500, 0] = np.arange(500) % (n_bins - 1) + 1
    X[500:, 1] = np.arange(500) % 127 + 1
    assert columns(X) == ([0, 0] if shared else [0, 1])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_bins": 4},
        {"max_features": 0.5, "colsample_bytree": 0.6, "extra_trees": True},
        {"monotonic_cst": [1] * 9 + [0] * 10},
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_sharing_changes_no_bit(seed: int, options: dict[str, Any], weighted: bool) -> None:
    X = sparse_table(seed)
    assert max(columns(X)) + 1 < X.shape[1]
    # Integers stay exact and keep their order, and no zero is left that could be shared.
    moved = X + 1000
    assert columns(moved) == list(range(X.shape[1]))
    rng = np.random.default_rng(seed)
    y = np.nan_to_num(X) @ rng.normal(size=X.shape[1]) + rng.normal(size=N_ROWS)
    weight = rng.uniform(0.1, 2, N_ROWS) if weighted else None
    made = [
        hb.HistGradientBoostingRegressor(max_iter=15, min_samples_leaf=3, random_state=seed, **options)
        .fit(table, y, weight)
        .predict(table)
        for table in (X, moved)
    ]
    np.testing.assert_array_equal(*made)


@pytest.mark.parametrize("outlier", [1.0, 1e12])
def test_packed_and_wide_cells_of_shared_columns_agree_with_separate_ones(outlier: float) -> None:
    X = np.tile(sparse_table(9), (8, 1))
    y = np.nan_to_num(X) @ np.arange(X.shape[1])
    y[0] *= outlier
    made = [hb.HistGradientBoostingRegressor(max_iter=10).fit(table, y).predict(table) for table in (X, X + 1000)]
    np.testing.assert_array_equal(*made)
