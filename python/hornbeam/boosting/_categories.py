"""Categorical features: which they are, and the numbers of their categories.

A fit learns the categories that have rows, in ascending order; from then on a category is its place in that order, as a
float, and anything else is NaN, a missing value. The core sees these numbers only.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from hornbeam._core import ModelFormatError
from hornbeam._plain_json import expect
from hornbeam._validation import Float64, FloatMatrix, FloatTable, check_columns, check_X, columns_of
from hornbeam.boosting._category_columns import CategoryColumn, category_column, is_missing, plain_category, with_column

# A float32 holds the numbers of so many categories.
_FLOAT32_CATEGORIES = 2**24

# Names of tensors, before the number of the feature.
_NUMBERS, _TEXT, _TEXT_ENDS = "category_numbers.", "category_text.", "category_text_ends."

# The categories of a feature, ascending: numbers, or strings as objects.
Values = NDArray[np.float64] | NDArray[np.object_]


@dataclass(frozen=True)
class Categories:
    """The categories of each categorical feature, by its position."""

    values: dict[int, Values]

    def n_categories(self, n_features: int) -> NDArray[np.int64]:
        """Number of categories of each feature as the core counts them: 0 where values are numbers."""
        counts = np.zeros(n_features, dtype=np.int64)
        for feature, values in self.values.items():
            counts[feature] = max(len(values), 1)
        return counts

    def mask(self, n_features: int) -> NDArray[np.bool_]:
        """Which features are categorical."""
        mask = np.zeros(n_features, dtype=bool)
        mask[list(self.values)] = True
        return mask

    def to_tensors(self) -> dict[str, NDArray[Any]]:
        """The categories as tensors of a model file: numbers, or the UTF-8 of strings and where each ends."""
        tensors: dict[str, NDArray[Any]] = {}
        for feature, values in self.values.items():
            if values.dtype != object:
                tensors[f"{_NUMBERS}{feature}"] = values
                continue
            texts = [value.encode("utf-8", "surrogatepass") for value in values]
            tensors[f"{_TEXT}{feature}"] = np.frombuffer(b"".join(texts), dtype=np.uint8)
            tensors[f"{_TEXT_ENDS}{feature}"] = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return tensors

    @classmethod
    def from_tensors(cls, tensors: dict[str, NDArray[Any]], n_categories: dict[int, int]) -> Categories | None:
        """Invert `to_tensors`, given the number of categories of each categorical feature of the model."""
        values = {feature: _read(tensors, feature, n) for feature, n in n_categories.items()}
        known = Categories(values)
        unknown = sorted(set(tensors) ^ set(known.to_tensors()))
        expect(not unknown, f"the tensors {unknown} belong to no trees, scores or categories")
        return known if values else None

    def are_numbered(self) -> bool:
        """Whether every category is the number that the core knows it by."""
        return all(np.array_equal(values, np.arange(len(values))) for values in self.values.values())

    def without_absent(self, X: FloatMatrix) -> Categories:
        """Forget the categories that no row of the encoded X has, of which X is renumbered in place."""
        values = dict(self.values)
        for feature, known in self.values.items():
            codes = X[:, feature]
            present = np.unique(codes[~np.isnan(codes)]).astype(np.intp)
            if len(present) < len(known):
                values[feature] = known[present]
                places = np.full(len(known) + 1, np.nan)
                places[present] = np.arange(len(present))
                X[:, feature] = places[np.where(np.isnan(codes), len(known), codes).astype(np.intp)]
        return Categories(values)


def learn_categories(X: Any, is_categorical: NDArray[np.bool_]) -> Categories:
    """Learn the categories of the marked features of X, which is as the user passed it."""
    _refuse_sparse(X, "X")
    table = _table(X)
    features = np.flatnonzero(is_categorical).tolist()
    return Categories({feature: _learn(category_column(table, feature), _name(X, feature)) for feature in features})


def check_features(
    estimator: Any, X: Any, categories: Categories | None, *, reset: bool = False, name: str = "X"
) -> FloatTable:
    """Return X as the core reads it, with the numbers of categories in place of what they are."""
    if categories is not None:
        _refuse_sparse(X, name)
    if categories is None or not (reset or _fits(estimator, X)):
        if categories is not None and len(np.shape(X)) == 2:
            check_columns(estimator, X)
        return check_X(estimator, X, reset=reset, name=name)  # and it says what else does not fit
    if isinstance(X, np.ndarray) and X.dtype.kind in "biuf":
        return _encode_numbers(check_X(estimator, X, reset=reset, name=name), categories)
    table = _table(X)
    for feature, values in categories.values.items():
        codes = _codes(category_column(table, feature), values, _name(X, feature))
        table = with_column(table, feature, codes)
    return check_X(estimator, table, reset=reset, name=name)


def _read(tensors: dict[str, NDArray[Any]], feature: int, n_categories: int) -> Values:
    """Read the categories of one feature, of which the file may say anything."""
    numbers = tensors.get(f"{_NUMBERS}{feature}")
    values: Values
    if numbers is not None:
        expect(numbers.dtype == np.float64 and numbers.ndim == 1, f"categories of feature {feature} are not float64")
        values = numbers.copy()  # else it would keep the file
    else:
        text, ends = tensors.get(f"{_TEXT}{feature}"), tensors.get(f"{_TEXT_ENDS}{feature}")
        if text is None or ends is None:
            raise ModelFormatError(f"categories of feature {feature} are missing")
        expect(text.dtype == np.uint8 and text.ndim == 1, f"text of categories of feature {feature} is not bytes")
        expect(ends.dtype == np.int64 and ends.ndim == 1, f"ends of categories of feature {feature} are not int64")
        places = [0, *ends.tolist()]
        expect(
            places == sorted(places) and places[-1] == len(text), f"ends of categories of feature {feature} are wrong"
        )
        try:
            texts = [bytes(text[a:b]).decode("utf-8", "surrogatepass") for a, b in itertools.pairwise(places)]
        except UnicodeDecodeError as error:
            raise ModelFormatError(f"categories of feature {feature} are not UTF-8") from error
        values = np.array(texts, dtype=object)
    expect(max(len(values), 1) == n_categories, f"feature {feature} has {len(values)} categories, not {n_categories}")
    rise = all(a < b for a, b in itertools.pairwise(values.tolist())) and not (values != values).any()
    expect(rise, f"categories of feature {feature} are not sorted and distinct")
    return values


def _refuse_sparse(X: Any, name: str) -> None:
    if issparse(X):
        raise TypeError(f"{name} is sparse, but has categorical features; make it dense, or let them be numbers")


def _fits(estimator: Any, X: Any) -> bool:
    """Whether the columns of X are those of the fit, as far as their number and names tell."""
    names = [column for column, _ in columns_of(X)]
    known = getattr(estimator, "feature_names_in_", None)
    if names and known is not None and all(isinstance(column, str) for column in names):
        return names == list(known)
    shape = np.shape(_table(X))
    return len(shape) == 2 and shape[1] == estimator.n_features_in_ and shape[0] > 0


def _table(X: Any) -> Any:
    """X as something that has columns: itself, or an array of objects of our own."""
    if columns_of(X) or (isinstance(X, np.ndarray) and X.dtype.kind in "biuf"):
        return X
    return np.array(X, dtype=object)


def _name(X: Any, feature: int) -> Any:
    names = columns_of(X)
    return names[feature][0] if names else feature


def _learn(column: CategoryColumn, name: Any) -> Values:
    with_rows = np.unique(column.codes[column.codes >= 0])
    found = {plain_category(column.values[code], name) for code in with_rows if not is_missing(column.values[code])}
    kinds = {type(value) for value in found}
    if len(kinds) > 1:
        raise TypeError(f"X has both numbers and strings as categories of feature {name!r}; make them one or the other")
    values: list[Any] = list(found)
    return np.array(sorted(values), dtype=object if kinds == {str} else np.float64)


def _codes(column: CategoryColumn, known: Values, name: Any) -> Float64:
    """Number the rows of a column by the known categories."""
    places = {value: place for place, value in enumerate(known.tolist())}
    of_value = np.full(len(column.values) + 1, np.nan)  # the last is what code -1 gets
    for code, value in enumerate(column.values):
        if not is_missing(value):
            of_value[code] = places.get(plain_category(value, name), np.nan)
    return of_value[column.codes]


def _encode_numbers(X: FloatMatrix, categories: Categories) -> FloatMatrix:
    """Encode a matrix of floats, in which a category of text never stands."""
    most = max(len(values) for values in categories.values.values())
    encoded: FloatMatrix = X.copy("K") if most <= _FLOAT32_CATEGORIES else X.astype(np.float64)
    for feature, values in categories.values.items():
        column = X[:, feature]
        if values.dtype == object or not len(values):
            encoded[:, feature] = np.nan
            continue
        place = np.searchsorted(values, column).clip(max=len(values) - 1)
        encoded[:, feature] = np.where(values[place] == column, place, np.nan)
    return encoded
