"""A column of categories as codes and values, from whatever table it stands in: pandas, polars, Arrow, NumPy."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbeam._validation import columns_of

# A category is a number or a string. NumPy's scalars are Python's after tolist(), but not in arrays of objects.
_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


class CategoryColumn(NamedTuple):
    """`values[code]` is the category of each row; code -1 is a missing value."""

    codes: NDArray[np.int64]
    values: list[Any]


def category_column(X: Any, position: int) -> CategoryColumn:
    """Read one column of a frame, a table or an array of any dtype."""
    if not columns_of(X):
        return _of_array(X[:, position])
    if hasattr(X, "iloc"):
        return _of_pandas(X.iloc[:, position])
    if hasattr(X, "get_columns"):
        return _of_polars(X.get_columns()[position])
    return _of_arrow(X.column(position))


def with_column(X: Any, position: int, values: NDArray[np.float64]) -> Any:
    """The table with a column replaced; its other columns are shared."""
    if not columns_of(X):
        X[:, position] = values  # an array of our own
        return X
    if hasattr(X, "isetitem"):
        X = X.copy(deep=False)
        X.isetitem(position, values)
        return X
    if hasattr(X, "get_columns"):
        column = X.get_columns()[position]
        return X.with_columns(type(column)(column.name, values))
    import pyarrow as pa  # type: ignore[import-untyped]

    return X.set_column(position, X.column_names[position], pa.array(values))


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, NaT, pandas.NA."""
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def plain_category(value: Any, name: Any) -> float | str:
    """A category as a Python float or string; TypeError if it is neither a number nor a string."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, _NUMBERS):
        try:
            return float(value) + 0.0  # -0.0 is 0.0
        except OverflowError:
            raise ValueError(f"X has the category {value!r} in feature {name!r}, too large for float64") from None
    raise TypeError(
        f"X has the category {value!r} of type {type(value).__name__} in feature {name!r}; categories are numbers or "
        "strings"
    )


def _of_pandas(column: Any) -> CategoryColumn:
    if not hasattr(column, "cat"):
        if column.dtype.kind in "biuf" and isinstance(column.dtype, np.dtype):
            return _of_numbers(column.to_numpy())
        return _of_objects(column.to_numpy(dtype=object))
    return CategoryColumn(column.cat.codes.to_numpy().astype(np.int64), column.cat.categories.tolist())


def _of_polars(column: Any) -> CategoryColumn:
    import polars as pl

    if column.dtype.is_numeric():
        column = column.cast(pl.Float64)
    elif column.dtype != pl.Boolean:
        column = column.cast(pl.String)
    values = column.unique().drop_nulls().sort()
    if column.dtype == pl.String:
        codes = column.cast(pl.Enum(values)).to_physical()
        return CategoryColumn(codes.cast(pl.Int64).fill_null(-1).to_numpy(), values.to_list())
    return _of_numbers(column.cast(pl.Float64).fill_null(np.nan).to_numpy())


def _of_arrow(column: Any) -> CategoryColumn:
    column = column.combine_chunks()
    is_declared = hasattr(column.type, "index_type")
    if not is_declared:
        column = column.dictionary_encode()
    if hasattr(column, "chunks"):  # an empty table
        return CategoryColumn(np.empty(0, dtype=np.int64), [])
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    found = CategoryColumn(codes, column.dictionary.to_pylist())
    return found if is_declared else _without_negatives(found)


def _of_array(column: NDArray[Any]) -> CategoryColumn:
    return _of_objects(column) if column.dtype.kind in "OU" else _of_numbers(column)


def _of_numbers(column: NDArray[Any]) -> CategoryColumn:
    values, codes = np.unique(column.astype(np.float64), return_inverse=True, equal_nan=True)
    return _without_negatives(CategoryColumn(codes.astype(np.int64), values.tolist()))


def _of_objects(column: NDArray[Any]) -> CategoryColumn:
    known: dict[Any, int] = {}
    codes = np.empty(len(column), dtype=np.int64)
    for row, value in enumerate(column.tolist()):
        if not isinstance(value, Hashable):
            raise TypeError(f"X has a {type(value).__name__} among the categories, which are numbers or strings")
        codes[row] = -1 if is_missing(value) else known.setdefault(value, len(known))
    return _without_negatives(CategoryColumn(codes, list(known)))


def _without_negatives(column: CategoryColumn) -> CategoryColumn:
    """With negative numbers as missing values, as in scikit-learn: only a declared category may be one."""
    is_negative = [isinstance(value, _NUMBERS) and value < 0 for value in column.values]
    return CategoryColumn(np.where(np.array([*is_negative, False])[column.codes], -1, column.codes), column.values)
