"""Categorical features: bins, and the sets of categories that may go left (docs/boosting.md, sections 2 and 6).

In the order of their mean gradients some split into two is optimal for squares: Fisher 1958. Smoothing: Ke et al. 2017.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def strangers_missing(X: Floats, categories: Mapping[int, int]) -> Floats:
    """Return X with NaN for whatever stands in a categorical column and is none of its categories."""
    X = np.array(X)
    for feature, n_categories in categories.items():
        for row, x in enumerate(X[:, feature]):
            if not (float(x).is_integer() and 0 <= x < n_categories):
                X[row, feature] = math.nan
    return X


def category_bin(x: float, n_categories: int) -> int:
    """Return the category, or the bin of a missing value behind the last one."""
    return n_categories if math.isnan(x) else int(x)


def one_hot_sets(bins: list[int]) -> Iterator[list[int]]:
    """Yield each bin alone, in the order of their numbers."""
    for b in sorted(bins):
        yield [b]


def sorted_sets(keys: Mapping[int, float]) -> Iterator[list[int]]:
    """Yield the bins with the smallest keys, more and more of them."""
    order = sorted(keys, key=lambda b: (keys[b], b))
    for j in range(1, len(order)):
        yield order[:j]
