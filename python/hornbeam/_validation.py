"""Input checks that every estimator shares, and the only door to scikit-learn's private names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn._loss.loss import BaseLoss
from sklearn.base import _fit_context, is_classifier
from sklearn.utils import check_array
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
    validate_params,
)
from sklearn.utils.validation import _check_monotonic_cst, _check_sample_weight, _check_y, validate_data

from hornbeam import _core
from hornbeam._sparse import canonical, check_places

__all__ = [
    "NON_NEGATIVE_FLOAT",
    "N_JOBS_CONSTRAINT",
    "POSITIVE_FLOAT",
    "POSITIVE_OR_INFINITE",
    "ZERO_TO_INFINITE",
    "BaseLoss",
    "HasMethods",
    "Integral",
    "Interval",
    "InvalidParameterError",
    "Real",
    "RealNotInt",
    "StrOptions",
    "aligned",
    "check_X",
    "check_columns",
    "check_init_score",
    "check_integer",
    "check_monotonic_cst",
    "check_rows",
    "check_sample_weight",
    "check_share",
    "check_target",
    "check_targets",
    "columns_of",
    "fit_context",
    "n_threads",
    "reading",
    "validate_parameters",
    "validate_params",
]

Float64 = NDArray[np.float64]
FloatMatrix = NDArray[np.float64] | NDArray[np.float32]
FloatTable = Any  # a FloatMatrix, or compressed sparse rows, for which SciPy has no types
Params = ParamSpec("Params")
Result = TypeVar("Result")

# First words of the dtypes of times, in NumPy, pandas, polars and Arrow.
_TIMES = re.compile(r"(datetime|timedelta|timestamp|date|time|duration|period|month_day_nano_interval)(32|64)?\b", re.I)


class _FloatInterval(Interval):
    """An interval of what float64 holds: an integer may be too large for it, a fraction or a long double too small."""

    def __contains__(self, value: Any) -> bool:
        try:
            return bool(super().__contains__(float(value)))
        except OverflowError:
            return False


_SHARE = _FloatInterval(Real, 0, 1, closed="both")
POSITIVE_FLOAT = _FloatInterval(Real, 0, None, closed="neither")
NON_NEGATIVE_FLOAT = _FloatInterval(Real, 0, None, closed="left")
POSITIVE_OR_INFINITE = _FloatInterval(Real, 0, None, closed="right")
ZERO_TO_INFINITE = _FloatInterval(Real, 0, None, closed="both")

N_JOBS_CONSTRAINT = [Interval(Integral, None, -1, closed="right"), Interval(Integral, 1, None, closed="left"), None]


def fit_context(fit: Callable[Params, Result]) -> Callable[Params, Result]:
    """Validate the parameters before `fit` and tear the callbacks down after it."""
    decorated: Callable[Params, Result] = _fit_context(prefer_skip_nested_validation=True)(fit)
    return decorated


def validate_parameters(estimator: Any) -> None:
    """Raise InvalidParameterError, a ValueError, if a parameter is outside its constraints."""
    estimator._validate_params()


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Make what NumPy and scikit-learn raise while they read an argument a TypeError or ValueError that names it."""
    try:
        with np.errstate(over="raise", invalid="ignore"):
            yield
    except ArithmeticError as error:  # of a Python integer or of a NumPy cast
        raise ValueError(f"{name} has a value that is too large for float64") from error
    except (TypeError, ValueError) as error:
        if re.search(rf"\b{name}\b", str(error)):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{name}: {error}") from error


def columns_of(values: Any) -> list[tuple[Any, Any]]:
    """Name and dtype of the columns of a pandas or polars frame or an Arrow table; none of anything else."""
    if hasattr(values, "columns") and hasattr(values, "dtypes"):
        return list(zip(values.columns, values.dtypes, strict=True))
    if hasattr(values, "column_names") and hasattr(values, "schema"):
        return list(zip(values.column_names, values.schema.types, strict=True))
    return []


