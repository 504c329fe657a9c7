"""Constructor parameters: anything may be stored, `fit` judges, and what it takes gives finite predictions."""

from __future__ import annotations

import decimal
import fractions
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from hornbeam import _validation
from tests.estimators.support import ask, assert_refused, questions_of, raw_scores, table
from tests.public_estimators import AUTOMATIC, ESTIMATORS, name_of, over_automatic_too

NAN, INF = float("nan"), float("inf")

# A number that no float64 is near: an integer can be too large, a fraction and a long double too small.
HUGE = 10**400
TINY = fractions.Fraction(1, 10**400)

REFUSED: dict[str, list[Any]] = {
    "n_jobs": [0, 1.5, "all", np.inf],
    "learning_rate": [
        NAN,
        INF,
        -INF,
        0,
        0.0,
        -0.1,
        HUGE,
        TINY,
        np.longdouble("1e-400"),
        "0.1",
        None,
        1j,
        np.array(0.1),
    ],
    "max_iter": [0, -1, 1.5, NAN, None, "9"],
    "max_leaf_nodes": [1, 0, -1, 2.5, True],
    "max_depth": [0, -1, 1.5],
    "min_samples_leaf": [0, -1, 0.5, None],
    "l2_regularization": [-1.0, -5e-324, NAN, INF, HUGE, None, decimal.Decimal(1)],
    "subsample": [0.0, 1.5, -0.1, 1, NAN, None],
    "sampling_method": ["goss", None, 1],
    "colsample_bytree": [0.0, 1.5, 1, NAN, None],
    "colsample_bylevel": [0.0, -0.5, 1, NAN, None],
    "l1_regularization": [-1.0, NAN, INF, HUGE, None],
    "min_split_gain": [-5e-324, NAN, INF, HUGE, None],
    "min_child_weight": [-1e-3, NAN, INF, HUGE, None],
    "extra_trees": ["yes", 1, None],
    "cat_smooth": [-1.0, NAN, INF, None],
    "cat_l2": [-1.0, NAN, INF, None],
    "max_cat_to_onehot": [-1, 1.5, None],
    "cat_cost": [-1.0, NAN, INF, None],
    "max_features": [0.0, 1.5, 1, NAN, None],
    "max_bins": [1, 256, 10**9, -1, 2.0, None],
    "loss": ["unknown", None, 5],
    "early_stopping": ["yes", None, 1],
    "validation_fraction": [0.0, 1.0, -1, 0, NAN, "half"],
    "n_iter_no_change": [0, -1, 1.5],
    "tol": [-1.0, NAN, INF, HUGE],
    "random_state": ["seed", -1, 2**32, 1.5, np.random.default_rng(0)],
    "verbose": [-1, "loud"],
    "warm_start": ["yes", 1, None],
    "interaction_cst": ["all", 5, {0}],
    "monotonic_cst": ["up", 5],
    "categorical_features": ["all", 5],
    "class_weight": ["heavy", 5, [1, 2]],
    "quantile": [-0.1, 1.5, NAN],
}
# What the constraints let through and `fit` finds out.
REFUSED_BY_FIT: dict[str, list[Any]] = {
    "validation_fraction": [200, 10**9, HUGE, 0.9999],
    "categorical_features": [
        {0: 1},
        {0},
        [-1],
        [4],
        [HUGE],
        [None],
        [0.5],
        [0j],
        [True],
        ["a"],
        np.zeros((2, 2), bool),
    ],
    "monotonic_cst": [[0], [0, 0, 0, 0.5], [NAN, 0, 0, 0], ["a"] * 4, [None] * 4, {"a": 1}],
    "interaction_cst": [[0], [[4]], [[-1]], [[0.0]], [["a"]], [[HUGE]], [[[0]]]],
}
ACCEPTED: dict[str, list[Any]] = {
    "n_jobs": [1, -1, np.int64(2), HUGE, -HUGE, True],
    "learning_rate": [
        5e-324,
        1e-300,
        np.float16(0.1),
        np.float32(0.1),
        fractions.Fraction(1, 3),
        np.longdouble(0.1),
        1,
    ],
    "max_iter": [1, np.int8(2), True],
    "max_leaf_nodes": [2, np.uint64(2**64 - 1), HUGE],
    "max_depth": [1, np.uint64(2**64 - 1), HUGE],
    "min_samples_leaf": [1, 2**31, np.uint64(2**64 - 1), HUGE],
    "l2_regularization": [0, -0.0, 5e-324, np.float32(1), 1e300, 1.7e308],
    "subsample": [5e-324, 0.5, 1.0],
    "sampling_method": ["uniform", "gradient_based"],
    "colsample_bytree": [5e-324, 0.5, 1.0],
    "colsample_bylevel": [5e-324, 0.5, 1.0],
    "l1_regularization": [0, -0.0, 5e-324, np.float32(1), 1e300, 1.7e308],
    "min_split_gain": [0, 5e-324, 1.7e308],
    "min_child_weight": [0, -0.0, 5e-324, 1.7e308],
    "extra_trees": [True, np.True_],
    "cat_smooth": [0, 5e-324, 1.7e308],
    "cat_l2": [0, 5e-324, 1.7e308],
    "max_cat_to_onehot": [0, np.uint8(255), HUGE],
    "cat_cost": [0, 5e-324, 1.7e308],
    "max_features": [5e-324, 0.5, 1.0],
    "max_bins": [2, np.uint8(255)],
    "early_stopping": [np.True_, False],
    "n_iter_no_change": [HUGE],
    "tol": [0, 1e308, np.float32(0.1)],
    "random_state": [2**32 - 1, np.int64(3), np.random.RandomState(0)],
    "warm_start": [np.True_],
    "categorical_features": [None, (), np.zeros(4, bool)],
    "monotonic_cst": [[0] * 4, np.zeros(4)],
}


