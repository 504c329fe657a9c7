"""Input checks that every estimator shares, and the only door to scikit-learn's private names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn._loss.loss import BaseLoss
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, InvalidParameterError, RealNotInt, StrOptions
from sklearn.utils.validation import _check_monotonic_cst, _check_sample_weight, _check_y, validate_data

from hornbeam import _core

__all__ = [
    "NON_NEGATIVE_FLOAT",
    "N_JOBS_CONSTRAINT",
    "POSITIVE_FLOAT",
    "BaseLoss",
    "Integral",
    "Interval",
    "InvalidParameterError",
    "Real",
    "RealNotInt",
    "StrOptions",
    "check_X",
    "check_monotonic_cst",
    "check_sample_weight",
    "check_target",
    "fit_context",
    "n_threads",
    "validate_parameters",
]

Float64 = NDArray[np.float64]
FloatMatrix = NDArray[np.float64] | NDArray[np.float32]
Params = ParamSpec("Params")
Result = TypeVar("Result")

# Bounded above because an integer can be too large for a float.
POSITIVE_FLOAT = Interval(Real, 0, sys.float_info.max, closed="right")
NON_NEGATIVE_FLOAT = Interval(Real, 0, sys.float_info.max, closed="both")

N_JOBS_CONSTRAINT = [Interval(Integral, None, -1, closed="right"), Interval(Integral, 1, None, closed="left"), None]


def fit_context(fit: Callable[Params, Result]) -> Callable[Params, Result]:
    """Validate the parameters before `fit` and tear the callbacks down after it."""
    decorated: Callable[Params, Result] = _fit_context(prefer_skip_nested_validation=True)(fit)
    return decorated


def validate_parameters(estimator: Any) -> None:
    """Raise InvalidParameterError, a ValueError, if a parameter is outside its constraints."""
    estimator._validate_params()


def check_X(estimator: Any, X: Any, *, reset: bool) -> FloatMatrix:
    """Return X as the core reads it: float32 or float64, aligned, native byte order, at any strides.

    Missing values are NaN and infinities are ordinary values. Other numeric types become float64.
    """
    if np.ma.isMaskedArray(X):
        raise TypeError("X is a masked array; replace its masked entries, with NaN if they are missing values")
    if getattr(getattr(X, "dtype", None), "kind", "") in ("m", "M"):
        raise TypeError(f"X has dtype {X.dtype}; convert times to numbers in a unit of your choice")
    checked = validate_data(estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False)
    aligned: FloatMatrix = np.require(checked, requirements=["ALIGNED"])
    return aligned


def check_target(estimator: Any, y: Any) -> NDArray[Any]:
    """Return y as a finite one-dimensional array."""
    target: NDArray[Any] = _check_y(y, estimator=estimator)
    return target


def check_sample_weight(sample_weight: Any, X: FloatMatrix, *, name: str = "sample_weight") -> Float64:
    """Return finite, non-negative weights, not all zero, as float64."""
    weight: Float64 = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if not weight.any():  # scikit-learn below 1.9 accepts this
        raise ValueError(f"{name} is zero for every row; at least one weight must be positive")
    return weight


def check_monotonic_cst(estimator: Any) -> NDArray[np.int8]:
    """Return the monotonic constraint of each feature, -1, 0 or 1."""
    constraints: NDArray[np.int8] = _check_monotonic_cst(estimator, estimator.monotonic_cst)
    return constraints


def n_threads(n_jobs: int | None) -> int:
    """Translate `n_jobs` to the core's count: 0 is every allowed thread, negative counts back from all as in joblib."""
    if n_jobs is None:
        return 0
    if n_jobs < 0:
        return max(1, _core.get_num_threads() + 1 + int(n_jobs))
    return min(int(n_jobs), np.iinfo(np.int32).max)
