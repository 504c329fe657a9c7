"""The values that the parameters of both estimators may have."""

from __future__ import annotations

from typing import Any

from hornbeam._validation import (
    N_JOBS_CONSTRAINT,
    NON_NEGATIVE_FLOAT,
    POSITIVE_FLOAT,
    Integral,
    Interval,
    RealNotInt,
    StrOptions,
)

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
}
