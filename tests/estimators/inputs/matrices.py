"""The cells of the input matrix for X: what is read, as which numbers, and what is refused, with which words.

Every cell is a function, so that each test has a value of its own to look after.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import scipy.sparse
from numpy.typing import NDArray

from tests.strategies import layouts

Floats = NDArray[np.float64]

# Twelve rows of two features: whole numbers that every numeric type holds, the same with gaps, and bits.
WHOLE = np.array(
    [[3, 1], [4, 1], [5, 9], [2, 6], [5, 3], [5, 8], [9, 7], [9, 3], [2, 3], [8, 4], [6, 2], [6, 4]], float
)
GAPS = np.where(WHOLE == 5, np.nan, WHOLE)
HOLES = np.where(WHOLE == 9, 0, GAPS)
BITS = (WHOLE > 4).astype(float)
NAMES = ["a", "b"]


class Subclass(np.ndarray):
    """An array of another class, which changes nothing."""


class ArrayLike:
    """What says how to become an array; what else it says of itself may be wrong."""

    def __init__(self, make: Callable[[], Any], **attributes: Any) -> None:
        self._make = make
        vars(self).update(attributes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return self._make()


def in_record(X: Floats) -> NDArray[np.float64]:
    """X as a field of records: its numbers are neither aligned nor whole strides apart."""
    records = np.zeros(len(X), dtype=[("flag", "u1"), ("values", X.dtype, X.shape[1:])])
    records["values"] = X
    return records["values"]


def columns(X: Floats) -> dict[str, list[Any]]:
    return dict(zip(NAMES, X.T.tolist(), strict=True))


def gaps(missing: Any, kind: type = float) -> dict[str, list[Any]]:
    """The columns of GAPS with the missing value in them."""
    return {name: [missing if x != x else kind(x) for x in column] for name, column in columns(GAPS).items()}


DTYPES = [
    "i1",
    "u1",
    "i2",
    "u2",
    "i4",
    "u4",
    "i8",
    "u8",
    "f2",
    "f4",
    "f8",
    "g",
    "O",
    "S",
    "U",
    ">i2",
    ">f4",
    ">f8",
    ">f2",
]

# name: (the numbers that the cell holds, the cell)
READ: dict[str, tuple[Floats, Callable[[], Any]]] = {
    **{f"dtype {dtype}": (WHOLE, functools.partial(WHOLE.astype, dtype)) for dtype in DTYPES},
    **{name: (GAPS, lambda name=name: layouts(GAPS)[name]) for name in layouts(GAPS)},
    "bool": (BITS, lambda: BITS.astype(bool)),
    "field of a record": (GAPS, lambda: in_record(GAPS)),
    "rows of stride zero": (np.tile([1.0, 2.0], (12, 1)), lambda: np.broadcast_to([1.0, 2.0], (12, 2))),
    "numbers of stride zero": (np.ones((12, 2)), lambda: np.broadcast_to(1.0, (12, 2))),
    "subclass of ndarray": (GAPS, lambda: GAPS.copy().view(Subclass)),
    "memory view": (WHOLE, lambda: memoryview(WHOLE.copy())),
    "array-like": (GAPS, lambda: ArrayLike(GAPS.copy)),
    "array-like with a wrong shape": (GAPS, lambda: ArrayLike(GAPS.copy, ndim=5, shape=(1,))),
    "array-like with names": (GAPS, lambda: ArrayLike(GAPS.copy, column_names=NAMES)),
    "array-like with a schema": (GAPS, lambda: ArrayLike(GAPS.copy, schema="a table")),
    "lists": (WHOLE, WHOLE.tolist),
    "tuples": (WHOLE, lambda: tuple(map(tuple, WHOLE))),
    "list of arrays": (WHOLE, lambda: list(WHOLE)),
    "list of series": (WHOLE, lambda: [pd.Series(row) for row in WHOLE]),
    "list of ranges": (np.array([[0.0, 1.0]] * 12), lambda: [range(2)] * 12),
    "lists with None": (GAPS, lambda: [[None if x != x else x for x in row] for row in GAPS]),
    "objects with None": (GAPS, lambda: np.where(np.isnan(GAPS), None, GAPS)),  # type: ignore[call-overload]
    "decimals": (WHOLE, lambda: [[decimal.Decimal(x) for x in row] for row in WHOLE]),
    "fractions": (WHOLE, lambda: [[fractions.Fraction(x) for x in row] for row in WHOLE]),
    "integers beyond 64 bits": (WHOLE * 2.0**70, lambda: [[int(x) * 2**70 for x in row] for row in WHOLE]),
    "unsigned 64 bits": (WHOLE + 2.0**63, lambda: WHOLE.astype("u8") + np.uint64(2**63)),
    "pandas": (GAPS, lambda: pd.DataFrame(GAPS.copy(), columns=NAMES)),
    "pandas without names": (GAPS, lambda: pd.DataFrame(GAPS.copy())),
    "pandas with levels of names": (
        GAPS,
        lambda: pd.DataFrame(GAPS.copy(), columns=pd.MultiIndex.from_tuples([(1, "a"), (1, "b")])),
    ),
    "pandas of mixed types": (WHOLE, lambda: pd.DataFrame(columns(WHOLE)).astype({"a": "int8", "b": "float32"})),
    "pandas objects": (WHOLE, lambda: pd.DataFrame(WHOLE.astype(object), columns=NAMES)),
    "pandas Int64": (GAPS, lambda: pd.DataFrame(gaps(None, int)).astype("Int64")),
    "pandas Float32": (GAPS, lambda: pd.DataFrame(gaps(None)).astype("Float32")),
    "pandas boolean": (BITS, lambda: pd.DataFrame(columns(BITS)).astype("boolean")),
    "pandas of Arrow": (GAPS, lambda: pd.DataFrame(gaps(None)).astype("double[pyarrow]")),
    "pandas text of digits": (WHOLE, lambda: pd.DataFrame(columns(WHOLE)).astype(str)),
    "polars": (GAPS, lambda: pl.DataFrame(gaps(None))),
    "polars integers": (GAPS, lambda: pl.DataFrame(gaps(None, int))),
    "polars booleans": (BITS, lambda: pl.DataFrame(columns(BITS > 0))),
    "polars decimals": (WHOLE, lambda: pl.DataFrame(columns(WHOLE)).cast(pl.Decimal(10, 2))),
    "Arrow table": (GAPS, lambda: pa.table(gaps(None))),
    "Arrow record batch": (GAPS, lambda: pa.record_batch(gaps(None, int))),
    "Arrow chunks": (
        np.tile(GAPS, (2, 1)),
        lambda: pa.concat_tables([pa.table(gaps(None)), pa.table(gaps(None))]),
    ),
}


class Refusal(NamedTuple):
    """A cell that no method takes."""

    make: Callable[[], Any]
    error: type[Exception] | tuple[type[Exception], ...]
    message: str


def frame(**column: Any) -> pd.DataFrame:
    return pd.DataFrame({"a": WHOLE[:, 0], **column})


TIMES = pd.date_range("2020-01-01", periods=12)
SPANS = pd.to_timedelta(range(12), "s")
NO_NUMBER = r"\bX: .* argument must be a string or a real number, not '.*{}'"
NO_TEXT = r"\bX: could not convert string to float: .*{}"
TIME = r"column 'b' of X has dtype {}.*convert times to numbers"
SEQUENCE = r"\bX: setting an array element with a sequence"

REFUSED = {
    # shape
    "no rows": Refusal(lambda: np.empty((0, 2)), ValueError, r"X: Found array with 0 sample\(s\) \(shape=\(0, 2\)\)"),
    "no features": Refusal(lambda: np.empty((12, 0)), ValueError, r"X: Found array with 0 feature\(s\)"),
    "neither": Refusal(lambda: np.empty((0, 0)), ValueError, r"X: Found array with 0 (sample|feature)\(s\)"),
    "empty list": Refusal(list, ValueError, "X: Expected 2D array, got 1D array"),
    "lists of nothing": Refusal(lambda: [[]] * 12, ValueError, r"X: Found array with 0 feature\(s\)"),
    "empty pandas": Refusal(pd.DataFrame, ValueError, r"^X has 0 feature\(s\) \(shape=\(0, 0\)\)"),
    "pandas without columns": Refusal(lambda: pd.DataFrame(index=range(12)), ValueError, r"X has 0 feature\(s\)"),
    "pandas without rows": Refusal(lambda: frame(b=1)[:0], ValueError, r"X: Found array with 0 sample\(s\)"),
    "polars without columns": Refusal(pl.DataFrame, ValueError, r"X has 0 feature\(s\)"),
    "one dimension": Refusal(lambda: WHOLE[:, 0], ValueError, "X: Expected 2D array, got 1D array"),
    "three dimensions": Refusal(lambda: WHOLE[:, :, None], ValueError, "X: Found array with dim 3"),
    "no dimension": Refusal(lambda: np.array(1.0), ValueError, "X: Expected 2D array, got scalar array"),
    "number": Refusal(lambda: 1.0, ValueError, "X: Expected 2D array, got scalar array"),
    "None": Refusal(lambda: None, ValueError, "X: Expected 2D array, got scalar array"),
    "series": Refusal(lambda: pd.Series(WHOLE[:, 0]), ValueError, "X: Expected (a 2-dimensional|2D)"),
    "polars series": Refusal(lambda: pl.Series(WHOLE[:, 0]), ValueError, "X: Expected 2D array"),
    "ragged lists": Refusal(lambda: [[1.0], [1.0, 2.0]] * 6, ValueError, "X: .*inhomogeneous"),
    "nested lists": Refusal(lambda: [[[1.0]]] * 12, ValueError, "X: Found array with dim 3"),
    "lists of lists of objects": Refusal(lambda: pd.DataFrame({"a": [[1, 2]] * 12}), ValueError, SEQUENCE),
    # no numbers
    "text": Refusal(lambda: "abc", ValueError, NO_TEXT.format("abc")),
    "bytes": Refusal(lambda: b"abc", ValueError, NO_TEXT.format("abc")),
    "array of text": Refusal(lambda: np.full((12, 2), "a"), ValueError, NO_TEXT.format("'a'")),
    "array of lone surrogates": Refusal(lambda: np.full((12, 2), "\ud800"), ValueError, NO_TEXT.format("ud800")),
    "objects of text": Refusal(lambda: np.full((12, 2), "a", object), ValueError, NO_TEXT.format("'a'")),
    "objects": Refusal(lambda: np.full((12, 2), {}), TypeError, NO_NUMBER.format("dict")),
    "object": Refusal(object, TypeError, NO_NUMBER.format("object")),
    "class": Refusal(lambda: int, TypeError, NO_NUMBER.format("type")),
    "generator": Refusal(lambda: (row for row in WHOLE), TypeError, NO_NUMBER.format("generator")),
    "dict": Refusal(lambda: columns(WHOLE), TypeError, NO_NUMBER.format("dict")),
    "set": Refusal(lambda: {1, 2}, TypeError, NO_NUMBER.format("set")),
    "complex": Refusal(lambda: WHOLE + 1j, ValueError, "X: Complex data not supported"),
    "complex without imaginary part": Refusal(lambda: WHOLE.astype("c8"), ValueError, "X: Complex data not supported"),
    "objects of complex numbers": Refusal(lambda: (WHOLE + 1j).astype(object), TypeError, NO_NUMBER.format("complex")),
    "pandas complex": Refusal(lambda: frame(b=1j), ValueError, "X: Complex data not supported"),
    "pandas objects with NA": Refusal(
        lambda: frame(b=pd.Series([1, pd.NA] * 6, dtype=object)), TypeError, NO_NUMBER.format("NAType")
    ),
    "pandas interval": Refusal(lambda: frame(b=pd.interval_range(0, 12)), TypeError, NO_NUMBER.format("Interval")),
    "polars lists": Refusal(lambda: pl.DataFrame({"a": [[1, 2]] * 12}), ValueError, SEQUENCE),
    "polars structs": Refusal(lambda: pl.DataFrame({"a": [{"x": 1}] * 12}), (ValueError, TypeError), r"\bX: "),
    "Arrow lists": Refusal(lambda: pa.table({"a": [[1, 2]] * 12}), ValueError, SEQUENCE),
    "matrix": Refusal(lambda: np.asmatrix(WHOLE), TypeError, r"X: np\.matrix is not supported"),
    "not an array after all": Refusal(lambda: ArrayLike(lambda: "text"), ValueError, "X: .*not producing an array"),
    # numbers that would mean something else
    "times": Refusal(lambda: WHOLE.astype("M8[s]"), TypeError, r"X has dtype datetime64\[s\]; convert times"),
    "time spans": Refusal(lambda: WHOLE.astype("m8[s]"), TypeError, r"X has dtype timedelta64\[s\]; convert times"),
    "times of other byte order": Refusal(lambda: WHOLE.astype(">M8[s]"), TypeError, r"X has dtype >M8\[s\]"),
    "objects of times": Refusal(
        lambda: np.full((12, 2), datetime.date(2020, 1, 1)), TypeError, NO_NUMBER.format("datetime.date")
    ),
    "pandas times": Refusal(lambda: frame(b=TIMES), TypeError, TIME.format("datetime64")),
    "pandas times in a zone": Refusal(lambda: frame(b=TIMES.tz_localize("UTC")), TypeError, TIME.format("datetime64")),
    "pandas time spans": Refusal(lambda: frame(b=SPANS), TypeError, TIME.format("timedelta64")),
    "pandas nothing but times": Refusal(lambda: frame(b=TIMES)[["b"]], TypeError, TIME.format("datetime64")),
    "pandas periods": Refusal(lambda: frame(b=TIMES.to_period("D")), TypeError, TIME.format("period")),
    "pandas dates of Arrow": Refusal(
        lambda: frame(b=pd.array(TIMES.date, dtype=pd.ArrowDtype(pa.date32()))), TypeError, TIME.format("date32")
    ),
    "polars times": Refusal(lambda: pl.DataFrame({"b": TIMES.to_numpy()}), TypeError, TIME.format("Datetime")),
    "polars time spans": Refusal(lambda: pl.DataFrame({"b": SPANS.to_numpy()}), TypeError, TIME.format("Duration")),
    "polars dates": Refusal(lambda: pl.DataFrame({"b": TIMES.date.tolist()}), TypeError, TIME.format("Date")),
    "polars times of day": Refusal(
        lambda: pl.DataFrame({"b": [datetime.time(1)] * 12}), TypeError, TIME.format("Time")
    ),
    "Arrow times": Refusal(lambda: pa.table({"b": TIMES.to_numpy()}), TypeError, TIME.format("timestamp")),
    "Arrow dates": Refusal(lambda: pa.table({"b": TIMES.date}), TypeError, TIME.format("date32")),
    "Arrow time spans": Refusal(lambda: pa.table({"b": SPANS.to_numpy()}), TypeError, TIME.format("duration")),
    "masked": Refusal(lambda: np.ma.masked_array(WHOLE, WHOLE > 5), TypeError, "X is a masked array"),
    "masked nowhere": Refusal(lambda: np.ma.masked_array(WHOLE), TypeError, "X is a masked array"),
    "records": Refusal(lambda: np.zeros(12, [("a", float), ("b", float)]), TypeError, r"X has dtype \[\('a'"),
    "matrix of records": Refusal(lambda: np.zeros((12, 2), [("a", float)]), TypeError, r"X has dtype \[\('a'"),
    "raw memory": Refusal(lambda: np.zeros((12, 2), "V8"), TypeError, r"X has dtype \|V8"),
    # numbers that float64 cannot hold
    "huge integers": Refusal(lambda: [[10**400, 1]] * 12, ValueError, "X has a value that is too large for float64"),
    "objects of huge integers": Refusal(
        lambda: np.full((12, 2), 10**400, object), ValueError, "X has a value that is too large for float64"
    ),
    "huge long doubles": Refusal(
        lambda: np.full((12, 2), np.longdouble("1e400")), ValueError, "X has a value that is too large for float64"
    ),
}


def spoiled(kind: str = "csr", /, **arrays: Any) -> Any:
    """A sparse matrix some of whose arrays are others than SciPy would have made."""
    matrix = scipy.sparse.coo_array(WHOLE).asformat(kind)
    for name, array in arrays.items():
        setattr(matrix, name, np.asarray(array))
    return matrix


def lists(rows: list[list[Any]]) -> NDArray[np.object_]:
    array = np.empty(len(rows), object)
    array[:] = rows
    return array


# What the functions make says what the numbers beside them say.
SPARSE: dict[str, tuple[Floats, Callable[[], Any]]] = {
    **{
        kind: (HOLES, lambda kind=kind: scipy.sparse.coo_array(HOLES).asformat(kind))
        for kind in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")
    },
    "csr_matrix": (HOLES, lambda: scipy.sparse.csr_matrix(HOLES)),
    "float32": (HOLES, lambda: scipy.sparse.csr_array(HOLES.astype(np.float32))),
    "integers": (BITS, lambda: scipy.sparse.csr_array(BITS.astype(int))),
    "int64 indices": (WHOLE, lambda: spoiled(indices=np.tile([0, 1], 12).astype("i8"), indptr=np.arange(0, 25, 2))),
    "unsorted indices": (WHOLE[:, ::-1], lambda: spoiled(indices=np.tile([1, 0], 12))),
    "duplicate indices": (WHOLE.sum(axis=1)[:, None] * [1.0, 0.0], lambda: spoiled(indices=np.zeros(24, int))),
    "data with gaps between": (WHOLE, lambda: spoiled(data=np.repeat(WHOLE, 2)[::2])),
    "room for more": (WHOLE, lambda: spoiled(data=np.resize(WHOLE, 99), indices=np.tile([0, 1], 50))),
    "pandas of sparse columns": (HOLES, lambda: pd.DataFrame.sparse.from_spmatrix(scipy.sparse.csr_array(HOLES))),
}

MALFORMED_SPARSE: dict[str, Callable[[], Any]] = {
    "column out of range": lambda: spoiled(indices=np.full(24, 99)),
    "column before the first": lambda: spoiled(indices=np.full(24, -1)),
    "indptr that falls": lambda: spoiled(indptr=np.arange(0, 25, 2)[::-1]),
    "indptr that falls in between": lambda: spoiled(indptr=np.array([0, 4, 2, *range(6, 25, 2)])),
    "indptr beyond the data": lambda: spoiled(indptr=np.arange(0, 25, 2) * 1000),
    "indptr of another length": lambda: spoiled(indptr=np.arange(0, 23, 2)),
    "truncated data": lambda: spoiled(data=np.ones(3)),
    "row out of range": lambda: spoiled("csc", indices=np.full(24, 99)),
    "coordinates out of range": lambda: spoiled("coo", coords=np.full((2, 24), 10**9)),
    "coordinates before the first": lambda: spoiled("coo", coords=np.full((2, 24), -1)),
    "few coordinates": lambda: spoiled("coo", coords=np.zeros((2, 3), int)),
    "block out of range": lambda: spoiled("bsr", indices=np.full(24, 10**9)),
    "blocks that do not fit": lambda: spoiled("bsr", data=np.ones((12, 5, 5))),
    "few diagonals": lambda: spoiled("dia", data=np.ones((1, 2))),
    "list of more values than columns": lambda: spoiled("lil", rows=lists([[0]] * 12), data=lists([[1.0] * 9] * 12)),
    "list of columns out of range": lambda: spoiled("lil", rows=lists([[0, 10**9]] * 12)),
}
