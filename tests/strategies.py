"""Hypothesis strategies for what estimators are given."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
from numpy.typing import NDArray

# Few distinct values make ties; the rest are the values that break careless arithmetic.
FEATURE_VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, np.nan, np.inf, -np.inf, 5e-324, -1e300, 1e300]),
    st.floats(-10, 10, width=32),
)


def feature_matrices(max_rows: int = 30, max_features: int = 4) -> st.SearchStrategy[NDArray[np.float64]]:
    """Matrices with ties, missing values, infinities, denormal and huge numbers."""
    shapes = st.tuples(st.integers(2, max_rows), st.integers(1, max_features))
    return shapes.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=FEATURE_VALUES))


def targets(n_rows: int) -> st.SearchStrategy[NDArray[np.float64]]:
    """Finite regression targets, huge ones among them."""
    values = st.one_of(st.floats(-100, 100, width=32), st.sampled_from([0.0, 1e150, -1e150]))
    return hnp.arrays(np.float64, n_rows, elements=values)


def frequencies(n_rows: int) -> st.SearchStrategy[NDArray[np.int64]]:
    """Integer weights, zeros among them but not all zero."""
    return hnp.arrays(np.int64, n_rows, elements=st.integers(0, 3)).filter(np.any)


def layouts(X: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The same numbers in different memory layouts."""
    n_rows, n_features = X.shape
    apart = np.zeros((2 * n_rows, 3 * n_features), X.dtype)
    apart[::2, ::3] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    unaligned = np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)
    return {
        "C": np.ascontiguousarray(X),
        "Fortran": np.asfortranarray(X),
        "negative strides": X[::-1, ::-1].copy()[::-1, ::-1],
        "every second row and third column": apart[::2, ::3],
        "read-only": read_only,
        "unaligned": unaligned,
        "other byte order": X.astype(X.dtype.newbyteorder()),
    }
