"""The compiled index: exact to the last bit, however the table is stored and whoever searches it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hornbeam import _core
from tests.neighbors.support import canonical_squares
from tests.reference.neighbors_check import assert_exact

Floats = NDArray[np.float64]

pytestmark = pytest.mark.isa

EUCLIDEAN = ["euclidean", "sqeuclidean"]
# p: of Minkowski's alone.
PARAMS: dict[str, dict[str, Any]] = {"minkowski": {"p": 3.0}}
METRICS = sorted(_core.metric_names())


def rows(kind: str, n_rows: int, n_features: int, seed: int = 0) -> Floats:
    """Rows that are hard to tell apart, or far from what float32 holds."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features))
    return {
        "plain": lambda: X,
        "far from the origin": lambda: X + 1e6,
        "ties": lambda: np.round(X),
        "tiny": lambda: X * 1e-30,
        "huge": lambda: X * 1e30,
        "nearly too large": lambda: X * 1e150,
        "copies": lambda: X[rng.integers(0, 5, n_rows)],
        "nearly copies": lambda: X[rng.integers(0, 5, n_rows)] + 1e-12 * X,
        "one outlier": lambda: np.vstack([X[:-1], np.full((1, n_features), 1e9)]),
        "constant": lambda: np.full_like(X, 1.5),
        "zero": lambda: np.zeros_like(X),
    }[kind]()


KINDS = ["plain", "far from the origin", "ties", "tiny", "huge", "nearly too large", "copies", "nearly copies"]
KINDS += ["one outlier", "constant", "zero"]


def nearest_of_all(X: NDArray[Any], queries: NDArray[Any], k: int, own: Any = None) -> tuple[Floats, NDArray[np.int64]]:
    """The k smallest by (canonical distance, row) of the distances to all rows."""
    squares = canonical_squares(queries, X)
    if own is not None:
        squares[np.arange(len(own)), own] = np.inf
    order = np.argsort(squares, axis=1, kind="stable")[:, :k]
    return np.sqrt(np.take_along_axis(squares, order, axis=1)), order


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_features", [1, 5, 8, 33])
def test_nearest_rows_are_those_of_all_canonical_distances(kind: str, n_features: int, dtype: Any) -> None:
    if kind == "nearly too large" and dtype == np.float32:
        kind = "plain"
    X = rows(kind, 1_500, n_features).astype(dtype)
    queries = rows(kind, 1_500, n_features, seed=1)[:30].astype(dtype)
    index = _core.ExactIndex(X, metric="euclidean")
    for k in (1, 10, 300):
        distance, row = index.nearest(queries, k)
        expected_distance, expected_row = nearest_of_all(X, queries, k)
        np.testing.assert_array_equal(row, expected_row)
        np.testing.assert_array_equal(distance, expected_distance)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_not_told_to_itself_but_its_copies_are(kind: str) -> None:
    X = rows(kind, 700, 6)
    own = np.arange(100)
    distance, row = _core.ExactIndex(X, metric="euclidean").nearest(X[:100], 12, own_row=own)
    expected_distance, expected_row = nearest_of_all(X, X[:100], 12, own)
    np.testing.assert_array_equal(row, expected_row)
    np.testing.assert_array_equal(distance, expected_distance)


def test_queries_that_are_too_far_away_for_float32_have_neighbours() -> None:
    X = rows("plain", 500, 4)
    queries = np.vstack([rows("plain", 3, 4, seed=2), np.full((1, 4), 1e25)])
    _, row = _core.ExactIndex(X, metric="euclidean").nearest(queries, 5)
    np.testing.assert_array_equal(row, nearest_of_all(X, queries, 5)[1])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", ["plain", "ties", "copies"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_metric_is_exact_by_its_twin(metric: str, kind: str, dtype: Any) -> None:
    X, queries = rows(kind, 60, 5).astype(dtype), rows(kind, 60, 5, seed=1)[:8].astype(dtype)
    params = PARAMS.get(metric, {})
    distance, row = _core.ExactIndex(X, metric=metric, **params).nearest(queries, 7)
    assert_exact(metric, queries, X, 7, row, distance, **params)