def _is_time(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") in ("m", "M") or _TIMES.match(str(dtype)) is not None


def _refuse_what_is_no_number(values: Any, name: str, *, allow_times: bool = False) -> None:
    """Refuse what NumPy would silently take for numbers that mean something else."""
    if np.ma.isMaskedArray(values):
        raise TypeError(
            f"{name} is a masked array; fill its masked entries (a missing feature is NaN) or drop the rows"
        )
    dtypes = {f"column {column!r} of {name}": dtype for column, dtype in columns_of(values)}
    for what, dtype in (dtypes or {name: getattr(values, "dtype", None)}).items():
        if _is_time(dtype) and not allow_times:
            raise TypeError(f"{what} has dtype {dtype}; convert times to numbers in a unit of your choice")
        if getattr(dtype, "kind", "") == "V":
            raise TypeError(f"{what} has dtype {dtype}; give every field a column of its own")


def _is_ready(estimator: Any, X: Any) -> bool:
    """Whether X is what `check_X` would return. Finding that out by its checks takes longer than a small prediction."""
    return (
        type(X) is np.ndarray
        and X.dtype.type in (np.float32, np.float64)
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == estimator.n_features_in_
        and X.dtype.isnative
        and X.flags.aligned
        and not hasattr(estimator, "feature_names_in_")
        and _steps_by_elements(X)
    )


def _steps_by_elements(X: FloatMatrix) -> bool:
    """Whether the strides count whole elements; those of a single row or column need not, aligned or not."""
    return all(stride % X.itemsize == 0 for stride in X.strides)


def aligned(X: NDArray[Any]) -> NDArray[Any]:
    """Return the array at addresses and strides of whole elements, as the core reads it."""
    X = np.require(X, requirements=["ALIGNED"])
    return X if _steps_by_elements(X) else X.copy()


def check_X(estimator: Any, X: Any, *, reset: bool, name: str = "X") -> FloatTable:
    """Return X as the core reads it: float32 or float64, aligned, native byte order, at any strides.

    Missing values are NaN and infinities are ordinary values. Other numeric types become float64. What is
    sparse becomes compressed sparse rows, with ascending columns.
    """
    if not reset and _is_ready(estimator, X):
        return X
    checked = _checked(estimator, X, name, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False)
    return checked if issparse(checked) else aligned(checked)


def check_rows(estimator: Any, X: Any, *, reset: bool, allow_nan: bool = False, name: str = "X") -> Any:
    """Return X as numbers of the type it has, finite or, if allowed, NaN; what is sparse as compressed sparse rows."""
    finite = "allow-nan" if allow_nan else True
    return _checked(estimator, X, name, reset=reset, dtype="numeric", ensure_all_finite=finite)


def _checked(estimator: Any, X: Any, name: str, **options: Any) -> Any:
    _refuse_what_is_no_number(X, name)
    if hasattr(X, "columns") and len(X.columns) == 0:  # scikit-learn would miss a dtype
        raise ValueError(f"{name} has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required")
    if issparse(X):
        check_places(X, name)
    with reading(name):
        checked = validate_data(estimator, X, accept_sparse="csr", **options)
    return canonical(checked) if issparse(checked) else checked


def check_columns(estimator: Any, X: Any) -> None:
    """Raise what scikit-learn raises for columns of other names or another number than those of the fit."""
    validate_data(estimator, X, reset=False, skip_check_array=True)


def check_target(estimator: Any, y: Any, *, name: str = "y") -> NDArray[Any]:
    """Return y as a finite one-dimensional array. Times may be class labels, but no numbers to predict."""
    _refuse_what_is_no_number(y, name, allow_times=is_classifier(estimator))
    with reading(name):
        target: NDArray[Any] = _check_y(y)
    if target.dtype.kind in "mM" and np.isnat(target).any():
        raise ValueError(f"{name} contains NaT")
    return target


def check_targets(estimator: Any, y: Any, *, name: str = "y") -> NDArray[Any]:
    """Return y as a finite array of shape (n_samples,) or (n_samples, n_outputs). Times may be class labels alone."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires {name} to be passed, but the target {name} is None."
        )
    _refuse_what_is_no_number(y, name, allow_times=is_classifier(estimator))
    with reading(name):
        target = _check_y(y, multi_output=True)
    if issparse(target):
        target = target.toarray()
    if target.dtype.kind in "mM" and np.isnat(target).any():
        raise ValueError(f"{name} contains NaT")
    return np.asarray(target)


def check_sample_weight(sample_weight: Any, X: FloatTable, *, name: str = "sample_weight") -> Float64:
    """Return finite, non-negative weights, not all zero, as float64."""
    _refuse_what_is_no_number(sample_weight, name)
    with reading(name):
        weight: Float64 = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if not 0 < weight.max() < np.inf:  # scikit-learn lets one number through, and zeros below 1.9
        raise ValueError(f"{name} must be finite and not zero for every row; the largest is {weight.max()}")
    return weight


def check_init_score(init_score: Any, n_rows: int, n_outputs: int, *, name: str = "init_score") -> Float64:
    """Return finite raw scores of shape (n_rows, n_outputs); with one output the user may leave out that dimension."""
    _refuse_what_is_no_number(init_score, name)
    with reading(name):
        scores = check_array(init_score, dtype=np.float64, ensure_2d=False, ensure_min_samples=0, input_name=name)
    shapes = [(n_rows, n_outputs)] if n_outputs > 1 else [(n_rows,), (n_rows, 1)]
    if scores.shape not in shapes:
        expected = " or ".join(str(shape) for shape in shapes)
        raise ValueError(f"{name} must have shape {expected}, got {scores.shape}")
    return np.require(scores.reshape(n_rows, n_outputs), requirements=["C", "ALIGNED"])


def check_monotonic_cst(estimator: Any) -> NDArray[np.int8]:
    """Return the monotonic constraint of each feature, -1, 0 or 1."""
    with reading("monotonic_cst"):
        constraints: NDArray[np.int8] = _check_monotonic_cst(estimator, estimator.monotonic_cst)
    if constraints.ndim != 1:
        raise ValueError(f"monotonic_cst must have one dimension, got shape {constraints.shape}")
    return constraints


def n_threads(n_jobs: Any) -> int:
    """Translate `n_jobs` to the core's count: 0 is every allowed thread, negative counts back from all as in joblib."""
    if n_jobs is None:
        return 0
    if not isinstance(n_jobs, Integral) or n_jobs == 0:  # set after fit, which would have refused it
        raise ValueError(f"n_jobs must be None or an integer other than 0, got {n_jobs!r}")
    if n_jobs < 0:
        return max(1, _core.get_num_threads() + 1 + int(n_jobs))
    return min(int(n_jobs), np.iinfo(np.int32).max)


def check_integer(value: Any, low: int, high: int | None, name: str) -> int:
    """Return an integer between bounds, both allowed; no `high` is no bound."""
    if not isinstance(value, bool) and isinstance(value, Integral):
        number = int(value)
        if number >= low and (high is None or number <= high):
            return number
    allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
    raise ValueError(f"{name} must be an integer {allowed}, got {value!r}")


def check_share(value: Any, name: str) -> float:
    """Return a number from 0 to 1."""
    if not isinstance(value, bool) and _SHARE.is_satisfied_by(value):
        return float(value)
    raise ValueError(f"{name} must be a number from 0 to 1, got {value!r}")
