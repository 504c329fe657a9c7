"""SciPy's sparse matrices as the core reads them."""

from __future__ import annotations

from typing import Any


def check_places(X: Any, name: str) -> None:
    """Raise ValueError if the arrays of compressed rows or columns contradict one another.

    SciPy takes them at their word and would read beyond their ends.
    """
    if X.format not in ("csr", "csc"):
        return
    size, width = X.shape if X.format == "csr" else X.shape[::-1]
    indptr, indices = X.indptr, X.indices
    is_valid = (
        len(indptr) == size + 1
        and indptr[0] == 0
        and not (indptr[1:] < indptr[:-1]).any()
        and indptr[-1] <= min(len(indices), len(X.data))
        and (len(indices) == 0 or (indices.min() >= 0 and indices.max() < width))
    )
    if not is_valid:
        raise ValueError(f"{name} is a malformed sparse matrix: its data, indices and indptr contradict one another")


def canonical(X: Any) -> Any:
    """Return compressed sparse rows with contiguous arrays and, in each row, ascending columns without duplicates."""
    n_stored = X.indptr[-1]
    arrays = (X.data, X.indices, X.indptr)
    is_tight = len(X.data) == len(X.indices) == n_stored
    if is_tight and X.has_canonical_format and all(a.flags.c_contiguous and a.flags.aligned for a in arrays):
        return X
    X = type(X)((X.data[:n_stored], X.indices[:n_stored], X.indptr), shape=X.shape, copy=True)
    X.sum_duplicates()
    return X