@given(
    data=st.data(),
    n_features=st.integers(1, 4),
    metric=st.sampled_from(METRICS),
)
def test_any_small_integers_are_exact_by_the_twin(data: Any, n_features: int, metric: str) -> None:
    point = st.lists(st.integers(-3, 3), min_size=n_features, max_size=n_features)
    X = np.array(data.draw(st.lists(point, min_size=1, max_size=25)), dtype=float)
    queries = np.array(data.draw(st.lists(point, min_size=1, max_size=3)), dtype=float)
    k = data.draw(st.integers(1, len(X)))
    params = PARAMS.get(metric, {})
    distance, row = _core.ExactIndex(X, metric=metric, **params).nearest(queries, k)
    assert_exact(metric, queries, X, k, row, distance, **params)


@pytest.mark.parametrize("metric", METRICS)
def test_bits_do_not_depend_on_threads_levels_layouts_or_batches(
    metric: str, many_threads: None, simd_level: str
) -> None:
    X, queries = rows("ties", 5_000, 6), rows("plain", 120, 6, seed=1)
    params = PARAMS.get(metric, {})
    index = _core.ExactIndex(X, metric=metric, **params)
    expected = index.nearest(queries, 9, n_threads=1)
    base = _core.ExactIndex(np.asfortranarray(X), metric=metric, **params)
    for n_threads in (1, 2, 3, 8):
        for searched in (index, base):
            found = searched.nearest(np.asfortranarray(queries)[:, :], 9, n_threads=n_threads)
            assert [part.tobytes() for part in found] == [part.tobytes() for part in expected]
    one_by_one = [index.nearest(query[None], 9) for query in queries[:20]]
    np.testing.assert_array_equal(np.vstack([row for _, row in one_by_one]), expected[1][:20])
    np.testing.assert_array_equal(np.vstack([distance for distance, _ in one_by_one]), expected[0][:20])
    _core.set_simd_level(_core.simd_levels()[0])
    found = index.nearest(queries, 9)
    assert [part.tobytes() for part in found] == [part.tobytes() for part in expected]


def test_many_callers_at_once_get_the_answer_of_one(many_threads: None) -> None:
    X = rows("copies", 3_000, 5)
    index = _core.ExactIndex(X, metric="euclidean")
    expected = index.nearest(X[:200], 8, own_row=np.arange(200), n_threads=1)
    with ThreadPoolExecutor(4) as callers:
        ask = [callers.submit(index.nearest, X[:200], 8, own_row=np.arange(200), n_threads=n % 4) for n in range(16)]
        for answer in ask:
            assert [part.tobytes() for part in answer.result()] == [part.tobytes() for part in expected]


@pytest.mark.parametrize("metric", METRICS)
def test_a_radius_holds_whoever_is_no_farther_by_row(metric: str, many_threads: None) -> None:
    X, queries = rows("ties", 3_000, 3), rows("ties", 40, 3, seed=1)
    params = PARAMS.get(metric, {})
    index = _core.ExactIndex(X, metric=metric, **params)
    distance, row = index.nearest(queries, len(X))
    radius = float(np.median(distance[:, 20]))
    begin, found, of_row = index.within(queries, radius)
    assert len(begin) == len(queries) + 1
    for i in range(len(queries)):
        part = slice(begin[i], begin[i + 1])
        assert (np.diff(of_row[part]) > 0).all()
        by_row = np.empty(len(X))
        by_row[row[i]] = distance[i]
        np.testing.assert_array_equal(found[part], by_row[of_row[part]])
        assert set(of_row[part]) >= set(np.flatnonzero(by_row < radius))
        assert (found[part] <= radius + 1e-15 * abs(radius)).all()


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e308])
def test_rows_whose_squares_leave_float64_have_as_many_neighbours_as_asked(metric: str, scale: float) -> None:
    X = np.clip(rows("plain", 2_500, 4), -1.7, 1.7) * scale
    distance, row = _core.ExactIndex(X, metric=metric, p=3.0).nearest(X[:40], 20)
    assert not np.isnan(distance).any()
    for of_query in row:
        assert len(np.unique(of_query)) == 20
        assert of_query.min() >= 0
        assert of_query.max() < len(X)


