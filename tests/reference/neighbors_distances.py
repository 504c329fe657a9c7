"""Distances between two vectors, one function per metric.

Every metric has a *reduced* distance, which orders like the distance and needs no root; neighbours are chosen by it.
Definitions follow scikit-learn's DistanceMetric and metrics.pairwise, and scipy.spatial.distance.

All is float64. Terms that are not negative are rounded one by one and added without further rounding (math.fsum). Where
terms may cancel (inner product, cosine, correlation, Mahalanobis) the sum is an exact rational number, rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.neighbors_exact import Vector, differences, exact_inner_product, fractions

Matrix = Sequence[Vector] | npt.NDArray[np.generic]


def reduced_distance(metric: str, q: Vector, y: Vector, **params: Any) -> float:
    """Return what orders the rows ``y`` by their distance from the query ``q``.

    Parameters
    ----------
    metric : a key of METRICS
    q, y : vectors of equal length
    **params : what the metric needs besides: ``p`` and ``w`` (minkowski), ``V`` (seuclidean), ``VI`` (mahalanobis)
    """
    return METRICS[metric].reduced(q, y, **params)


def distance_from_reduced(metric: str, r: float, **params: Any) -> float:
    """Return the distance whose reduced distance is ``r``."""
    return METRICS[metric].distance(r, **params)


def pairs(q: Vector, y: Vector) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in zip(q, y, strict=True)]


def total(terms: Iterable[float]) -> float:
    """Return the sum of terms that are not negative, rounded once; too large is infinite."""
    try:
        return math.fsum(terms)
    except OverflowError:
        return math.inf


def rounded(x: Fraction) -> float:
    """Return the nearest float64; too large is infinite."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def power(x: float, p: float) -> float:
    """Return ``x^p`` for ``x >= 0``; too large is infinite."""
    try:
        return math.pow(x, p)
    except OverflowError:
        return math.inf


def ratio(a: float, b: float) -> float:
    """Return ``a / b``; nothing over nothing is nothing."""
    return a / b if b != 0.0 else 0.0


# Minkowski's family ---------------------------------------------------------------------------------------


def squared_euclidean(q: Vector, y: Vector) -> float:
    """Return ``sum (q_i - y_i)^2``."""
    return total((a - b) * (a - b) for a, b in pairs(q, y))


def manhattan(q: Vector, y: Vector) -> float:
    """Return ``sum |q_i - y_i|``."""
    return total(abs(a - b) for a, b in pairs(q, y))


def chebyshev(q: Vector, y: Vector) -> float:
    """Return ``max |q_i - y_i|``."""
    return max(abs(a - b) for a, b in pairs(q, y))


def minkowski(q: Vector, y: Vector, p: float = 2.0, w: Vector | None = None) -> float:
    """Return ``sum w_i |q_i - y_i|^p``, the p-th power of the distance; weights are 1 unless given."""
    if not 1.0 <= p < math.inf:
        raise ValueError(f"p must be finite and at least 1, got {p}; the limit p = inf is chebyshev")
    weights = [1.0] * len(q) if w is None else [float(weight) for weight in w]
    return total(weight * power(abs(a - b), p) for weight, (a, b) in zip(weights, pairs(q, y), strict=True))


def standardised_euclidean(q: Vector, y: Vector, V: Vector) -> float:
    """Return ``sum (q_i - y_i)^2 / V_i`` for positive variances ``V``."""
    return total((a - b) * (a - b) / float(v) for v, (a, b) in zip(V, pairs(q, y), strict=True))


def mahalanobis(q: Vector, y: Vector, VI: Matrix) -> float:
    """Return ``(q - y)^T VI (q - y)``; VI, the inverse covariance, is symmetric and positive semi-definite.

    A VI that rounding has made slightly indefinite may give less than 0; it is 0 then.
    """
    t = differences(q, y)
    terms = (a * v * b for a, row in zip(t, VI, strict=True) for v, b in zip(fractions(row), t, strict=True))
    return max(rounded(sum(terms, Fraction())), 0.0)


def nan_euclidean(q: Vector, y: Vector) -> float:
    """Return ``n / m`` times the sum of ``(q_i - y_i)^2`` over the m of n coordinates present in both.

    A missing value is NaN. Without a coordinate in common the distance is NaN. Dixon 1979.
    """
    squares = [(a - b) * (a - b) for a, b in pairs(q, y) if not (math.isnan(a) or math.isnan(b))]
    return total(squares) * len(q) / len(squares) if squares else math.nan


# Angles ---------------------------------------------------------------------------------------------------


def inner_product(q: Vector, y: Vector) -> float:
    """Return ``-sum q_i y_i``: the larger the product, the nearer."""
    return rounded(-exact_inner_product(q, y))


