"""The twin's distances, against cases worked out by hand, scikit-learn and SciPy."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.metrics import DistanceMetric
from sklearn.metrics.pairwise import cosine_distances, nan_euclidean_distances

from tests.reference.neighbors_distances import METRICS, distance_from_reduced, reduced_distance
from tests.reference.neighbors_exact import (
    exact_chebyshev,
    exact_inner_product,
    exact_manhattan,
    exact_squared_euclidean,
)

Floats = NDArray[np.float64]

NAN = math.nan
VI = [[2.0, 0.5], [0.5, 1.0]]
PARAMS: dict[str, dict[str, Any]] = {
    "minkowski": {"p": 3.0, "w": [2.0, 0.5]},
    "mahalanobis": {"VI": VI},
    "seuclidean": {"V": [4.0, 0.25]},
}
TRUE_METRICS = ["euclidean", "manhattan", "chebyshev", "minkowski", "canberra", "hamming", "jaccard", "haversine"]
TRUE_METRICS += ["mahalanobis", "seuclidean"]


def distance(metric: str, q: Any, y: Any, **params: Any) -> float:
    return distance_from_reduced(metric, reduced_distance(metric, q, y, **params), **params)


def all_distances(metric: str, Q: Any, X: Any, **params: Any) -> Floats:
    return np.array([[distance(metric, q, y, **params) for y in X] for q in Q])


@pytest.mark.parametrize(
    ("metric", "q", "y", "params", "reduced", "expected"),
    [
        ("sqeuclidean", [1.0, 2.0], [4.0, -2.0], {}, 25.0, 25.0),
        ("euclidean", [1.0, 2.0], [4.0, -2.0], {}, 25.0, 5.0),
        ("manhattan", [1.0, 2.0], [4.0, -2.0], {}, 7.0, 7.0),
        ("chebyshev", [1.0, 2.0], [4.0, -2.0], {}, 4.0, 4.0),
        ("minkowski", [1.0, 2.0], [4.0, -2.0], {}, 25.0, 5.0),
        ("minkowski", [0.0, 0.0], [2.0, 0.0], {"p": 3.0}, 8.0, 2.0),
        ("minkowski", [1.0, 2.0], [4.0, -2.0], {"p": 2.0, "w": [4.0, 0.0]}, 36.0, 6.0),
        ("minkowski", [1.0, 2.0], [4.0, -2.0], {"p": 1.0, "w": [1.0, 0.5]}, 5.0, 5.0),
        ("cosine", [3.0, 4.0], [4.0, 3.0], {}, 1 / 25, 1 / 25),
        ("cosine", [3.0, 0.0], [0.0, 1e-300], {}, 1.0, 1.0),
        ("cosine", [1e300, 1e300], [-1e-300, -1e-300], {}, 2.0, 2.0),
        ("cosine", [0.1, 0.2, 0.3], [0.2, 0.4, 0.6], {}, 0.0, 0.0),
        ("cosine", [0.0, 0.0], [1.0, 2.0], {}, 1.0, 1.0),
        ("cosine", [0.0, 0.0], [0.0, 0.0], {}, 1.0, 1.0),
        ("inner_product", [1.0, 2.0], [4.0, -3.0], {}, 2.0, 2.0),
        ("inner_product", [1e308, 1.0, 1e308], [10.0, 1.0, -10.0], {}, -1.0, -1.0),
        ("correlation", [1.0, 2.0, 3.0], [5.0, 7.0, 9.0], {}, 0.0, 0.0),
        ("correlation", [1.0, 2.0, 3.0], [3.0, 2.0, 1.0], {}, 2.0, 2.0),
        ("correlation", [1.0, 2.0, 3.0], [2.0, 3.0, 2.0], {}, 1.0, 1.0),
        ("correlation", [0.1, 0.1, 0.1], [1.0, 2.0, 3.0], {}, NAN, NAN),
        ("canberra", [0.0, 1.0, 2.0], [0.0, 3.0, -2.0], {}, 1.5, 1.5),
        ("braycurtis", [0.0, 1.0, 2.0], [0.0, 3.0, -2.0], {}, 0.75, 0.75),
        ("braycurtis", [0.0, 0.0], [0.0, 0.0], {}, 0.0, 0.0),
        ("hamming", [0.0, 1.0, 2.0, 5.0], [-0.0, 3.0, 2.0, 5.0], {}, 0.25, 0.25),
        ("jaccard", [0.0, 1.0, 2.0, 0.0], [-0.0, 3.0, 0.0, 0.0], {}, 0.5, 0.5),
        ("jaccard", [0.0, 0.0], [0.0, 0.0], {}, 0.0, 0.0),
        ("nan_euclidean", [3.0, NAN, NAN, 6.0], [1.0, NAN, 4.0, 5.0], {}, 10.0, math.sqrt(10)),
        ("nan_euclidean", [NAN, 1.0], [1.0, NAN], {}, NAN, NAN),
        ("haversine", [0.0, 0.0], [0.0, math.pi], {}, 1.0, math.pi),
        ("haversine", [0.0, 1.0], [math.pi / 2, 3.0], {}, 0.5, math.pi / 2),
        ("mahalanobis", [1.0, 2.0], [0.0, 1.0], {"VI": VI}, 4.0, 2.0),
        ("mahalanobis", [1.0, -1.0], [0.0, 0.0], {"VI": [[1.0, 1.0], [1.0, 1.0]]}, 0.0, 0.0),
        ("seuclidean", [1.0, 2.0], [5.0, 1.0], {"V": [4.0, 0.25]}, 8.0, math.sqrt(8)),
    ],
)
def test_distances_worked_out_by_hand(
    metric: str, q: list[float], y: list[float], params: dict[str, Any], reduced: float, expected: float
) -> None:
    assert reduced_distance(metric, q, y, **params) == pytest.approx(reduced, rel=1e-15, abs=0, nan_ok=True)
    assert distance(metric, q, y, **params) == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True)


@pytest.mark.parametrize("metric", ["sqeuclidean", "euclidean", "manhattan", "minkowski", "inner_product"])
def test_what_float64_cannot_hold_is_infinite(metric: str) -> None:
    huge = [1.7e308, 1.7e308]
    assert abs(distance(metric, huge, [-1.7e308, -1.7e308])) == math.inf


@pytest.mark.parametrize("p", [0.5, math.inf, NAN])
def test_minkowski_refuses_degrees_that_have_no_reduced_distance(p: float) -> None:
    with pytest.raises(ValueError, match="p must be finite and at least 1"):
        reduced_distance("minkowski", [1.0], [2.0], p=p)


def test_the_angle_between_nearly_parallel_vectors_does_not_cancel() -> None:
    # 1 - cos(t) = t^2 / 2 for the angle t = 1e-9; computed as 1 - <q, y> / (|q| |y|) it would be 0.
    assert distance("cosine", [1.0, 0.0], [1.0, 1e-9]) == pytest.approx(5e-19, rel=1e-15)


def matrices(n_features: int, seed: int) -> tuple[Floats, Floats]:
    """Two matrices with zeros, rows of zeros, equal rows within and between them."""
    rng = np.random.default_rng(seed)
    Q, X = rng.normal(size=(6, n_features)), rng.normal(size=(9, n_features))
    Q[:2], X[:3] = np.rint(Q[:2]), np.rint(X[:3])
    Q[3], X[4], X[5], X[6] = 0.0, 0.0, X[7], Q[4]
    return Q, X


@pytest.mark.parametrize("n_features", [1, 2, 7])
@pytest.mark.parametrize(
    "metric", ["sqeuclidean", "euclidean", "cityblock", "chebyshev", "minkowski", "canberra", "hamming", "seuclidean"]
)
def test_distances_equal_those_of_scipy(metric: str, n_features: int) -> None:
    Q, X = matrices(n_features, seed=n_features)
    positive = np.linspace(0.5, 2.0, n_features)
    options: dict[str, dict[str, Any]] = {"minkowski": {"p": 3.5, "w": positive}, "seuclidean": {"V": positive}}
    params = options.get(metric, {})
    ours = all_distances("manhattan" if metric == "cityblock" else metric, Q, X, **params)
    np.testing.assert_allclose(ours, cdist(Q, X, metric, **params), rtol=1e-14, atol=0)


@pytest.mark.parametrize("n_features", [1, 2, 7])
def test_mahalanobis_equals_that_of_scipy(n_features: int) -> None:
    Q, X = matrices(n_features, seed=n_features)
    root = np.random.default_rng(0).normal(size=(n_features, n_features))
    inverse = root @ root.T
    expected = cdist(Q, X, "mahalanobis", VI=inverse)
    np.testing.assert_allclose(all_distances("mahalanobis", Q, X, VI=inverse), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("n_features", [2, 7])
def test_correlation_equals_that_of_scipy(n_features: int) -> None:
    Q, X = np.random.default_rng(1).normal(size=(2, 5, n_features))
    ours = all_distances("correlation", Q, X)
    np.testing.assert_allclose(ours, cdist(Q, X, "correlation"), rtol=0, atol=1e-14)


@pytest.mark.parametrize("n_features", [1, 2, 7])
@pytest.mark.parametrize("metric", ["manhattan", "chebyshev", "canberra", "braycurtis", "hamming"])
def test_distances_equal_those_of_scikit_learn(metric: str, n_features: int) -> None:
    Q, X = matrices(n_features, seed=n_features)
    expected = DistanceMetric.get_metric(metric).pairwise(Q, X)
    np.testing.assert_allclose(all_distances(metric, Q, X), expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("n_features", [1, 2, 7])
def test_jaccard_equals_that_of_scikit_learn_on_booleans(n_features: int) -> None:
    Q, X = (np.rint(table) for table in matrices(n_features, seed=n_features))
    expected = DistanceMetric.get_metric("jaccard").pairwise(Q != 0, X != 0)
    np.testing.assert_array_equal(all_distances("jaccard", Q, X), expected)


@pytest.mark.parametrize("n_features", [1, 2, 7])
def test_cosine_equals_that_of_scikit_learn_zero_vectors_included(n_features: int) -> None:
    Q, X = matrices(n_features, seed=n_features)
    np.testing.assert_allclose(all_distances("cosine", Q, X), cosine_distances(Q, X), rtol=0, atol=1e-15)


@pytest.mark.parametrize("n_features", [1, 2, 7])
def test_nan_euclidean_equals_that_of_scikit_learn(n_features: int) -> None:
    Q, X = matrices(n_features, seed=n_features)
    rng = np.random.default_rng(2)
    Q[rng.random(Q.shape) < 0.4], X[rng.random(X.shape) < 0.4] = NAN, NAN
    expected = nan_euclidean_distances(Q, X)
    assert np.isnan(expected).any()
    np.testing.assert_allclose(all_distances("nan_euclidean", Q, X), expected, rtol=1e-13, atol=1e-7)


def test_haversine_equals_that_of_scikit_learn() -> None:
    Q, X = np.random.default_rng(3).uniform([-np.pi / 2, -np.pi], [np.pi / 2, np.pi], size=(2, 8, 2))
    expected = DistanceMetric.get_metric("haversine").pairwise(Q, X)
    np.testing.assert_allclose(all_distances("haversine", Q, X), expected, rtol=1e-14, atol=0)


POINTS = hnp.arrays(np.float64, (3, 2), elements=st.one_of(st.integers(-2, 2), st.floats(-1.5, 1.5, width=32)))


@given(points=POINTS)
def test_every_distance_is_symmetric(points: Floats) -> None:
    a, b, _ = points
    for metric in METRICS:
        there, back = (reduced_distance(metric, *pair, **PARAMS.get(metric, {})) for pair in ((a, b), (b, a)))
        np.testing.assert_equal(there, back, err_msg=metric)


@given(points=POINTS)
def test_true_metrics_obey_the_triangle_inequality(points: Floats) -> None:
    points = np.clip(points, -1.5, 1.5)  # latitudes end at pi / 2
    for metric in TRUE_METRICS:
        a, b, c = (distance(metric, *pair, **PARAMS.get(metric, {})) for pair in itertools.combinations(points, 2))
        # Near the antipode the arc sine turns an error of u into one of sqrt(u).
        slack = 1e-7 if metric == "haversine" else 1e-100
        assert 2 * max(a, b, c) <= (a + b + c) * (1 + 1e-9) + slack, metric


@given(points=POINTS)
def test_a_row_has_distance_zero_from_itself(points: Floats) -> None:
    for metric in METRICS.keys() - {"cosine", "correlation", "inner_product"}:
        assert distance(metric, points[0], points[0], **PARAMS.get(metric, {})) == 0.0, metric


@given(points=hnp.arrays(np.float64, (2, 5), elements=st.floats(-1e150, 1e150)))
def test_float64_distances_are_within_the_bounds_of_the_exact_ones(points: Floats) -> None:
    q, y = points
    u, tiny = Fraction(1, 2**53), Fraction(5, 2**1074)
    exact = exact_squared_euclidean(q, y)
    assert abs(Fraction(reduced_distance("sqeuclidean", q, y)) - exact) <= 8 * u * exact + tiny
    assert abs(Fraction(reduced_distance("manhattan", q, y)) - exact_manhattan(q, y)) <= 6 * u * exact_manhattan(q, y)
    assert abs(Fraction(reduced_distance("chebyshev", q, y)) - exact_chebyshev(q, y)) <= u * exact_chebyshev(q, y)
    product = exact_inner_product(q, y)
    assert abs(Fraction(-reduced_distance("inner_product", q, y)) - product) <= u * abs(product) + tiny


def test_exact_values_are_not_rounded() -> None:
    q, y = [0.1, 1e200, 1.0], [0.3, 1e-200, 1.0]
    tenths, large = Fraction(0.3) - Fraction(0.1), Fraction(1e200) - Fraction(1e-200)
    assert exact_squared_euclidean(q, y) == tenths**2 + large**2
    assert exact_manhattan(q, y) == tenths + large
    assert exact_chebyshev(q, y) == large
    assert exact_inner_product(q, y) == Fraction(0.1) * Fraction(0.3) + Fraction(1e200) * Fraction(1e-200) + 1
