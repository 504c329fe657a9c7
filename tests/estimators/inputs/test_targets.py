"""y of every kind: targets of regressors, labels of classifiers, and what is neither."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from sklearn.base import clone

from tests.estimators.inputs.matrices import WHOLE
from tests.estimators.inputs.validation import in_validation
from tests.estimators.support import assert_refused, assert_same_answers, fits_with, table
from tests.public_estimators import (
    over_automatic_classifiers_too,
    over_automatic_regressors_too,
    over_automatic_too,
    over_classifiers,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning"),
]

Y = np.tile([0, 1], 6)
Cell = tuple[Callable[[], Any], type[Exception] | tuple[type[Exception], ...], str]


def pairs(a: Any, b: Any, dtype: Any = None) -> Any:
    """Twelve labels; a list without a dtype."""
    return [a, b] * 6 if dtype is None else np.array([a, b] * 6, dtype)


NOT_1D = r"y should be a 1d array, got an array of shape"
REFUSED_BY_ALL: dict[str, Cell] = {
    "None": (lambda: None, ValueError, r"\by\b.*"),
    "number": (lambda: 1, ValueError, NOT_1D),
    "text": (lambda: "abcdefghijkl", ValueError, NOT_1D),
    "dict": (lambda: {"a": 1}, ValueError, NOT_1D),
    "generator": (lambda: (i for i in Y), ValueError, NOT_1D),
    "two columns": (lambda: np.eye(12)[:, :2], ValueError, NOT_1D + r" \(12, 2\)"),
    "three dimensions": (lambda: np.zeros((12, 2, 2)), ValueError, r"\by: .*dim 3"),
    "ragged": (lambda: [[1], [1, 2]] * 6, ValueError, r"\by: .*inhomogeneous"),
    "empty": (list, ValueError, r"inconsistent numbers of samples: \[12, 0\]"),
    "too short": (lambda: Y[:5], ValueError, r"inconsistent numbers of samples: \[12, 5\]"),
    "too long": (lambda: np.tile(Y, 2), ValueError, r"inconsistent numbers of samples: \[12, 24\]"),
    "NaN": (lambda: pairs(0.0, np.nan, float), ValueError, r"^(y_val: )?Input y contains NaN"),
    "infinity": (lambda: pairs(0.0, np.inf, float), ValueError, "Input y contains infinity"),
    "objects with NaN": (lambda: pairs("a", np.nan, object), ValueError, r"\by: .*NaN"),
    "pandas with NA": (lambda: pd.Series(pairs(1, None), dtype="Int64"), ValueError, r"y contains NaN"),
    "pandas strings with NA": (lambda: pd.Series(pairs("a", None), dtype="string"), (ValueError, TypeError), r"\by: "),
    "polars with null": (lambda: pl.Series(pairs(1, None)), ValueError, "Input y contains NaN"),
    "complex": (lambda: pairs(1j, 2), ValueError, r"\by: Complex data not supported"),
    "masked": (lambda: np.ma.masked_array(Y, Y > 0), TypeError, "y is a masked array"),
    "matrix": (lambda: np.asmatrix(Y).T, TypeError, r"\by: np\.matrix"),
    "sparse": (lambda: scipy.sparse.csr_array(Y[:, None]), TypeError, "Sparse data was passed for y"),
    "records": (lambda: np.zeros(12, [("a", int)]), TypeError, r"y has dtype \[\('a'"),
    "raw memory": (lambda: np.zeros(12, "V4"), TypeError, r"y has dtype \|V4"),
    "not a time": (lambda: pairs("2020", "NaT", "M8[D]"), (ValueError, TypeError), r"y (contains NaT|has dtype)"),
    "objects": (lambda: pairs({}, {}, object), (ValueError, TypeError), r"\by: "),
}
REFUSED_AS_TARGET: dict[str, Cell] = {
    "labels": (lambda: pairs("a", "b"), ValueError, r"\by: could not convert string to float: .*'a'"),
    "bytes": (lambda: pairs(b"a", b"b"), ValueError, r"\by: could not convert string to float"),
    "categories": (lambda: pd.Series(pairs("a", "b"), dtype="category"), ValueError, r"\by: could not convert"),
    "nothing": (lambda: [None] * 12, ValueError, "y must be finite, got nan at row 0"),
    "times": (lambda: pairs(1, 2, "M8[s]"), TypeError, r"y has dtype datetime64\[s\]; convert times"),
    "time spans": (lambda: pairs(1, 2, ">m8[s]"), TypeError, r"y has dtype >m8\[s\]; convert times"),
    "pandas times": (
        lambda: pd.Series(pd.date_range("2020", periods=12)),
        TypeError,
        "y has dtype datetime64.*convert",
    ),
    "dates": (lambda: pairs(datetime.date(2020, 1, 1), 1, object), TypeError, r"\by: .*not 'datetime.date'"),
    "huge integers": (lambda: pairs(10**400, 1), ValueError, "y has a value that is too large for float64"),
    "huge long doubles": (lambda: np.full(12, np.longdouble("1e400")), ValueError, "y has a value that is too large"),
}
UNKNOWN = r"\by: Unknown label type: {}"
REFUSED_AS_LABELS: dict[str, Cell] = {
    "fractions": (lambda: pairs(0.5, 1.5), ValueError, UNKNOWN.format("continuous")),
    "huge floats": (lambda: pairs(1e300, -1e300), ValueError, UNKNOWN.format("continuous")),
    # scikit-learn warns below 1.7, and warnings are errors here.
    "bytes": (lambda: pairs(b"a", b"b"), (TypeError, FutureWarning), "labels represented as bytes"),
    "text and numbers": (lambda: pairs("a", 1, object), TypeError, r"\by: .*'int' and 'str'"),
    "text and None": (lambda: pairs("a", None, object), TypeError, r"\by: .*'NoneType' and 'str'"),
    "polars text with null": (lambda: pl.Series(pairs("a", None)), TypeError, r"\by: .*'NoneType' and 'str'"),
    "nothing": (lambda: [None] * 12, ValueError, UNKNOWN.format("unknown")),
    "numbers as objects": (lambda: pairs(1, 2, object), ValueError, UNKNOWN.format("unknown")),
    "integers beyond 64 bits": (lambda: pairs(10**30, 1), ValueError, UNKNOWN.format("unknown")),
    "decimals": (lambda: pairs(decimal.Decimal(1), decimal.Decimal(2)), ValueError, UNKNOWN.format("unknown")),
}
# Found by the trainer, which knows every target as y.
REFUSED_AS_VALIDATION_TARGET: dict[str, tuple[type[Exception], str]] = {
    "nothing": (ValueError, r"^y must be finite, got nan at row 0"),
}
# What only validation labels can be: others than those of training.
UNSEEN = r"y_val has labels that y has not: \[{}\]"
REFUSED_AS_VALIDATION_LABELS: dict[str, tuple[type[Exception], str]] = {
    "fractions": (ValueError, UNSEEN.format(r"0\.5, 1\.5")),
    "huge floats": (ValueError, UNSEEN.format(r"-1e\+300, 1e\+300")),
    "bytes": (ValueError, UNSEEN.format("b'a', b'b'")),
    "nothing": (TypeError, r"\by_val: .*'NoneType' and 'NoneType'"),
    "numbers as objects": (ValueError, UNSEEN.format("2")),
    "integers beyond 64 bits": (ValueError, UNSEEN.format("10{30}")),
    "decimals": (ValueError, UNSEEN.format(r"Decimal\('2'\)")),
}

# Two labels each, and twelve numbers each that are the same as Y.
LABELS: dict[str, Callable[[], Any]] = {
    "booleans": lambda: pairs(False, True, bool),
    "negative integers": lambda: pairs(-5, 3, "i1"),
    "integers of 64 bits": lambda: pairs(-(2**63), 2**63 - 1, "i8"),
    "unsigned integers of 64 bits": lambda: pairs(2**64 - 2, 2**64 - 1, "u8"),
    "other byte order": lambda: pairs(1, 2, ">i4"),
    "whole floats": lambda: pairs(-1.0, 2.0, "f8"),
    "half floats": lambda: pairs(-1.0, 2.0, "f2"),
    "text": lambda: pairs("a", "b"),
    "empty text": lambda: pairs("", "b"),
    "text that ends with NUL": lambda: pairs("a", "a\0", object),
    "composed and decomposed letters": lambda: pairs("e\u0301", "\u00e9"),
    "letters beyond 16 bits and alone": lambda: pairs("\U0001f600", "\U0001f601", object),
    "times": lambda: pairs("2020-01-01", "2021-01-01", "M8[D]"),
    "pandas categories": lambda: pd.Series(pairs("a", "b"), dtype="category"),
    "pandas strings": lambda: pd.Series(pairs("a", "b"), dtype="string"),
    "polars categories": lambda: pl.Series(pairs("a", "b"), dtype=pl.Categorical),
    "Arrow text": lambda: pa.array(pairs("a", "b")),
}
TARGETS: dict[str, Callable[[], Any]] = {
    "list": Y.tolist,
    "tuple": lambda: tuple(Y.tolist()),
    "booleans": lambda: Y.astype(bool),
    "half floats": lambda: Y.astype("f2"),
    "long doubles": lambda: Y.astype("g"),
    "other byte order": lambda: Y.astype(">f8"),
    "strided": lambda: np.repeat(Y, 3)[::3],
    "negative stride": lambda: Y[::-1].copy()[::-1],
    "unaligned": lambda: np.frombuffer(b"\0" + Y.tobytes(), np.uint8)[1:].view(Y.dtype),
    "decimals": lambda: [decimal.Decimal(int(y)) for y in Y],
    "objects": lambda: Y.astype(object),
    "text of digits": lambda: Y.astype(str),
    "series": lambda: pd.Series(Y),
    "series of another index": lambda: pd.Series(Y, index=range(100, 88, -1)),
    "Int64": lambda: pd.Series(Y, dtype="Int64"),
    "sparse series": lambda: pd.Series(pd.arrays.SparseArray(Y)),
    "polars": lambda: pl.Series(Y),
    "Arrow": lambda: pa.chunked_array([Y[:5], Y[5:]]),
}


def assert_target_refused(estimator: Any, cell: Cell, validation: tuple[type[Exception], str] | None = None) -> None:
    """Assert that the cell is taken neither for y nor for y_val, for the same reason unless another is given."""
    make, error, message = cell
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, error, message, fitted.fit, WHOLE, make())
    if fits_with(fitted, "y_val"):
        fitted.set_params(early_stopping=True)
        error, message = validation or (error, in_validation(message, "y"))
        assert_refused(fitted, error, message, fitted.fit, WHOLE, Y, X_val=WHOLE, y_val=make())


@over_automatic_too
@pytest.mark.parametrize("cell", REFUSED_BY_ALL)
def test_what_is_no_column_of_values_is_refused(estimator: Any, cell: str) -> None:
    assert_target_refused(estimator, REFUSED_BY_ALL[cell])


@over_automatic_regressors_too
@pytest.mark.parametrize("cell", REFUSED_AS_TARGET)
def test_what_is_no_number_is_refused_as_target(estimator: Any, cell: str) -> None:
    assert_target_refused(estimator, REFUSED_AS_TARGET[cell], REFUSED_AS_VALIDATION_TARGET.get(cell))


@over_automatic_classifiers_too
@pytest.mark.parametrize("cell", REFUSED_AS_LABELS)
def test_what_names_no_class_is_refused_as_label(estimator: Any, cell: str) -> None:
    assert_target_refused(estimator, REFUSED_AS_LABELS[cell], REFUSED_AS_VALIDATION_LABELS.get(cell))


@over_automatic_regressors_too
@pytest.mark.parametrize("cell", TARGETS)
def test_targets_in_any_clothes_give_the_bits_of_plain_numbers(estimator: Any, cell: str) -> None:
    assert_same_answers(estimator, WHOLE, TARGETS[cell](), WHOLE, Y.astype(float))


@over_automatic_classifiers_too
@pytest.mark.parametrize("cell", LABELS)
def test_labels_of_any_type_come_back_as_they_were(estimator: Any, cell: str) -> None:
    y = LABELS[cell]()
    fitted, plain = clone(estimator).fit(WHOLE, y), clone(estimator).fit(WHOLE, Y)
    given = np.asarray(y)
    first, second = sorted(set(given.tolist()))
    assert fitted.classes_.tolist() == [first, second]
    codes = plain.predict(WHOLE) if given[0] == first else 1 - clone(estimator).fit(WHOLE, 1 - Y).predict(WHOLE)
    expected = [given[1] if code else given[0] for code in codes]
    assert fitted.predict(WHOLE).tolist() == np.array(expected, given.dtype).tolist()
    assert fitted.predict(WHOLE).dtype == fitted.classes_.dtype


@over_classifiers
def test_as_many_classes_as_rows_are_told_apart(estimator: Any) -> None:
    X, y = np.arange(600.0).reshape(300, 2), np.arange(300)
    fitted = clone(estimator).set_params(min_samples_leaf=1, max_iter=1, learning_rate=1.0).fit(X, y)
    assert fitted.predict_proba(X).shape == (300, 300)
    assert np.isfinite(fitted.predict_proba(X)).all()
    np.testing.assert_array_equal(fitted.classes_, y)


@over_classifiers
def test_label_unseen_in_training_is_refused_for_validation(estimator: Any) -> None:
    fitted = clone(estimator).set_params(early_stopping=True).fit(WHOLE, Y)
    message = r"y_val has labels that y has not: \[2\]"
    assert_refused(fitted, ValueError, message, fitted.fit, WHOLE, Y, X_val=WHOLE, y_val=Y + 1)


@over_classifiers
def test_classes_too_small_to_be_split_for_validation_name_the_fraction(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    fitted = clone(estimator).fit(X, y).set_params(early_stopping=True)
    lonely = np.where(np.arange(len(y)) == 0, 7, y)
    assert_refused(fitted, ValueError, "validation_fraction: The least populated class", fitted.fit, X, lonely)


@over_automatic_too
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")  # by scikit-learn, of NaN
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y[:5], r"inconsistent numbers of samples: \[5, 12\]"),
        ([np.nan] * 12, r"Input (y_true )?contains NaN"),
        (np.eye(12)[:, :2], r"different number of output|a mix of multilabel-indicator and binary"),
        (None, r"'y_true' parameter of \w+ must be an array-like.* Got None"),
    ],
    ids=["too short", "NaN", "two columns", "None"],
)
def test_score_refuses_what_is_no_truth(estimator: Any, y: Any, message: str) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, ValueError, message, fitted.score, WHOLE, y)
