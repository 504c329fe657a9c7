"""SciPy's sparse matrices as the core reads them."""

from __future__ import annotations

from typing import Any


def check_places(X: Any, name: str) -> None:
    """Raise ValueError if the arrays of a sparse matrix contradict one another.

    SciPy takes them at their word and would read or write beyond their ends. What it keeps in a dictionary it checks.
    """
    check = _CHECKS.get(X.format)
    if check is not None and X.ndim == 2 and not check(X):
        raise ValueError(f"{name} is a malformed sparse matrix: its arrays contradict one another")


def _are_rows_valid(X: Any) -> bool:
    return _are_compressed(X, *X.shape)


def _are_columns_valid(X: Any) -> bool:
    return _are_compressed(X, *X.shape[::-1])


def _are_blocks_valid(X: Any) -> bool:
    if X.data.ndim != 3 or min(X.data.shape[1:]) < 1:
        return False
    (n_rows, n_columns), (height, width) = X.shape, X.data.shape[1:]
    if n_rows % height or n_columns % width:
        return False
    return _are_compressed(X, n_rows // height, n_columns // width)


def _are_compressed(X: Any, size: int, width: int) -> bool:
    indptr, indices = X.indptr, X.indices
    return bool(
        len(indptr) == size + 1
        and indptr[0] == 0
        and not (indptr[1:] < indptr[:-1]).any()
        and indptr[-1] <= min(len(indices), len(X.data))
        and _lie_below(indices, width)
    )


def _are_coordinates_valid(X: Any) -> bool:
    return all(len(place) == len(X.data) and _lie_below(place, n) for place, n in zip(_places(X), X.shape, strict=True))


def _places(X: Any) -> tuple[Any, ...]:
    return X.coords if hasattr(X, "coords") else (X.row, X.col)  # SciPy < 1.13 has no coords


def _are_diagonals_valid(X: Any) -> bool:
    return X.data.ndim == 2 and len(X.data) == len(X.offsets)


def _are_lists_valid(X: Any) -> bool:
    are_rows = len(X.rows) == len(X.data) == X.shape[0]
    return are_rows and all(
        len(columns) == len(values) and all(0 <= column < X.shape[1] for column in columns)
        for columns, values in zip(X.rows, X.data, strict=True)
    )


def _lie_below(indices: Any, end: int) -> bool:
    return len(indices) == 0 or bool(indices.min() >= 0 and indices.max() < end)


_CHECKS = {
    "csr": _are_rows_valid,
    "csc": _are_columns_valid,
    "bsr": _are_blocks_valid,
    "coo": _are_coordinates_valid,
    "dia": _are_diagonals_valid,
    "lil": _are_lists_valid,
}


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
