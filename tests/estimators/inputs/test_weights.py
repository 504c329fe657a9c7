"""sample_weight of every kind, for training, validation and scoring rows, and the weights of classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from sklearn.base import clone

from hornbeam import _validation
from tests.estimators.inputs.matrices import WHOLE
from tests.estimators.inputs.validation import in_validation
from tests.estimators.support import assert_refused, fits_with, raw_scores
from tests.public_estimators import AUTOMATIC, ESTIMATORS, name_of, over_automatic_classifiers_too, over_estimators

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")

over_weighted = pytest.mark.parametrize(
    "estimator",
    [estimator for estimator in [*ESTIMATORS, *AUTOMATIC] if fits_with(estimator, "sample_weight")],
    ids=name_of,
)

Y = np.tile([0, 1], 6)
ONES = np.ones(12)
WEIGHTS = np.array([1, 2, 3] * 4)
NAMED = r"\bsample_weight"

REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "too short": (lambda: ONES[:5], ValueError, r"sample_weight.shape == \(5,\), expected \(12,\)"),
    "too long": (lambda: np.ones(13), ValueError, r"sample_weight.shape == \(13,\), expected \(12,\)"),
    "empty": (list, ValueError, NAMED),
    "a column": (lambda: ONES[:, None], ValueError, NAMED + ".*1D array"),
    "a row": (lambda: ONES[None, :], ValueError, NAMED + ".*1D array"),
    "a frame": (lambda: pd.DataFrame({"w": ONES}), ValueError, NAMED + ".*1D array"),
    "no dimension": (lambda: np.array(2.0), TypeError, NAMED),
    "NaN": (lambda: ONES * np.nan, ValueError, "sample_weight contains NaN"),
    "None": (lambda: [None] * 12, ValueError, "sample_weight contains NaN"),
    "NA": (lambda: pd.Series([1, None] * 6, dtype="Int64"), ValueError, "sample_weight contains NaN"),
    "infinity": (lambda: ONES * np.inf, ValueError, "sample_weight contains infinity"),
    "negative": (lambda: -ONES, ValueError, "[Nn]egative values in data passed to .?sample_weight"),
    "negative number": (lambda: -1, ValueError, "[Nn]egative values in data passed to .?sample_weight"),
    "the number NaN": (lambda: np.nan, ValueError, NAMED + ".*the largest is nan"),
    "the number infinity": (lambda: np.inf, ValueError, NAMED + ".*the largest is inf"),
    "zero": (lambda: ONES * 0, ValueError, NAMED + ".*zero"),
    "negative zero": (lambda: ONES * -0.0, ValueError, NAMED + ".*zero"),
    "the number zero": (lambda: 0, ValueError, NAMED + ".*zero"),
    "too small for float64": (lambda: np.full(12, np.longdouble("1e-400")), ValueError, NAMED + ".*zero"),
    "too large for float64": (
        lambda: np.full(12, np.longdouble("1e400")),
        ValueError,
        NAMED + ".*too large for float64",
    ),
    "huge integers": (lambda: [10**400] * 12, ValueError, NAMED + ".*too large for float64"),
    "text": (lambda: ["a"] * 12, ValueError, NAMED + ": could not convert string"),
    "one text": (lambda: "balanced", ValueError, NAMED + ": could not convert string"),
    "complex": (lambda: ONES + 1j, ValueError, NAMED + ": Complex data"),
    "times": (lambda: ONES.astype("M8[s]"), TypeError, NAMED + r" has dtype datetime64\[s\]"),
    "time spans": (lambda: pd.Series(pd.to_timedelta(ONES, "s")), TypeError, NAMED + " has dtype timedelta64"),
    "masked": (lambda: np.ma.masked_array(ONES, Y), TypeError, NAMED + " is a masked array"),
    "matrix": (lambda: np.asmatrix(ONES), TypeError, NAMED + r": np\.matrix"),
    "sparse": (lambda: scipy.sparse.csr_array(ONES[None, :]), TypeError, "Sparse data was passed for sample_weight"),
    "records": (lambda: np.zeros(12, [("a", float)]), TypeError, NAMED + " has dtype"),
    "generator": (lambda: (w for w in ONES), TypeError, NAMED + ".*not 'generator'"),
    "dict": (lambda: {"a": 1}, TypeError, NAMED + ".*not 'dict'"),
}
READ: dict[str, Callable[[], Any]] = {
    **{f"dtype {dtype}": lambda dtype=dtype: WEIGHTS.astype(dtype) for dtype in ("i1", "u8", "f2", "f4", "g", "O")},
    "other byte order": lambda: WEIGHTS.astype(">f8"),
    "strided": lambda: np.repeat(WEIGHTS, 3)[::3],
    "negative stride": lambda: WEIGHTS[::-1].copy()[::-1],
    "list": WEIGHTS.tolist,
    "text of digits": lambda: WEIGHTS.astype(str),
    "series": lambda: pd.Series(WEIGHTS, index=range(100, 88, -1)),
    "Int64": lambda: pd.Series(WEIGHTS, dtype="Int64"),
    "polars": lambda: pl.Series(WEIGHTS),
    "Arrow": lambda: pa.array(WEIGHTS),
}
EQUAL: dict[str, Any] = {
    "one": 1,
    "any number": 2.5,
    "stride zero": np.broadcast_to(1.0, 12),
    "booleans": np.ones(12, bool),
    "the largest integers": np.full(12, 2**64 - 1, np.uint64),
    "sums beyond float64": np.full(12, 1.7e308),
}


@over_weighted
@pytest.mark.parametrize("cell", REFUSED)
def test_what_no_row_can_weigh_is_refused(estimator: Any, cell: str) -> None:
    make, error, message = REFUSED[cell]
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, error, message, fitted.fit, WHOLE, Y, sample_weight=make())
    if fits_with(fitted, "sample_weight_val"):
        fitted.set_params(early_stopping=True)
        validation = {"X_val": WHOLE, "y_val": Y, "sample_weight_val": make()}
        assert_refused(fitted, error, in_validation(message, "sample_weight"), fitted.fit, WHOLE, Y, **validation)


@over_weighted
@pytest.mark.parametrize("cell", READ)
def test_weights_in_any_clothes_give_the_bits_of_plain_numbers(estimator: Any, cell: str) -> None:
    weighted, plain = (clone(estimator).fit(WHOLE, Y, sample_weight=w) for w in (READ[cell](), WEIGHTS.astype(float)))
    np.testing.assert_array_equal(raw_scores(weighted, WHOLE), raw_scores(plain, WHOLE))


@over_estimators  # huge frequencies leave an automatic one a single member, as so many copies would
@pytest.mark.parametrize("cell", EQUAL)
def test_equal_weights_are_as_good_as_none(estimator: Any, cell: str) -> None:
    weighted, plain = (clone(estimator).fit(WHOLE, Y, sample_weight=w) for w in (EQUAL[cell], None))
    np.testing.assert_allclose(raw_scores(weighted, WHOLE), raw_scores(plain, WHOLE), rtol=1e-14)


@pytest.mark.parametrize("weights, largest", [([0.0, 0.0], "0.0"), ([1.0, np.inf], "inf")])
def test_weights_that_scikit_learn_lets_through_are_refused_by_us(
    weights: list[float], largest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros passed its check before 1.9."""
    monkeypatch.setattr(_validation, "_check_sample_weight", lambda weights, X, **_: np.array(weights))
    with pytest.raises(ValueError, match=rf"finite and not zero for every row; the largest is {largest}$"):
        _validation.check_sample_weight(weights, WHOLE[:2])


