"""Folds of rows, drawn by what the rows hold.

Equal rows lie in one fold, wherever they stand and however they are stored. So a row that was copied is never validated
by its own copy, and a weight of k draws the folds that k copies of the row draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from hornbeam._validation import FloatTable

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Folds:
    """The fold of each row.

    Without two kinds of targets in every fold, one of which a model has to tell from the other, `can_validate` is
    false: there the loss only falls as the other kind is forgotten.
    """

    of_row: NDArray[np.intp]
    n_folds: int
    can_validate: bool


def draw_folds(X: FloatTable, y: NDArray[np.float64], *, stratify: bool, n_folds: int, seed: int) -> Folds:
    """Draw at most `n_folds` folds, fewer if fewer rows differ or fewer do not have the most frequent target.

    Folds have equal shares of the different rows: with `stratify` of each class, otherwise of neighbouring targets.
    """
    # The target is one column more; the seed scatters the sum, for a hash of the value 0 cannot hold it.
    hashes = _scattered(_row_hashes(X) + _mixed(np.full(len(y), X.shape[1], np.uint64), y) + np.uint64(seed))
    # Hashes ascend, which is as good as a shuffle; equal targets stay in this order.
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    targets, counts = np.unique(y[first], return_counts=True)
    is_common = y[first] == targets[counts.argmax()]
    n_rare = int(np.count_nonzero(~is_common))
    n_folds = min(n_folds, max(n_rare, 2), len(first))
    order = np.lexsort((y[first], is_common))
    places = np.arange(len(first))
    if not stratify:
        # Of as many neighbours as there are folds each fold gets one, by its hash: ascending numbers of the rows.
        order = order[np.lexsort((order, places // n_folds))]
    folds = np.empty(len(first), dtype=np.intp)
    folds[order] = places % n_folds
    return Folds(folds[which], n_folds, can_validate=n_rare > 1)


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
