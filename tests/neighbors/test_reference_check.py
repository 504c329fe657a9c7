"""The checker of other people's neighbours: it accepts what is exact but for rounding, and nothing else."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from tests.reference.neighbors import k_nearest
from tests.reference.neighbors_check import assert_exact
from tests.reference.neighbors_distances import METRICS

Floats = NDArray[np.float64]

K = 4
PARAMS: dict[str, dict[str, Any]] = {
    "minkowski": {"p": 3.0, "w": [2.0, 0.5, 1.0]},
    "mahalanobis": {"VI": [[2.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]},
    "seuclidean": {"V": [4.0, 0.25, 1.0]},
}


def problem(metric: str) -> tuple[Floats, Floats]:
    """Queries and rows, two of them equal, with enough zeros for metrics that count."""
    n_features = 2 if metric == "haversine" else 3
    rng = np.random.default_rng(6)
    Q, X = rng.uniform(-1.5, 1.5, size=(3, n_features)), rng.uniform(-1.5, 1.5, size=(12, n_features))
    if metric in {"hamming", "jaccard"}:
        Q, X = np.rint(Q), np.rint(X)
    if metric == "nan_euclidean":
        X[rng.random(X.shape) < 0.3] = math.nan
    X[7] = X[2]
    return Q, X


class Answer:
    """The exact answer to a problem, to be falsified."""

    def __init__(self, metric: str) -> None:
        self.metric = metric
        self.params = PARAMS.get(metric, {})
        self.Q, self.X = problem(metric)
        self.distances, self.indices = k_nearest(metric, self.Q, self.X, K, **self.params)
        self.all_distances, self.all_indices = k_nearest(metric, self.Q, self.X, len(self.X), **self.params)

    def check(self, **options: Any) -> None:
        assert_exact(self.metric, self.Q, self.X, K, self.indices, self.distances, **options, **self.params)


@pytest.fixture(params=METRICS)
def answer(request: pytest.FixtureRequest) -> Answer:
    return Answer(request.param)


def test_the_exact_answer_is_accepted(answer: Answer) -> None:
    answer.check()


def test_a_farther_neighbour_is_rejected(answer: Answer) -> None:
    answer.indices[1, -1], answer.distances[1, -1] = answer.all_indices[1, -1], answer.all_distances[1, -1]
    with pytest.raises(AssertionError, match="is nearer than"):
        answer.check()


def test_a_farther_neighbour_that_claims_to_be_near_is_rejected(answer: Answer) -> None:
    answer.indices[1, -1] = answer.all_indices[1, -1]
    with pytest.raises(AssertionError, match=r"has distance|is nearer than"):
        answer.check()


def test_neighbours_in_the_wrong_order_are_rejected(answer: Answer) -> None:
    answer.indices[2], answer.distances[2] = answer.indices[2, ::-1].copy(), answer.distances[2, ::-1].copy()
    with pytest.raises(AssertionError, match=r"do not ascend|belongs before"):
        answer.check()


def test_a_neighbour_returned_twice_is_rejected(answer: Answer) -> None:
    answer.indices[0, 1], answer.distances[0, 1] = answer.indices[0, 0], answer.distances[0, 0]
    with pytest.raises(AssertionError, match="appear twice"):
        answer.check()


@pytest.mark.parametrize("index", [-1, 12])
def test_an_index_out_of_range_is_rejected(answer: Answer, index: int) -> None:
    answer.indices[0, 2] = index
    with pytest.raises(AssertionError, match="must not return"):
        answer.check()


def test_a_skipped_row_is_rejected(answer: Answer) -> None:
    with pytest.raises(AssertionError, match="must not return"):
        answer.check(skip=[answer.indices[0, 0], -1, -1])


@pytest.mark.parametrize("factor", [1 - 1e-9, 1 + 1e-9, math.nan])
def test_a_wrong_distance_is_rejected(answer: Answer, factor: float) -> None:
    # The last one may be farther, and the first one nearer, without being out of order.
    column = 0 if factor < 1 else -1
    answer.distances[0, column] = answer.distances[0, column] * factor + math.copysign(1e-9, factor - 1)
    with pytest.raises(AssertionError, match="has distance"):
        answer.check()


def test_an_answer_of_another_shape_is_rejected() -> None:
    with pytest.raises(AssertionError):
        assert_exact("euclidean", [[0.0]], [[1.0], [2.0]], 2, np.array([[0]]), np.array([[1.0]]))


def test_the_higher_index_of_two_equal_rows_is_rejected(answer: Answer) -> None:
    X, order = answer.X[[2, 7]], np.array([[0, 1]] * 3)
    assert np.array_equal(X[0], X[1], equal_nan=True)
    distances = k_nearest(answer.metric, answer.Q, X, 2, **answer.params)[0]
    assert_exact(answer.metric, answer.Q, X, 2, order, distances, **answer.params)
    with pytest.raises(AssertionError, match=r"do not ascend|belongs before"):
        assert_exact(answer.metric, answer.Q, X, 2, order[:, ::-1], distances, **answer.params)
    with pytest.raises(AssertionError, match="row 0 is nearer than row 1"):
        assert_exact(answer.metric, answer.Q, X, 1, order[:, 1:], distances[:, :1], **answer.params)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "manhattan", "chebyshev", "inner_product"])
def test_the_higher_index_of_two_rows_at_an_equal_integer_distance_is_rejected(metric: str) -> None:
    Q, X = np.array([[3.0, 3.0]]), np.array([[9.0, 1.0], [1.0, 9.0]])
    distances, _ = k_nearest(metric, Q, X, k=1)
    assert_exact(metric, Q, X, 1, np.array([[0]]), distances)
    with pytest.raises(AssertionError, match="row 0 is nearer than row 1"):
        assert_exact(metric, Q, X, 1, np.array([[1]]), distances)


def test_every_row_is_equally_far_from_a_vector_of_zeros_by_the_cosine() -> None:
    X = np.array([[1.0, 0.3], [0.1, 2.0]])
    assert_exact("cosine", [[0.0, 0.0]], X, 1, np.array([[0]]), np.array([[1.0]]))
    with pytest.raises(AssertionError, match="row 0 is nearer than row 1"):
        assert_exact("cosine", [[0.0, 0.0]], X, 1, np.array([[1]]), np.array([[1.0]]))


@pytest.mark.parametrize("metric", [name for name in METRICS if name not in {"cosine", "correlation", "inner_product"}])
def test_a_row_that_is_not_at_distance_zero_from_itself_is_rejected(metric: str) -> None:
    X = problem(metric)[1][:1]
    params = PARAMS.get(metric, {})
    assert_exact(metric, X, X, 1, np.array([[0]]), np.array([[0.0]]), **params)
    with pytest.raises(AssertionError, match="row 0 has distance 5e-324"):
        assert_exact(metric, X, X, 1, np.array([[0]]), np.array([[5e-324]]), **params)


def test_a_difference_below_the_tolerance_still_decides_who_is_nearer() -> None:
    X = np.array([[1.0 + 2.0**-45], [1.0]])
    assert_exact("euclidean", [[0.0]], X, 1, np.array([[1]]), np.array([[1.0]]))
    with pytest.raises(AssertionError, match="row 1 is nearer than row 0"):
        assert_exact("euclidean", [[0.0]], X, 1, np.array([[0]]), np.array([[1.0]]))


def test_rows_that_differ_by_rounding_alone_may_stand_in_any_order() -> None:
    # The exact sums of squares are equal; whether the computed ones are depends on the order of the additions.
    X = np.array([[0.2, 0.1, 0.5], [0.5, 0.1, 0.2]])
    forward, backward = (row[0] * row[0] + row[1] * row[1] + row[2] * row[2] for row in X)
    assert forward != backward
    in_order = [[0, 1]] if forward < backward else [[1, 0]]
    for indices, squares in (([[0, 1]], [forward] * 2), ([[1, 0]], [backward] * 2), (in_order, [forward, backward])):
        distances = np.sort(np.sqrt([squares]))
        assert_exact("euclidean", [[0.0, 0.0, 0.0]], X, 2, np.array(indices), distances)
    with pytest.raises(AssertionError, match="do not ascend"):
        assert_exact("euclidean", [[0.0, 0.0, 0.0]], X, 2, np.array([[0, 1]]), distances[:, ::-1])
    # Without a root, distances that are equal were equal when the rows were ordered.
    with pytest.raises(AssertionError, match="at equal distances do not ascend"):
        assert_exact("sqeuclidean", [[0.0, 0.0, 0.0]], X, 2, np.array([[1, 0]]), np.array([[forward] * 2]))


@pytest.mark.parametrize("distance", [0.0, 1e-170])
def test_squares_may_underflow(distance: float) -> None:
    assert_exact("euclidean", [[0.0]], [[1e-170]], 1, np.array([[0]]), np.array([[distance]]))


def test_errors_of_a_cosine_are_relative_to_one() -> None:
    Q, X, index = [[1.0, 0.0]], [[1.0, 1e-9]], np.array([[0]])
    for distance in (5e-19, 2.0**-53, 0.0):
        assert_exact("cosine", Q, X, 1, index, np.array([[distance]]))
    with pytest.raises(AssertionError, match="has distance -"):
        assert_exact("cosine", Q, X, 1, index, np.array([[-(2.0**-53)]]))


def test_errors_of_a_quadratic_form_are_relative_to_its_terms() -> None:
    # The terms are 0.09, -0.09, -0.09 and 0.09 but for rounding.
    VI = [[1.0, 1.0], [1.0, 1.0]]
    assert_exact("mahalanobis", [[0.1 + 0.2, -0.3]], [[0.0, 0.0]], 1, np.array([[0]]), np.array([[1e-9]]), VI=VI)


@pytest.mark.parametrize("distance", [math.inf, 1.0])
def test_an_undefined_distance_must_be_reported_as_such(distance: float) -> None:
    Q, X, index = [[math.nan, 1.0]], [[1.0, math.nan]], np.array([[0]])
    assert_exact("nan_euclidean", Q, X, 1, index, np.array([[math.nan]]))
    with pytest.raises(AssertionError, match="row 0 has distance"):
        assert_exact("nan_euclidean", Q, X, 1, index, np.array([[distance]]))


def test_distances_computed_as_a_product_of_matrices_are_rejected() -> None:
    X = (1e4 + np.random.default_rng(7).normal(size=(20, 8))).astype(np.float32)
    norms = (X * X).sum(axis=1)
    squares = np.maximum(norms[:, None] + norms[None, :] - 2 * X @ X.T, 0.0)
    indices = np.argsort(squares, axis=1, kind="stable")[:, :3]
    with pytest.raises(AssertionError):
        assert_exact("sqeuclidean", X, X, 3, indices, np.take_along_axis(squares, indices, axis=1).astype(np.float64))


NUMBERS = st.one_of(st.integers(-2, 2), st.sampled_from([0.1, 0.2, 0.3, 1e-160, 1e150]), st.floats(-9, 9, width=32))
TABLES = hnp.arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(1, 4)), elements=NUMBERS)


def direct_search(Q: Floats, X: Floats, k: int) -> tuple[Floats, NDArray[np.intp]]:
    """Neighbours by squares that are added from left to right, as a fast implementation might."""
    squares = np.zeros((len(Q), len(X)))
    for q_column, column in zip(Q.T, X.T, strict=True):
        squares += (q_column[:, None] - column[None, :]) ** 2
    indices = np.argsort(squares, axis=1, kind="stable")[:, :k]
    return np.sqrt(np.take_along_axis(squares, indices, axis=1)), indices


@given(X=TABLES)
def test_a_direct_computation_is_accepted_however_it_rounds(X: Floats) -> None:
    k = max(1, len(X) // 2)
    distances, indices = direct_search(X, X, k)
    assert_exact("euclidean", X, X, k, indices, distances)


@given(X=TABLES, metric=st.sampled_from(["euclidean", "manhattan", "chebyshev", "inner_product", "cosine", "canberra"]))
def test_the_twin_is_accepted(X: Floats, metric: str) -> None:
    distances, indices = k_nearest(metric, X, X, len(X))
    assert_exact(metric, X, X, len(X), indices, distances)
