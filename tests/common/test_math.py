"""The own exp, log and what is made of them against extended precision, and the same bits at every SIMD level."""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest
from numpy.typing import NDArray

from hornbeam import _core
from hornbeam._core import testing

Array = NDArray[np.float64]

N = 200_000
LARGEST = np.finfo(np.float64).max
SMALLEST_SUBNORMAL = np.nextafter(0.0, 1.0)

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 63, reason="the reference needs a long double wider than double"
)


def reference_log1p_exp(x: NDArray[np.longdouble]) -> NDArray[np.longdouble]:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def reference_sigmoid(x: NDArray[np.longdouble]) -> NDArray[np.longdouble]:
    u = np.exp(-np.abs(x))
    return np.where(x < 0, u, np.longdouble(1)) / (1 + u)


def error_in_ulps(value: Array, exact: NDArray[np.longdouble]) -> float:
    spacing = np.spacing(np.abs(exact).astype(np.float64)).astype(np.longdouble)
    return float(np.max(np.abs(value.astype(np.longdouble) - exact) / spacing))


def uniform(low: float, high: float) -> Array:
    return np.random.default_rng(0).uniform(low, high, N)


def any_positive_double() -> Array:
    largest = int(np.float64(LARGEST).view(np.int64))
    return np.random.default_rng(0).integers(1, largest, N, endpoint=True).view(np.float64)


def subnormals() -> Array:
    return np.random.default_rng(0).integers(1, 2**52, N).view(np.float64)


# The bounds that the head of cpp/common/math.hpp states.
@pytest.mark.parametrize(
    ("function", "reference", "arguments", "bound"),
    [
        pytest.param(testing.exp, np.exp, uniform(-708, 709.78), 0.77, id="exp"),
        pytest.param(testing.exp, np.exp, uniform(-1, 1), 0.77, id="exp-small"),
        pytest.param(testing.exp, np.exp, uniform(-745.2, -708), 0.77, id="exp-to-subnormal"),
        pytest.param(testing.log, np.log, any_positive_double(), 0.85, id="log"),
        pytest.param(testing.log, np.log, uniform(0.5, 2), 0.85, id="log-near-one"),
        pytest.param(testing.log, np.log, subnormals(), 0.85, id="log-of-subnormal"),
        pytest.param(testing.log1p_exp, reference_log1p_exp, uniform(-40, 40), 2.0, id="log1p_exp"),
        pytest.param(testing.log1p_exp, reference_log1p_exp, uniform(-745, 745), 2.0, id="log1p_exp-wide"),
        pytest.param(testing.sigmoid, reference_sigmoid, uniform(-40, 40), 2.4, id="sigmoid"),
        pytest.param(testing.sigmoid, reference_sigmoid, uniform(-745, 745), 2.4, id="sigmoid-wide"),
    ],
)
def test_error_stays_below_the_stated_bound(
    function: Callable[[Array], Array],
    reference: Callable[[NDArray[np.longdouble]], NDArray[np.longdouble]],
    arguments: Array,
    bound: float,
) -> None:
    assert error_in_ulps(function(arguments), reference(arguments.astype(np.longdouble))) <= bound


def test_exp_and_log_agree_with_decimal_arithmetic() -> None:
    """An independent reference, in case long double is no better than it should be."""
    with localcontext() as context:
        context.prec = 60
        for x in (-700.25, -1.5, -1e-9, 1e-300, 0.3465, 1.0, 42.0, 709.7):
            exact = Decimal(x).exp()
            assert abs(Decimal(float(testing.exp(np.array([x]))[0])) - exact) <= exact * Decimal(2) ** -52
        for x in (5e-324, 1e-300, 0.70711, 0.999, 1.001, 1.4142, 3.0, 1e300):
            exact = Decimal(x).ln()
            assert abs(Decimal(float(testing.log(np.array([x]))[0])) - exact) <= abs(exact) * Decimal(2) ** -52


@pytest.mark.parametrize(
    ("function", "cases"),
    [
        pytest.param(
            testing.exp,
            {0.0: 1.0, np.inf: np.inf, -np.inf: 0.0, 709.79: np.inf, -745.14: 0.0, LARGEST: np.inf},
            id="exp",
        ),
        pytest.param(testing.exp, {-LARGEST: 0.0, -745.13: SMALLEST_SUBNORMAL}, id="exp-underflow"),
        pytest.param(
            testing.log,
            {0.0: -np.inf, 1.0: 0.0, np.inf: np.inf, -np.inf: np.nan, -1.0: np.nan},
            id="log",
        ),
        pytest.param(
            testing.log1p_exp, {np.inf: np.inf, -np.inf: 0.0, LARGEST: LARGEST, -LARGEST: 0.0}, id="log1p_exp"
        ),
        pytest.param(testing.sigmoid, {0.0: 0.5, np.inf: 1.0, -np.inf: 0.0, LARGEST: 1.0, -LARGEST: 0.0}, id="sigmoid"),
    ],
)
def test_special_values(function: Callable[[Array], Array], cases: dict[float, float]) -> None:
    np.testing.assert_array_equal(function(np.array([*cases, np.nan])), [*cases.values(), np.nan])


def test_zero_may_be_negative() -> None:
    assert testing.exp(np.array([-0.0]))[0] == 1
    assert testing.log(np.array([-0.0]))[0] == -np.inf


def test_sigmoid_keeps_its_digits_where_the_probability_is_tiny() -> None:
    assert testing.sigmoid(np.array([-720.0]))[0] == testing.exp(np.array([-720.0]))[0] > 0


@pytest.mark.isa
@pytest.mark.parametrize("level", _core.simd_levels())
def test_every_simd_level_gives_the_bits_of_the_scalar_function(level: str) -> None:
    x = np.concatenate([uniform(-40, 40)[:1003], uniform(-745, 745)[:1003], [0.0, -0.0, np.inf, -np.inf]])
    before = _core.simd_level()
    _core.set_simd_level(level)
    try:
        vectorised = _core.sigmoid(x)
    finally:
        _core.set_simd_level(before)
    np.testing.assert_array_equal(vectorised.view(np.int64), testing.sigmoid(x).view(np.int64))


@pytest.mark.skipif(platform.machine() != "x86_64" or sys.platform != "linux", reason="glibc's number for the mode")
def test_another_rounding_mode_of_the_caller_changes_nothing_and_is_kept() -> None:
    upward = 0x800
    libm = ctypes.CDLL("libm.so.6")
    x = uniform(-40, 40)[:1000]
    expected = testing.sigmoid(x)
    libm.fesetround(upward)
    try:
        found = testing.sigmoid(x)
        assert libm.fegetround() == upward
    finally:
        libm.fesetround(0)
    np.testing.assert_array_equal(found.view(np.int64), expected.view(np.int64))
