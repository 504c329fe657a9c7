"""Which features are categorical: the parameter `categorical_features`, with scikit-learn's meaning."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._validation import columns_of
from hornbeam.boosting._category_columns import category_column, is_missing

# First words of the dtypes that pandas, polars and Arrow give to columns of categories and of text.
_CATEGORY_DTYPES = {"category", "categorical", "dictionary", "enum"}
_TEXT_DTYPES = {"object", "str", "string", "large_string", "string_view", "utf8"}


def categorical_mask(X: Any, categorical_features: Any) -> NDArray[np.bool_] | None:
    """Return which features of X, which is as the user passed it, are categorical; None if none is.

    ValueError if what `categorical_features` marks does not fit X.
    """
    if categorical_features is None:
        return None
    if isinstance(categorical_features, str):  # "from_dtype", the only string the constraints let through
        mask = np.array([_holds_categories(X, i, dtype) for i, (_, dtype) in enumerate(columns_of(X))], dtype=bool)
    else:
        mask = _marked(X, np.asarray(categorical_features))
    return mask if mask.any() else None


def _holds_categories(X: Any, position: int, dtype: Any) -> bool:
    """Whether a column of a frame or table holds categories, or text that is not of numbers."""
    kind = re.split(r"\W", str(dtype))[0].lower()
    if kind not in _TEXT_DTYPES:
        return kind in _CATEGORY_DTYPES
    if kind == "object" and not all(isinstance(value, str) or is_missing(value) for value in X.iloc[:, position]):
        return False
    return not all(_is_number(value) for value in category_column(X, position).values if not is_missing(value))


def _is_number(text: str) -> bool:
    """Whether NumPy, hence scikit-learn, reads the text as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _marked(X: Any, marks: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the features that a mask, indices or names mark."""
    if marks.ndim == 0:
        raise ValueError(f"categorical_features must be an array-like of bool, int or str, got: {marks!r}.")
    nothing = np.zeros(0, dtype=bool)
    if marks.size == 0:
        return nothing
    kinds = {type(mark).__name__ for mark in marks} if marks.dtype.kind == "O" else {marks.dtype.name}
    if marks.dtype.kind not in "ibU" and kinds != {"str"}:
        raise ValueError(
            f"categorical_features must be an array-like of bool, int or str, got: {', '.join(sorted(kinds))}."
        )
    if len(np.shape(X)) != 2:
        return nothing  # the check of X says what is wrong with it
    n_features = np.shape(X)[1]
    mask = np.zeros(n_features, dtype=bool)
    if marks.dtype.kind == "b":
        if marks.shape != (n_features,):
            raise ValueError(
                f"categorical_features set as a boolean mask must have shape (n_features,), got: {marks.shape}"
            )
        return marks
    if marks.dtype.kind == "i":
        if marks.min() < 0 or marks.max() >= n_features:
            raise ValueError("categorical_features set as integer indices must be in [0, n_features - 1]")
        mask[marks] = True
        return mask
    if not hasattr(X, "columns"):
        raise ValueError(
            "categorical_features should be passed as an array of integers or as a boolean mask when the model is "
            "fitted on data without feature names."
        )
    names = [name for name, _ in columns_of(X)]
    for mark in marks:
        if mark not in names:
            raise ValueError(
                f"categorical_features has an item value '{mark}' which is not a valid feature name of the training "
                f"data. Observed feature names: {names}"
            )
        mask[names.index(mark)] = True
    return mask
