"""X of every kind, given to `fit` and to every other method of every estimator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from tests.estimators.inputs.matrices import (
    GAPS,
    MALFORMED_SPARSE,
    NAMES,
    READ,
    REFUSED,
    SPARSE,
    WHOLE,
    ArrayLike,
    Refusal,
)
from tests.estimators.inputs.validation import in_validation
from tests.estimators.support import (
    ask,
    assert_refused,
    assert_same_answers,
    fits_with,
    questions_of,
    raw_scores,
    table,
)
from tests.public_estimators import over_automatic_too, over_estimators

pytestmark = [
    pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names:UserWarning"),
    pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning"),
]

Y = np.tile([0, 1], 6)


def assert_refused_everywhere(estimator: Any, cell: Refusal) -> None:
    """Assert that neither fitting nor asking takes the cell."""
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, cell.error, cell.message, fitted.fit, cell.make(), Y)
    assert_refused(fitted, cell.error, cell.message, fitted.score, cell.make(), Y)
    for question in questions_of(fitted):
        assert_refused(fitted, cell.error, cell.message, ask, fitted, question, cell.make())


@over_automatic_too
@pytest.mark.parametrize("cell", REFUSED)
def test_what_is_no_matrix_of_numbers_is_refused_by_every_method(estimator: Any, cell: str) -> None:
    assert_refused_everywhere(estimator, REFUSED[cell])


@over_automatic_too
@pytest.mark.parametrize("cell", SPARSE)
def test_sparse_matrices_give_the_bits_of_the_plain_array_and_stay_as_they_are(estimator: Any, cell: str) -> None:
    numbers, make = SPARSE[cell]
    assert_same_answers(estimator, make(), Y, np.ascontiguousarray(numbers), Y)


@over_automatic_too
@pytest.mark.parametrize("cell", MALFORMED_SPARSE)
def test_malformed_sparse_matrices_are_refused_by_every_method(estimator: Any, cell: str) -> None:
    assert_refused_everywhere(estimator, Refusal(MALFORMED_SPARSE[cell], ValueError, "X is a malformed sparse matrix"))


@over_automatic_too
@pytest.mark.parametrize("cell", READ)
def test_numbers_in_any_clothes_give_the_bits_of_the_plain_array_and_stay_as_they_are(
    estimator: Any, cell: str
) -> None:
    numbers, make = READ[cell]
    y = np.resize(Y, len(numbers))
    assert_same_answers(estimator, make(), y, np.ascontiguousarray(numbers), y)


@over_automatic_too
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_mapped_file_gives_the_bits_of_its_array_and_stays_as_it_is(estimator: Any, dtype: str, tmp_path: Path) -> None:
    X, y = table(estimator)
    X = X.astype(dtype)
    np.save(tmp_path / "X.npy", X)
    before = (tmp_path / "X.npy").read_bytes()
    for mode in ("r", "r+", "c"):
        assert_same_answers(estimator, np.load(tmp_path / "X.npy", mmap_mode=mode), y, X, y)
    assert (tmp_path / "X.npy").read_bytes() == before


@over_automatic_too
def test_float32_is_not_rounded_on_its_way(estimator: Any) -> None:
    X, y = table(estimator)
    X = X.astype(np.float32)
    assert_same_answers(estimator, X, y, X.astype(np.float64), y)


@over_estimators
def test_infinities_are_ordinary_values(estimator: Any) -> None:
    X, y = np.array([[-np.inf], [0.0], [1.0], [np.inf]] * 5), np.tile([0, 1, 0, 1], 5)
    assert_same_answers(estimator, X, y, np.array([[-1e9], [0.0], [1.0], [1e9]] * 5), y)
    assert len(np.unique(raw_scores(clone(estimator).set_params(max_iter=9).fit(X, y), X))) > 1


@over_automatic_too
def test_array_like_that_raises_is_not_silenced(estimator: Any) -> None:
    def fail() -> Any:
        raise RuntimeError("mine")

    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, RuntimeError, "mine", fitted.fit, ArrayLike(fail), Y)
    assert_refused(fitted, RuntimeError, "mine", fitted.predict, ArrayLike(fail))


@over_automatic_too
def test_array_like_of_another_length_than_y_names_both(estimator: Any) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    assert_refused(fitted, ValueError, r"\[3, 12\]", fitted.fit, ArrayLike(lambda: WHOLE[:3]), Y)


@over_automatic_too
@pytest.mark.parametrize("n_features", [1, 3])
def test_another_number_of_features_names_both(estimator: Any, n_features: int) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    X = np.ones((12, n_features))
    message = rf"^X has {n_features} features, but \w+ is expecting 2 features"
    assert_refused(fitted, ValueError, message, fitted.score, X, Y)
    for question in questions_of(fitted):
        assert_refused(fitted, ValueError, message, ask, fitted, question, X)


@over_automatic_too
def test_validation_rows_are_named_in_what_is_wrong_with_them(estimator: Any) -> None:
    if not fits_with(estimator, "X_val"):
        return
    fitted = clone(estimator).set_params(early_stopping=True).fit(WHOLE, Y)
    cells = REFUSED | {
        "one column": Refusal(lambda: WHOLE[:, :1], ValueError, r"X has 1 features, but \w+ is expecting 2 features"),
        "None": Refusal(lambda: None, ValueError, "X_val was not provided"),
    }
    for make, error, message in cells.values():
        message = in_validation(message, "X")
        assert_refused(fitted, error, message, fitted.fit, WHOLE, Y, X_val=make(), y_val=Y)


@over_automatic_too
def test_names_of_columns_are_checked_where_they_are_known(estimator: Any) -> None:
    named = pd.DataFrame(GAPS, columns=NAMES)
    fitted = clone(estimator).fit(named, Y)
    for question in questions_of(fitted):
        message = "X: The feature names should match"
        assert_refused(fitted, ValueError, message, ask, fitted, question, named[NAMES[::-1]])
        np.testing.assert_array_equal(ask(fitted, question, GAPS), ask(fitted, question, named))
    mixed = pd.DataFrame(GAPS, columns=["a", 1])
    assert_refused(fitted, TypeError, "Feature names are only supported if all", fitted.fit, mixed, Y)
