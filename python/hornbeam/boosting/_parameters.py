"""The values that the parameters of both estimators may have, and what the core is told of those that shape trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from hornbeam._validation import (
    N_JOBS_CONSTRAINT,
    NON_NEGATIVE_FLOAT,
    POSITIVE_FLOAT,
    Integral,
    Interval,
    RealNotInt,
    StrOptions,
)

# The core counts rows in 32 bits, so a larger limit on leaves, depth or rows is no limit.
LARGEST_COUNT = int(np.iinfo(np.int32).max)

# A saved file names these only where they are not at their defaults, and stays as it was for those who do not use them.
ADDED_CONSTRAINTS: dict[str, list[Any]] = {
    "subsample": [Interval(RealNotInt, 0, 1, closed="right")],
    "sampling_method": [StrOptions({"uniform", "gradient_based"})],
    "colsample_bytree": [Interval(RealNotInt, 0, 1, closed="right")],
    "colsample_bylevel": [Interval(RealNotInt, 0, 1, closed="right")],
    "l1_regularization": [NON_NEGATIVE_FLOAT],
    "min_split_gain": [NON_NEGATIVE_FLOAT],
    "min_child_weight": [NON_NEGATIVE_FLOAT],
    "extra_trees": ["boolean"],
    "cat_smooth": [NON_NEGATIVE_FLOAT],
    "cat_l2": [NON_NEGATIVE_FLOAT],
    "max_cat_to_onehot": [Interval(Integral, 0, None, closed="left")],
    "cat_cost": [NON_NEGATIVE_FLOAT],
}

PARAMETER_CONSTRAINTS: dict[str, list[Any]] = {
    "loss": [callable],
    "learning_rate": [POSITIVE_FLOAT],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "max_leaf_nodes": [Interval(Integral, 2, None, closed="left"), None],
    "max_depth": [Interval(Integral, 1, None, closed="left"), None],
    "min_samples_leaf": [Interval(Integral, 1, None, closed="left")],
    "l2_regularization": [NON_NEGATIVE_FLOAT],
    "max_features": [Interval(RealNotInt, 0, 1, closed="right")],
    "max_bins": [Interval(Integral, 2, 255, closed="both")],
    "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
    "monotonic_cst": ["array-like", dict, None],
    "interaction_cst": [list, tuple, StrOptions({"pairwise", "no_interactions"}), None],
    "warm_start": ["boolean"],
    "early_stopping": [StrOptions({"auto"}), "boolean"],
    "scoring": [str, callable, None],
    "validation_fraction": [
        Interval(RealNotInt, 0, 1, closed="neither"),
        Interval(Integral, 1, None, closed="left"),
        None,
    ],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "tol": [NON_NEGATIVE_FLOAT],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
    "n_jobs": N_JOBS_CONSTRAINT,
    **ADDED_CONSTRAINTS,
}


def tree_options(estimator: Any) -> dict[str, Any]:
    """What trees depend on besides the rows, what the estimator has learned of them and what leaves are told."""
    return {
        "max_leaf_nodes": min(estimator.max_leaf_nodes or 0, LARGEST_COUNT),
        "max_depth": min(estimator.max_depth or 0, LARGEST_COUNT),
        "min_samples_leaf": min(estimator.min_samples_leaf, LARGEST_COUNT),
        "min_split_gain": float(estimator.min_split_gain),
        "min_child_weight": float(estimator.min_child_weight),
        "subsample": float(estimator.subsample),
        "gradient_based_sampling": estimator.sampling_method == "gradient_based",
        "colsample_bytree": float(estimator.colsample_bytree),
        "colsample_bylevel": float(estimator.colsample_bylevel),
        "max_features": float(estimator.max_features),
        "extra_trees": bool(estimator.extra_trees),
        "max_bins": int(estimator.max_bins),
        "cat_smooth": float(estimator.cat_smooth),
        "cat_l2": float(estimator.cat_l2),
        "max_cat_to_onehot": min(estimator.max_cat_to_onehot, LARGEST_COUNT),
        "cat_cost": float(estimator.cat_cost),
    }
