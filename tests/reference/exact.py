"""Order-free sums of real numbers (docs/boosting.md, section 4), in arbitrary precision.

A sum of float64 depends on its order; a sum of integers does not. Each value becomes two integers on a
grid that all rows share, the integers are summed exactly, and the total is rounded to float64 once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


def binary_exponent(x: float) -> int:
    """Return the ``e`` with ``2^(e-1) <= |x| < 2^e``; 0 for zero."""
    return math.frexp(x)[1]


def power_of_two(exponent: int) -> Fraction:
    return Fraction(2) ** exponent


def ldexp(x: float, exponent: int) -> float:
    """Return ``x * 2^exponent`` rounded to float64; too large is infinite."""
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)


def largest_exponent(x: float, cap: int) -> int:
    """Return the largest integer ``k`` with ``2^k * x <= cap``."""
    k = cap.bit_length() - binary_exponent(x)
    while power_of_two(k) * Fraction(x) > cap:
        k -= 1
    return k


@dataclass(frozen=True)
class FixedPoint:
    """The grid on which a column of values is summed: units of ``2^exponent``, ``shift`` bits twice."""

    exponent: int
    shift: int

    @classmethod
    def for_values(cls, values: Iterable[float], total_count: int) -> FixedPoint:
        largest = max(abs(float(x)) for x in values)
        # ceil(log2(N + 1)) is the number of binary digits of N.
        return cls(binary_exponent(largest), 61 - total_count.bit_length())

    def integers(self, x: float) -> tuple[int, int]:
        scaled = Fraction(float(x)) * power_of_two(self.shift - self.exponent)
        high = round(scaled)
        low = round((scaled - high) * 2**self.shift)
        return high, low

    def sum(self, values: Iterable[float], counts: Iterable[int]) -> float:
        """Return the sum of ``count * value`` in units of ``2^exponent``."""
        high_sum = low_sum = 0
        for x, count in zip(values, counts, strict=True):
            high, low = self.integers(x)
            high_sum += int(count) * high
            low_sum += int(count) * low
        return math.ldexp(float(high_sum * 2**self.shift + low_sum), -2 * self.shift)


def order_free_sum(values: Iterable[float], counts: Iterable[int]) -> float:
    """Return the sum of ``count * value``, the same for every order of the rows."""
    values, counts = list(values), [int(c) for c in counts]
    grid = FixedPoint.for_values(values, sum(counts))
    return ldexp(grid.sum(values, counts), grid.exponent)


def weighted_mean(values: Iterable[float], counts: Iterable[int], factors: Iterable[float]) -> float:
    """Return ``sum(c u x) / sum(c u)``; the powers of two are applied last, so that no sum overflows."""
    counts, factors = [int(c) for c in counts], [float(u) for u in factors]
    values = [float(x) for x in values]
    if not all(math.isfinite(x) for x in values):
        return math.nan
    x_exponent = binary_exponent(max(abs(x) for x in values))
    products = [u * ldexp(x, -x_exponent) for u, x in zip(factors, values, strict=True)]
    numerator = FixedPoint.for_values(products, sum(counts))
    denominator = FixedPoint.for_values(factors, sum(counts))
    ratio = numerator.sum(products, counts) / denominator.sum(factors, counts)
    return ldexp(ratio, numerator.exponent - denominator.exponent + x_exponent)