@over_automatic_classifiers_too
@pytest.mark.parametrize(
    "class_weight",
    [
        {0: 0, 1: 0},
        {0: -1},
        {0: float("nan")},
        {0: float("inf")},
        {0: None},
        {0: "heavy"},
        {0: [1]},
        {0: 1j},
        {0: 10**400},
        {7: 1},
        {(1,): 2},
        {0: 1e308, 1: 1e308},  # times the weights of the rows
        "heavy",
        [1, 2],
    ],
    ids=lambda value: str(value)[:20],
)
def test_class_weights_that_cannot_be_used_are_refused(estimator: Any, class_weight: Any) -> None:
    fitted = clone(estimator).fit(WHOLE, Y).set_params(class_weight=class_weight)
    weight = np.full(12, 1e308)
    assert_refused(fitted, (ValueError, TypeError), "class_weight", fitted.fit, WHOLE, Y, weight)


@over_automatic_classifiers_too
def test_a_class_whose_weight_is_zero_is_known_but_never_predicted(estimator: Any) -> None:
    labels = np.arange(len(WHOLE)) % 2
    model = clone(estimator).set_params(class_weight={0: 0.0, 1: 1.0}).fit(WHOLE, labels)
    assert model.classes_.tolist() == [0, 1]
    assert (model.predict(WHOLE) == 1).all()
    np.testing.assert_allclose(model.predict_proba(WHOLE)[:, 1], 1.0, rtol=1e-12)
