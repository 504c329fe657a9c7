"""Which rows train and which test: the same on every machine, for every model."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RowNumbers = NDArray[np.int64]

TEST_FRACTION = 0.25
# The last part of an ordered table, in windows that are predicted one after another.
ORDERED_TEST_FRACTION = 0.4


class Split(NamedTuple):
    train: RowNumbers
    test: RowNumbers

    def sampled(self, max_rows: int, seed: int) -> Split:
        """Return at most that many rows of each side, in their order."""
        rng = np.random.default_rng([seed, max_rows])
        return Split(*(rows if len(rows) <= max_rows else np.sort(rng.choice(rows, max_rows, False)) for rows in self))


def number_of_splits(n_rows: int) -> int:
    """Return how many splits a table gets: the fewer rows, the more the loss of one split is luck."""
    if n_rows < 3_000:
        return 8
    return 4 if n_rows < 15_000 else 2


def random_split(seed: int, n_rows: int, classes: NDArray[Any] | None = None) -> Split:
    """Draw test rows, of each class its share."""
    rng = np.random.default_rng(seed)
    strata = np.zeros(n_rows, np.int64) if classes is None else classes
    is_test = np.zeros(n_rows, bool)
    for stratum in np.unique(strata):
        rows = rng.permutation(np.flatnonzero(strata == stratum))
        is_test[rows[: int(TEST_FRACTION * len(rows))]] = True
    return Split(np.flatnonzero(~is_test), np.flatnonzero(is_test))


def ordered_split(index: int, n_splits: int, n_rows: int) -> Split:
    """Return a window of late rows to test on, and everything before it to train on."""
    edges = np.linspace((1 - ORDERED_TEST_FRACTION) * n_rows, n_rows, n_splits + 1).astype(np.int64)
    return Split(np.arange(edges[index]), np.arange(edges[index], edges[index + 1]))


def splits(n_rows: int, classes: NDArray[Any] | None, *, ordered: bool, max_rows: int) -> list[Split]:
    """Return the splits of a table; `classes` are given for classification."""
    n_splits = number_of_splits(n_rows)
    if ordered:
        found = [ordered_split(index, n_splits, n_rows) for index in range(n_splits)]
    else:
        found = [random_split(seed, n_rows, classes) for seed in range(n_splits)]
    return [split.sampled(max_rows, seed) for seed, split in enumerate(found)]