def test_angles_do_not_depend_on_the_scale_of_a_row() -> None:
    X, queries = rows("plain", 400, 5), rows("plain", 10, 5, seed=1)
    expected = _core.ExactIndex(X, metric="cosine").nearest(queries, 30)
    scales = np.ldexp(1.0, np.random.default_rng(3).integers(-1000, 1000, size=400))
    found = _core.ExactIndex(X * scales[:, None], metric="cosine").nearest(queries * 2.0**900, 30)
    assert [part.tobytes() for part in found] == [part.tobytes() for part in expected]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["rows", "queries"])
def test_numbers_that_are_none_still_give_rows_of_the_table(metric: str, bad: float, where: str) -> None:
    X, queries = rows("plain", 100, 3), rows("plain", 5, 3, seed=1)
    (X if where == "rows" else queries)[::2, 1] = bad
    _, row = _core.ExactIndex(X, metric=metric, p=3.0).nearest(queries, 60)
    for of_query in row:
        assert len(np.unique(of_query)) == 60
        assert set(of_query) <= set(range(100))


@pytest.mark.parametrize("k", [1, 900, 2_999, 3_000])
def test_any_number_of_neighbours_is_the_start_of_all(k: int) -> None:
    X, queries = rows("ties", 3_000, 3), rows("plain", 20, 3, seed=1)
    index = _core.ExactIndex(X, metric="euclidean")
    distance, row = index.nearest(queries, k)
    all_distance, all_row = nearest_of_all(X, queries, len(X))
    np.testing.assert_array_equal(row, all_row[:, :k])
    np.testing.assert_array_equal(distance, all_distance[:, :k])


def test_one_row_and_as_many_neighbours_as_rows() -> None:
    index = _core.ExactIndex(np.ones((1, 1)), metric="euclidean")
    distance, row = index.nearest(np.zeros((2, 1)), 1)
    assert (distance.tolist(), row.tolist()) == ([[1.0], [1.0]], [[0], [0]])
    assert index.nearest(np.zeros((0, 1)), 1)[0].shape == (0, 1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda index: index.nearest(np.zeros((1, 2)), 0), "k must be between 1 and 4, got 0"),
        (lambda index: index.nearest(np.zeros((1, 2)), 5), "k must be between 1 and 4, got 5"),
        (lambda index: index.nearest(np.zeros((1, 2)), 4, own_row=np.zeros(1, np.int64)), "between 1 and 3, got 4"),
        (lambda index: index.nearest(np.zeros((1, 3)), 1), "X has 3 features, but the index expects 2"),
        (lambda index: index.nearest(np.zeros((2, 2)), 1, own_row=np.zeros(1, np.int64)), "own_row must have 2 values"),
        (lambda index: index.nearest(np.zeros((1, 2)), 1, own_row=np.array([2**32])), r"own_row must be in \[-1, 4\)"),
        (lambda index: index.within(np.zeros((1, 2)), -1.0), "radius must not be negative, got -1"),
        (lambda index: _core.ExactIndex(np.zeros((2, 2)), metric="nearness"), "unknown metric 'nearness'"),
        (lambda index: _core.ExactIndex(np.zeros((2, 2)), metric="minkowski", p=0.5), "p must be at least 1, got 0.5"),
        (lambda index: _core.ExactIndex(np.zeros((0, 2)), metric="euclidean"), "at least one row and one column"),
    ],
)
def test_wrong_questions_are_refused(ask: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(_core.ExactIndex(np.zeros((4, 2)), metric="euclidean"))
