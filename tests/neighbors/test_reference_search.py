"""The twin's neighbours, against cases worked out by hand and scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from tests.reference.neighbors import k_nearest, within_radius
from tests.reference.neighbors_distances import reduced_distance

Floats = NDArray[np.float64]

NAN = math.nan


def test_k_nearest_prefers_the_lower_index_at_equal_distances() -> None:
    X = np.array([[2.0], [0.0], [1.0], [-1.0], [0.0]])
    distances, indices = k_nearest("manhattan", [[0.0]], X, k=4)
    assert indices.tolist() == [[1, 4, 2, 3]]
    assert distances.tolist() == [[0.0, 0.0, 1.0, 1.0]]


def test_k_nearest_orders_by_the_reduced_distance_where_the_root_makes_distances_equal() -> None:
    X = [[1.0, 2.0**-26], [1.0, 0.0]]
    squares = [reduced_distance("euclidean", [0.0, 0.0], row) for row in X]
    assert squares == [1.0 + 2.0**-52, 1.0]
    distances, indices = k_nearest("euclidean", [[0.0, 0.0]], X, k=2)
    assert distances.tolist() == [[1.0, 1.0]]
    assert indices.tolist() == [[1, 0]]


def test_k_nearest_skips_a_row_and_not_its_duplicates() -> None:
    X = np.array([[0.0], [0.0], [5.0]])
    assert k_nearest("euclidean", X, X, k=2, skip=[0, -1, 2])[1].tolist() == [[1, 2], [0, 1], [0, 1]]


def test_k_nearest_puts_undefined_distances_last() -> None:
    X = np.array([[NAN, 1.0], [9.0, NAN], [NAN, 2.0], [1.0, 1.0]])
    distances, indices = k_nearest("nan_euclidean", [[1.0, NAN]], X, k=4)
    assert indices.tolist() == [[3, 1, 0, 2]]
    assert np.isnan(distances[0]).tolist() == [False, False, True, True]


def test_k_nearest_needs_k_rows_besides_the_skipped_one() -> None:
    X = np.zeros((3, 1))
    assert k_nearest("euclidean", X, X, k=3)[1].shape == (3, 3)
    with pytest.raises(ValueError, match="k=3, but query 1 has only 2 rows to choose from"):
        k_nearest("euclidean", X, X, k=3, skip=[-1, 2, -1])


def test_no_queries_have_no_neighbours() -> None:
    distances, indices = k_nearest("euclidean", np.empty((0, 2)), np.zeros((3, 2)), k=2)
    assert distances.shape == indices.shape == (0, 2)
    assert within_radius("euclidean", np.empty((0, 2)), np.zeros((3, 2)), radius=1.0) == []


def test_within_radius_includes_the_radius_itself_and_sorts_by_distance_and_index() -> None:
    X = np.array([[2.0], [0.5], [1.0], [-1.0], [0.5], [1.0 + 2.0**-52]])
    ((distances, indices),) = within_radius("euclidean", [[0.0]], X, radius=1.0)
    assert indices.tolist() == [1, 4, 2, 3]
    assert distances.tolist() == [0.5, 0.5, 1.0, 1.0]


def test_within_radius_orders_by_the_distance_itself() -> None:
    # The root makes the two distances equal, as above.
    ((distances, indices),) = within_radius("euclidean", [[0.0, 0.0]], [[1.0, 2.0**-26], [1.0, 0.0]], radius=1.0)
    assert distances.tolist() == [1.0, 1.0]
    assert indices.tolist() == [0, 1]


def test_within_radius_may_find_nothing_and_skips_a_row() -> None:
    X = np.array([[0.0], [5.0]])
    found = within_radius("euclidean", X, X, radius=1.0, skip=[0, -1])
    assert [indices.tolist() for _, indices in found] == [[], [1]]
    assert [distances.dtype for distances, _ in found] == [np.float64, np.float64]


def test_undefined_distances_are_within_no_radius() -> None:
    ((_, indices),) = within_radius("nan_euclidean", [[1.0, NAN]], [[NAN, 1.0], [1.0, 2.0]], radius=math.inf)
    assert indices.tolist() == [1]


@pytest.mark.parametrize(
    ("metric", "params"),
    [
        ("sqeuclidean", {}),
        ("euclidean", {}),
        ("manhattan", {}),
        ("chebyshev", {}),
        ("minkowski", {"p": 3.0, "w": np.array([2.0, 0.5])}),
        ("cosine", {}),
        ("canberra", {}),
        ("braycurtis", {}),
        ("nan_euclidean", {}),
        ("haversine", {}),
        ("mahalanobis", {"VI": np.array([[2.0, 0.5], [0.5, 1.0]])}),
        ("seuclidean", {"V": np.array([4.0, 0.25])}),
    ],
)
def test_neighbours_are_those_of_scikit_learn(metric: str, params: dict[str, Any]) -> None:
    Q, X = np.random.default_rng(4).uniform(-1.5, 1.5, size=(2, 20, 2))
    metric_params = {name: value for name, value in params.items() if name != "p"} or None
    model = NearestNeighbors(n_neighbors=5, algorithm="brute", metric=metric, p=params.get("p", 2))
    model.set_params(metric_params=metric_params).fit(X)

    distances, indices = k_nearest(metric, Q, X, k=5, **params)
    their_distances, their_indices = model.kneighbors(Q)
    np.testing.assert_array_equal(indices, their_indices)
    np.testing.assert_allclose(distances, their_distances, rtol=1e-9)

    radius = float(np.median(distances)) * (1 + 1e-6)
    ours = within_radius(metric, Q, X, radius, **params)
    theirs = model.radius_neighbors(Q, radius=radius, sort_results=True)[1]
    assert [row.tolist() for _, row in ours] == [row.tolist() for row in theirs]


def test_queries_that_skip_themselves_are_those_of_scikit_learn() -> None:
    X = np.random.default_rng(5).normal(size=(15, 3))
    distances, indices = k_nearest("euclidean", X, X, k=4, skip=range(15))
    their_distances, their_indices = NearestNeighbors(n_neighbors=4).fit(X).kneighbors()
    np.testing.assert_array_equal(indices, their_indices)
    np.testing.assert_allclose(distances, their_distances, rtol=1e-9)


TABLES = hnp.arrays(np.float64, st.tuples(st.integers(2, 12), st.integers(1, 3)), elements=st.integers(-2, 2))


@given(X=TABLES, data=st.data())
def test_k_nearest_are_distinct_sorted_and_a_prefix_of_more_neighbours(X: Floats, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(X)))
    distances, indices = k_nearest("sqeuclidean", X, X, k)
    for row, near in zip(indices.tolist(), distances.tolist(), strict=True):
        assert len(set(row)) == k
        assert sorted(zip(near, row, strict=True)) == list(zip(near, row, strict=True))
    np.testing.assert_array_equal(indices, k_nearest("sqeuclidean", X, X, len(X))[1][:, :k])
    assert (distances[:, 0] == 0.0).all()


@given(X=TABLES)
def test_neighbours_of_permuted_rows_are_at_the_same_distances(X: Floats) -> None:
    k = max(1, len(X) // 2)
    np.testing.assert_array_equal(
        k_nearest("euclidean", X, X, k)[0], k_nearest("euclidean", X, np.ascontiguousarray(X[::-1]), k)[0]
    )


@given(X=TABLES)
def test_the_radius_of_the_last_neighbour_holds_at_least_k_rows(X: Floats) -> None:
    k = max(1, len(X) // 2)
    distances, indices = k_nearest("manhattan", X, X, k)
    for q, near, row in zip(X, distances, indices, strict=True):
        ((_, within),) = within_radius("manhattan", q[None], X, radius=near[-1])
        assert within[:k].tolist() == row.tolist()
