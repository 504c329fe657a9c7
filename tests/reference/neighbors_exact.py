"""Distances as exact rational numbers, and how far from them a computation in float64 may be.

A float64 is a rational number, so whether one row is truly nearer than another can be decided without rounding.
The bounds hold for the direct form summed in any order, with or without fused multiply-add (Higham, Accuracy and
Stability of Numerical Algorithms, 2nd edition, lemma 3.1: n factors 1 + delta with |delta| <= u differ from 1 by at
most n u / (1 - n u), which is at most (n + 1) u as long as n (n + 1) u <= 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Vector = Sequence[float] | npt.NDArray[np.generic]

UNIT_ROUNDOFF = Fraction(1, 2**53)
SMALLEST_POSITIVE = Fraction(1, 2**1074)


def fractions(x: Vector) -> list[Fraction]:
    return [Fraction(float(value)) for value in x]


def differences(q: Vector, y: Vector) -> list[Fraction]:
    return [a - b for a, b in zip(fractions(q), fractions(y), strict=True)]


def products(q: Vector, y: Vector) -> list[Fraction]:
    return [a * b for a, b in zip(fractions(q), fractions(y), strict=True)]


def exact_squared_euclidean(q: Vector, y: Vector) -> Fraction:
    """Return ``sum (q_i - y_i)^2``."""
    return sum((t * t for t in differences(q, y)), Fraction())


def exact_manhattan(q: Vector, y: Vector) -> Fraction:
    """Return ``sum |q_i - y_i|``."""
    return sum((abs(t) for t in differences(q, y)), Fraction())


def exact_chebyshev(q: Vector, y: Vector) -> Fraction:
    """Return ``max |q_i - y_i|``."""
    return max(abs(t) for t in differences(q, y))


def exact_inner_product(q: Vector, y: Vector) -> Fraction:
    """Return ``sum q_i y_i``."""
    return sum(products(q, y), Fraction())


class RationalMetric(NamedTuple):
    """A reduced distance that is a rational number, and what bounds the rounding errors of computing it.

    Attributes
    ----------
    value : callable
        The exact reduced distance of two vectors.
    error : callable
        The bound in terms of the scale and the number of coordinates.
    scale : callable or None
        The sum of the absolute values of its terms, to which its errors are relative; None if that is the value.
    """

    value: Callable[[Vector, Vector], Fraction]
    error: Callable[[Fraction, int], Fraction]
    scale: Callable[[Vector, Vector], Fraction] | None = None

    def value_and_error(self, q: Vector, y: Vector) -> tuple[Fraction, Fraction]:
        """Return the exact value, and how far from it any order of the additions may end."""
        value = self.value(q, y)
        scale = value if self.scale is None else self.scale(q, y)
        # Sums of zeros, and of integers up to 2^53, are never rounded: equal distances are computed as equal.
        if scale == 0 or (scale <= 2**53 and are_integers(q, y)):
            return value, Fraction()
        return value, self.error(scale, len(q))


def are_integers(*vectors: Vector) -> bool:
    return all(float(value).is_integer() for x in vectors for value in x)


def squares_error(scale: Fraction, d: int) -> Fraction:
    """Return the bound for a sum of ``d`` squares of differences.

    A term has a rounded difference, twice, and a rounded product, and takes part in at most d - 1 additions: d + 2
    factors. A square below the normal numbers is off by up to half the smallest positive number besides.
    """
    return (d + 3) * UNIT_ROUNDOFF * scale + d * SMALLEST_POSITIVE


def absolute_differences_error(scale: Fraction, d: int) -> Fraction:
    """Return the bound for a sum of ``d`` differences: d factors; differences and sums do not underflow."""
    return (d + 1) * UNIT_ROUNDOFF * scale


def products_error(scale: Fraction, d: int) -> Fraction:
    """Return the bound for a sum of ``d`` products: d factors, and underflow as for squares."""
    return (d + 1) * UNIT_ROUNDOFF * scale + d * SMALLEST_POSITIVE


def one_difference_error(scale: Fraction, d: int) -> Fraction:
    """Return the bound for the largest of ``d`` differences: taking the largest does not round."""
    return UNIT_ROUNDOFF * scale


def minus_inner_product(q: Vector, y: Vector) -> Fraction:
    return -exact_inner_product(q, y)


def absolute_products(q: Vector, y: Vector) -> Fraction:
    return sum((abs(t) for t in products(q, y)), Fraction())


SQUARED_EUCLIDEAN = RationalMetric(exact_squared_euclidean, squares_error)

RATIONAL_METRICS = {
    "sqeuclidean": SQUARED_EUCLIDEAN,
    "euclidean": SQUARED_EUCLIDEAN,
    "manhattan": RationalMetric(exact_manhattan, absolute_differences_error),
    "chebyshev": RationalMetric(exact_chebyshev, one_difference_error),
    "inner_product": RationalMetric(minus_inner_product, products_error, absolute_products),
}
