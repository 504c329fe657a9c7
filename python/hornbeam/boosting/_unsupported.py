"""What scikit-learn's estimators accept and this version does not build yet.

An invalid value raises what scikit-learn raises; a valid one that would need the missing part raises
NotImplementedError, so that nothing is silently ignored.
"""

from __future__ import annotations

import itertools
from numbers import Integral
from typing import Any

from hornbeam._validation import check_monotonic_cst


def _not_yet(what: str) -> NotImplementedError:
    return NotImplementedError(f"{what} is not implemented in this version of hornbeam")


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
