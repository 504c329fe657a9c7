"""What scikit-learn's estimators accept and this version does not build yet.

An invalid value raises what scikit-learn raises; a valid one that would need the missing part raises
NotImplementedError, so that nothing is silently ignored and no category code is ever taken for a number.
"""

from __future__ import annotations

import itertools
import re
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._validation import check_monotonic_cst, columns_of

# First words of the dtypes that pandas, polars and Arrow give to columns of categories.
_CATEGORY_DTYPES = {"category", "categorical", "dictionary", "enum"}


def _not_yet(what: str) -> NotImplementedError:
    return NotImplementedError(f"{what} is not implemented in this version of hornbeam")


def refuse_loss(loss: Any) -> None:
    """Refuse scikit-learn's loss objects."""
    if not isinstance(loss, str):
        raise _not_yet(f"loss={loss!r}")


def refuse_constraints(estimator: Any) -> None:
    """Refuse monotonic and interaction constraints of an estimator whose features and trees are known."""
    if estimator.monotonic_cst is not None:
        if estimator.n_trees_per_iteration_ != 1:
            raise ValueError("monotonic constraints are not supported for multiclass classification.")
        if check_monotonic_cst(estimator).any():
            raise _not_yet(f"monotonic_cst={estimator.monotonic_cst!r}")
    if estimator.interaction_cst is not None:
        _check_interaction_groups(estimator.interaction_cst, estimator.n_features_in_)
        raise _not_yet(f"interaction_cst={estimator.interaction_cst!r}")


def _check_interaction_groups(interaction_cst: Any, n_features: int) -> None:
    if isinstance(interaction_cst, str):
        return
    try:
        groups = [set(group) for group in interaction_cst]
    except TypeError:
        raise ValueError(
            f"Interaction constraints must be a sequence of tuples or lists, got: {interaction_cst!r}."
        ) from None
    for member in itertools.chain.from_iterable(groups):
        if not (isinstance(member, Integral) and 0 <= int(member) < n_features):
            raise ValueError(
                "Interaction constraints must consist of integer indices in [0, n_features - 1] = "
                f"[0, {n_features - 1}], specifying the position of features, got {member!r} in {interaction_cst!r}"
            )


def refuse_categories(X: Any, categorical_features: Any) -> None:
    """Refuse features that `categorical_features` marks as categories in X, which is as the user passed it."""
    if categorical_features is None:
        return
    if isinstance(categorical_features, str):  # "from_dtype", the only string the constraints let through
        for name, dtype in _columns_of_categories(X):
            raise _not_yet(f"categorical_features='from_dtype' with column {name!r} of dtype {dtype}")
    elif _marks_a_feature(X, np.asarray(categorical_features)):
        raise _not_yet(f"categorical_features={categorical_features!r}")


def _columns_of_categories(X: Any) -> list[tuple[Any, str]]:
    """Name and dtype of the columns of a frame or table that hold categories."""
    named = [(name, str(dtype)) for name, dtype in columns_of(X)]
    return [(name, dtype) for name, dtype in named if re.split(r"\W", dtype)[0].lower() in _CATEGORY_DTYPES]


def _marks_a_feature(X: Any, marks: NDArray[Any]) -> bool:
    """Whether a mask, indices or names mark any feature of X; ValueError if they do not fit X."""
    if marks.ndim == 0:
        raise ValueError(f"categorical_features must be an array-like of bool, int or str, got: {marks!r}.")
    if marks.size == 0:
        return False
    kinds = {type(mark).__name__ for mark in marks} if marks.dtype.kind == "O" else {marks.dtype.name}
    if marks.dtype.kind not in "ibU" and kinds != {"str"}:
        raise ValueError(
            f"categorical_features must be an array-like of bool, int or str, got: {', '.join(sorted(kinds))}."
        )
    if len(np.shape(X)) != 2:
        return False  # the check of X says what is wrong with it
    n_features = np.shape(X)[1]
    if marks.dtype.kind == "b":
        if marks.shape != (n_features,):
            raise ValueError(
                f"categorical_features set as a boolean mask must have shape (n_features,), got: {marks.shape}"
            )
        return bool(marks.any())
    if marks.dtype.kind == "i":
        if marks.min() < 0 or marks.max() >= n_features:
            raise ValueError("categorical_features set as integer indices must be in [0, n_features - 1]")
        return True
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
    return True
