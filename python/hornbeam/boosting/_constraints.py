"""Monotonic and interaction constraints: the parameters, with scikit-learn's meaning, as the core reads them."""

from __future__ import annotations

import itertools
from numbers import Integral
from typing import Any

import numpy as np

from hornbeam._validation import check_monotonic_cst


def monotonic_signs(estimator: Any) -> list[int]:
    """Return the sign of each feature, 1, -1 or 0, of an estimator whose features and trees are known; [] without any.

    ValueError if `monotonic_cst` does not fit the features, asks for an order of categories, or if there is more than
    one tree per iteration.
    """
    if estimator.monotonic_cst is None:
        return []
    if estimator.n_trees_per_iteration_ != 1:
        raise ValueError("monotonic constraints are not supported for multiclass classification.")
    signs = check_monotonic_cst(estimator)
    if estimator.is_categorical_ is not None and np.any(signs[estimator.is_categorical_]):
        raise ValueError("Categorical features cannot have monotonic constraints.")
    return [int(sign) for sign in signs]


def interaction_limits(interaction_cst: Any, n_features: int) -> dict[str, Any]:
    """Return what the trainer has to know of the features that may meet on a path.

    ValueError if the groups are no sequence of collections of feature indices.
    """
    if interaction_cst is None:
        return {}
    if isinstance(interaction_cst, str):  # one of two, the constraints say
        return {"max_path_features": 1 if interaction_cst == "no_interactions" else 2}
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
    return {"interaction_cst": [[int(member) for member in group] for group in groups]}