def cosine(q: Vector, y: Vector) -> float:
    """Return ``1 - <q, y> / (|q| |y|)``; a vector of zeros has distance 1 from everything, itself included."""
    return one_minus_cosine(fractions(q), fractions(y), undefined=1.0)


def correlation(q: Vector, y: Vector) -> float:
    """Return 1 less Pearson's correlation: the cosine distance of ``q - mean(q)`` and ``y - mean(y)``.

    A constant vector has no correlation; the distance is NaN then.
    """
    return one_minus_cosine(centred(q), centred(y), undefined=math.nan)


def centred(x: Vector) -> list[Fraction]:
    values = fractions(x)
    mean = sum(values, Fraction()) / len(values)
    return [value - mean for value in values]


def one_minus_cosine(q: Sequence[Fraction], y: Sequence[Fraction], undefined: float) -> float:
    """Return ``1 - c`` as ``(1 - c^2) / (1 + c)``, whose numerator is rational: small angles do not cancel."""
    dot = sum((a * b for a, b in zip(q, y, strict=True)), Fraction())
    squared_norms = sum((a * a for a in q), Fraction()) * sum((b * b for b in y), Fraction())
    if squared_norms == 0:
        return undefined
    squared = dot * dot / squared_norms
    magnitude = math.sqrt(squared)
    return 1.0 + magnitude if dot < 0 else float(1 - squared) / (1.0 + magnitude)


def haversine(q: Vector, y: Vector) -> float:
    """Return ``sin^2(dlat / 2) + cos(lat_q) cos(lat_y) sin^2(dlon / 2)``, latitude and longitude in radians.

    The great-circle distance on the unit sphere is twice the arc sine of the root.
    """
    (lat_q, lat_y), (lon_q, lon_y) = pairs(q, y)
    north, east = math.sin((lat_q - lat_y) / 2.0), math.sin((lon_q - lon_y) / 2.0)
    return north * north + math.cos(lat_q) * math.cos(lat_y) * (east * east)


# Shares and counts ----------------------------------------------------------------------------------------


def canberra(q: Vector, y: Vector) -> float:
    """Return ``sum |q_i - y_i| / (|q_i| + |y_i|)`` with 0 / 0 = 0."""
    return total(ratio(abs(a - b), abs(a) + abs(b)) for a, b in pairs(q, y))


def bray_curtis(q: Vector, y: Vector) -> float:
    """Return ``sum |q_i - y_i| / sum (|q_i| + |y_i|)`` with 0 / 0 = 0.

    SciPy has ``|q_i + y_i|`` below the line, which differs where signs differ; this is scikit-learn's.
    """
    return ratio(manhattan(q, y), total(abs(value) for pair in pairs(q, y) for value in pair))


def hamming(q: Vector, y: Vector) -> float:
    """Return the share of coordinates that differ."""
    return sum(a != b for a, b in pairs(q, y)) / len(q)


def jaccard(q: Vector, y: Vector) -> float:
    """Return the share that differs of the coordinates set in either; set is not 0; 0 if none is set."""
    bits = [(a != 0.0, b != 0.0) for a, b in pairs(q, y)]
    return ratio(sum(a != b for a, b in bits), sum(a or b for a, b in bits))


# From reduced distances to distances ----------------------------------------------------------------------


def unchanged(r: float) -> float:
    return r


def square_root(r: float, **params: Any) -> float:
    return math.sqrt(r)


def root_of_degree_p(r: float, p: float = 2.0, w: Vector | None = None) -> float:
    return math.pow(r, 1.0 / p)


def arc(r: float) -> float:
    """Return the angle; what rounding put beyond the antipode is the antipode."""
    return 2.0 * math.asin(math.sqrt(min(r, 1.0)))


@dataclass(frozen=True)
class Metric:
    reduced: Callable[..., float]
    distance: Callable[..., float] = unchanged


METRICS = {
    "sqeuclidean": Metric(squared_euclidean),
    "euclidean": Metric(squared_euclidean, square_root),
    "manhattan": Metric(manhattan),
    "chebyshev": Metric(chebyshev),
    "minkowski": Metric(minkowski, root_of_degree_p),
    "cosine": Metric(cosine),
    "inner_product": Metric(inner_product),
    "correlation": Metric(correlation),
    "canberra": Metric(canberra),
    "braycurtis": Metric(bray_curtis),
    "hamming": Metric(hamming),
    "jaccard": Metric(jaccard),
    "nan_euclidean": Metric(nan_euclidean, square_root),
    "haversine": Metric(haversine, arc),
    "mahalanobis": Metric(mahalanobis, square_root),
    "seuclidean": Metric(standardised_euclidean, square_root),
}