def cells(values: dict[str, list[Any]]) -> Any:
    """Parametrize over the estimators and those of the parameters that they have."""
    return pytest.mark.parametrize(
        "estimator, name, value",
        [
            pytest.param(estimator, name, value, id=f"{name_of(estimator)}-{name}-{str(value)[:20]}")
            for estimator in [*ESTIMATORS, *AUTOMATIC]
            for name in values
            if name in estimator.get_params()
            for value in values[name]
        ],
    )


@cells(REFUSED)
def test_invalid_parameter_is_refused_by_its_name_and_value(estimator: Any, name: str, value: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y).set_params(**{name: value})
    message = rf"'{name}' parameter of {name_of(estimator)} must be .* Got"
    assert_refused(fitted, ValueError, message, fitted.fit, X, y)


@cells(REFUSED_BY_FIT)
def test_parameter_that_does_not_suit_the_data_is_refused_by_its_name(estimator: Any, name: str, value: Any) -> None:
    X, y = table(estimator, n_classes=2)
    stopped = {"early_stopping": True} if "early_stopping" in estimator.get_params() else {}
    fitted = clone(estimator).fit(X, y).set_params(**stopped, **{name: value})
    message = "(?i)interaction constraints" if name == "interaction_cst" else name
    assert_refused(fitted, (ValueError, TypeError), message, fitted.fit, X, y)


@cells(ACCEPTED)
def test_parameter_at_the_end_of_its_range_gives_finite_predictions(estimator: Any, name: str, value: Any) -> None:
    X, y = table(estimator, n_classes=2)
    fitted = clone(estimator).set_params(**{name: value}).fit(X, y)
    assert np.isfinite(raw_scores(fitted, X)).all()


@over_automatic_too
def test_constructor_takes_anything_and_looks_at_nothing(estimator: Any) -> None:
    for name in estimator.get_params():
        for value in (None, NAN, -1, "x", [object()], np.array([1, 2]), object):
            assert vars(type(estimator)(**{name: value}))[name] is value


@over_automatic_too
def test_unknown_parameter_is_refused_by_its_name(estimator: Any) -> None:
    with pytest.raises(TypeError, match="n_trees"):
        type(estimator)(n_trees=5)
    with pytest.raises(ValueError, match="'n_trees'"):
        clone(estimator).set_params(n_trees=5)


@over_automatic_too
@pytest.mark.parametrize("n_jobs", [0, 1.5, "all"])
def test_invalid_thread_count_is_refused_by_predictions_too(estimator: Any, n_jobs: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y).set_params(n_jobs=n_jobs)
    for question in questions_of(fitted):
        message = f"n_jobs must be None or an integer other than 0, got {n_jobs!r}"
        assert_refused(fitted, ValueError, message, ask, fitted, question, X)


@pytest.mark.parametrize(
    "n_jobs, expected",
    [
        (None, 0),  # all that are allowed
        (1, 1),
        (np.int64(12), 12),
        (HUGE, 2**31 - 1),
        (-1, 8),
        (np.int64(-2), 7),
        (-8, 1),
        (-9, 1),
        (-HUGE, 1),
    ],
)
def test_negative_thread_count_counts_back_from_all(
    n_jobs: Any, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_validation._core, "get_num_threads", lambda: 8)
    found = _validation.n_threads(n_jobs)
    assert (found, type(found)) == (expected, int)
