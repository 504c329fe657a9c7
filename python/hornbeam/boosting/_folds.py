"""Folds of rows, drawn by what the rows hold.

Equal rows lie in one fold, wherever they stand and however they are stored. So a row that was copied is never validated
by its own copy, and a weight of k draws the folds that k copies of the row draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from hornbeam._validation import FloatTable

Hashes = NDArray[np.uint64]


def draw_folds(X: FloatTable, y: NDArray[np.float64], *, stratify: bool, n_folds: int, seed: int) -> NDArray[np.intp]:
    """Return the fold of each row; at most `n_folds`, fewer if fewer rows differ.

    Folds have equal shares of the different rows, and of those of each class if they are to be stratified.
    """
    # The target is one column more; the seed scatters the sum, for a hash of the value 0 cannot hold it.
    hashes = _scattered(_row_hashes(X) + _mixed(np.full(len(y), X.shape[1], np.uint64), y) + np.uint64(seed))
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    # Hashes ascend, which is as good as a shuffle; classes stay in this order.
    order = np.argsort(y[first], kind="stable") if stratify else np.arange(len(first))
    folds = np.empty(len(first), dtype=np.intp)
    folds[order] = np.arange(len(first)) % n_folds
    drawn: NDArray[np.intp] = folds[which]
    return drawn


def _row_hashes(X: FloatTable) -> Hashes:
    """Return a hash of each row: the sum of one for each of its values but zeros."""
    if issparse(X):
        columns = X.indices.astype(np.uint64)
        places = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        hashes = np.zeros(X.shape[0], dtype=np.uint64)
        np.add.at(hashes, places, _mixed(columns, X.data))
        return hashes
    hashes = np.zeros(len(X), dtype=np.uint64)
    for j in range(X.shape[1]):
        hashes += _mixed(np.full(len(X), j, np.uint64), X[:, j])
    return hashes


def _mixed(numbers: NDArray[np.uint64], values: NDArray[Any]) -> Hashes:
    """Return a hash of each number with its value, 0 if that is 0."""
    values = values.astype(np.float64)
    bits = np.where(np.isnan(values), np.nan, values).view(np.uint64)
    hashes = _scattered(bits + (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))
    mixed: Hashes = np.where(values == 0, np.uint64(0), hashes)
    return mixed


def _scattered(z: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele et al. 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
