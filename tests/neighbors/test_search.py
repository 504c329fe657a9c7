"""Every metric finds the rows that the definition names, in the order of (distance, row), whatever is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_array, csr_matrix
from sklearn.metrics import DistanceMetric, pairwise_distances

import hornbeam as hb
from tests.neighbors.support import assert_same, comparable, grid, nearest_by_definition, table

SCALES = {"V": [1.0, 4.0, 9.0]}
INVERSE = {"VI": np.diag([1.0, 2.0, 3.0])}
METRICS: dict[str, tuple[Any, dict[str, Any]]] = {
    "euclidean": ("euclidean", {}),
    "sqeuclidean": ("sqeuclidean", {}),
    "manhattan": ("manhattan", {}),
    "cityblock": ("cityblock", {}),
    "l1": ("l1", {}),
    "l2": ("l2", {}),
    "chebyshev": ("chebyshev", {}),
    "minkowski": ("minkowski", {"p": 3.5}),
    "weighted": ("minkowski", {"p": 3.0, "w": [1.0, 0.0, 2.0]}),
    "cosine": ("cosine", {}),
    "canberra": ("canberra", {}),
    "braycurtis": ("braycurtis", {}),
    "hamming": ("hamming", {}),
    "weighted hamming": ("hamming", {"w": [1.0, 0.0, 2.0]}),
    "jaccard": ("jaccard", {}),
    "dice": ("dice", {}),
    "yule": ("yule", {}),
    "russellrao": ("russellrao", {}),
    "rogerstanimoto": ("rogerstanimoto", {}),
    "correlation": ("correlation", {}),
    "nan_euclidean": ("nan_euclidean", {}),
    "seuclidean": ("seuclidean", SCALES),
    "mahalanobis": ("mahalanobis", INVERSE),
}
BOOLEAN = {"jaccard", "dice", "yule", "russellrao", "rogerstanimoto"}


def expected_distances(name: str, Q: Any, X: Any) -> Any:
    kind, params = METRICS[name]
    if kind == "braycurtis":  # sum |q - x| / sum (|q| + |x|), as searches of scikit-learn have it; its functions differ
        return DistanceMetric.get_metric(kind).pairwise(Q, X)
    if kind in BOOLEAN:
        Q, X = Q.astype(bool), X.astype(bool)
    return pairwise_distances(Q, X, metric=kind, **params)


def fitted(name: str, X: Any, **parameters: Any) -> Any:
    kind, params = METRICS[name]
    with_p = {"p": None} if kind == "minkowski" else {}
    return hb.NearestNeighbors(metric=kind, metric_params=params, **with_p, **parameters).fit(X)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("k", [1, 3, 20])
def test_nearest_are_those_of_the_definition(name: str, k: int) -> None:
    X, Q = table(20, 3), table(9, 3, seed=1)
    X[X < -0.5] = 0.0
    Q[Q < -0.5] = 0.0
    distance, row = fitted(name, X).kneighbors(Q, k)
    expected = expected_distances(name, Q, X)
    np.testing.assert_allclose(distance, np.sort(expected, axis=1)[:, :k], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.take_along_axis(expected, row, axis=1), distance, rtol=1e-12, atol=1e-12)
    assert (distance.dtype, row.dtype) == (np.float64, np.int64)


@pytest.mark.parametrize("name", METRICS)
def test_rows_of_the_fit_do_not_find_themselves(name: str) -> None:
    X = table(20, 3)
    expected = expected_distances(name, X, X)
    np.fill_diagonal(expected, np.inf)
    distance, row = fitted(name, X).kneighbors(n_neighbors=19)
    np.testing.assert_allclose(distance, np.sort(expected, axis=1)[:, :19], rtol=1e-12, atol=1e-12)
    assert all(set(found) == set(range(20)) - {i} for i, found in enumerate(row))
    assert_same(fitted(name, X, radius=1.0).kneighbors_graph().diagonal(), np.zeros(20))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("own", [False, True])
def test_all_within_a_radius_are_found_in_the_order_of_rows(name: str, own: bool) -> None:
    X = table(20, 3)
    Q = X if own else table(9, 3, seed=1)
    expected = expected_distances(name, Q, X)
    radius = float(np.median(expected)) * (1 + 1e-7) + 1e-7
    is_near = expected <= radius
    if own:
        np.fill_diagonal(is_near, False)
    distances, rows = fitted(name, X, radius=radius).radius_neighbors(None if own else Q)
    assert_same(comparable(rows), [np.flatnonzero(near) for near in is_near])
    for line, found, near in zip(expected, distances, is_near, strict=True):
        np.testing.assert_allclose(found, line[near], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["euclidean", "manhattan", "chebyshev", "hamming", "seuclidean", "dice"])
def test_of_equally_near_rows_the_lower_comes_first(name: str) -> None:
    X, Q = grid(40), grid(15, seed=1)
    if name == "dice":
        X[:, 0], Q[:, 0] = 1.0, 1.0  # without ones the distance is 0 / 0
    expected_distance, expected_row = nearest_by_definition(expected_distances(name, Q, X), 12)
    distance, row = fitted(name, X).kneighbors(Q, 12)
    np.testing.assert_array_equal(row, expected_row)
    np.testing.assert_allclose(distance, expected_distance, rtol=1e-15)


def test_a_row_beside_many_duplicates_finds_the_lowest_of_them() -> None:
    distance, row = hb.NearestNeighbors(n_neighbors=1).fit(np.ones((4, 1))).kneighbors()
    np.testing.assert_array_equal(row, [[1], [0], [0], [0]])
    np.testing.assert_array_equal(distance, np.zeros((4, 1)))


@pytest.mark.parametrize("container", [csr_matrix, csr_array])
@pytest.mark.parametrize("metric", ["euclidean", "l2", "manhattan", "cosine"])
@pytest.mark.parametrize("queries", ["own", "dense", "sparse"])
def test_sparse_rows_have_the_neighbours_of_dense_ones(container: Any, metric: str, queries: str) -> None:
    X, Q = grid(40, 6), grid(15, 6, seed=1) + 0.5
    X[:, 0] += 1.0  # a row of zeros has no direction
    asked = {"own": None, "dense": Q, "sparse": container(Q)}[queries]
    dense = hb.NearestNeighbors(n_neighbors=7, radius=1.5, metric=metric).fit(X)
    sparse = hb.NearestNeighbors(n_neighbors=7, radius=1.5, metric=metric).fit(container(X))
    expected = dense.kneighbors(None if queries == "own" else Q)
    found = sparse.kneighbors(asked)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13, atol=1e-15)
    if metric != "cosine":  # which rounds by another order of sums
        np.testing.assert_array_equal(found[1], expected[1])
        rows = [model.radius_neighbors(asked, return_distance=False) for model in (dense, sparse)]
        assert_same(comparable(rows[1]), comparable(rows[0]))


def test_near_sparse_rows_are_told_apart_where_products_cancel() -> None:
    X = np.array([[1e8, 1.0], [1e8, 1.25], [1e8, 2.0]])
    distance, row = hb.NearestNeighbors(n_neighbors=3).fit(csr_array(X)).kneighbors(csr_array([[1e8, 1.25]]))
    np.testing.assert_array_equal(distance, [[0.0, 0.25, 0.75]])
    np.testing.assert_array_equal(row, [[1, 0, 2]])


def test_huge_sparse_numbers_lose_no_row() -> None:
    X = csr_array([[1e200, 0.0], [0.0, 1e-200], [0.0, 0.0]])
    distance, row = hb.NearestNeighbors(n_neighbors=3).fit(X).kneighbors(csr_array([[0.0, 1.0]]))
    np.testing.assert_array_equal(distance, [[1.0, 1.0, np.inf]])
    np.testing.assert_array_equal(row, [[1, 2, 0]])


def test_sparse_queries_are_searched_in_dense_rows_by_one_index() -> None:
    X, Q = table(), table(7, seed=1)
    model = hb.NearestNeighbors(radius=1.0).fit(X)
    assert_same(model.kneighbors(csr_array(Q))[1], model.kneighbors(Q)[1])
    assert_same(comparable(model.radius_neighbors(csr_array(Q))), comparable(model.radius_neighbors(Q)))


def test_a_radius_holds_the_distances_that_are_reported() -> None:
    """The square of a rounded root is below the number that the root was taken of as often as above it."""
    X = np.sqrt(np.arange(100.0))[:, None] * [[1.0, 1.0, 1.0]]
    model = hb.NearestNeighbors(n_neighbors=100).fit(X)
    distance, row = model.kneighbors([[0.0, 0.0, 0.0]])
    for i, radius in enumerate(distance[0]):
        found = model.radius_neighbors([[0.0, 0.0, 0.0]], radius, return_distance=False)[0]
        np.testing.assert_array_equal(found, np.sort(row[0, : i + 1]))


def test_every_query_may_have_its_own_radius() -> None:
    X, Q = table(), table(7, seed=1)
    radii = np.linspace(0.5, 2.0, 7)
    for metric in ("euclidean", "correlation"):
        model = hb.NearestNeighbors(metric=metric).fit(X)
        found = model.radius_neighbors(Q, radii, return_distance=False)
        one_by_one = [model.radius_neighbors(Q[i : i + 1], radii[i], return_distance=False)[0] for i in range(7)]
        assert_same(comparable(found), one_by_one)


def test_sorted_results_come_by_distance_and_row() -> None:
    X = grid(40)
    model = hb.NearestNeighbors(radius=1.5).fit(X)
    for distance, row in zip(*model.radius_neighbors(grid(9, seed=1), sort_results=True), strict=True):
        assert list(zip(distance, row, strict=True)) == sorted(zip(distance, row, strict=True))


def test_minkowski_goes_by_its_special_names_and_keeps_its_keywords() -> None:
    X = table()
    for p, name in [(1, "manhattan"), (2.0, "euclidean"), (np.inf, "chebyshev")]:
        model = hb.NearestNeighbors(p=p).fit(X)
        assert (model.effective_metric_, model.effective_metric_params_) == (name, {})
    peer = sklearn.neighbors.NearestNeighbors(p=3).fit(X)
    model = hb.NearestNeighbors(p=3).fit(X)
    assert model.effective_metric_ == peer.effective_metric_
    assert model.effective_metric_params_ == peer.effective_metric_params_


def test_callables_and_distance_objects_measure() -> None:
    X, Q = table(20), table(5, seed=1)
    expected = hb.NearestNeighbors(metric="manhattan").fit(X).kneighbors(Q)[1]
    by_function = hb.NearestNeighbors(metric=lambda a, b, scale: scale * abs(a - b).sum(), metric_params={"scale": 2.0})
    by_name = hb.NearestNeighbors(metric="pyfunc", metric_params={"func": lambda a, b: abs(a - b).sum()})
    by_object = hb.NearestNeighbors(metric=DistanceMetric.get_metric("manhattan"))
    for model in (by_function, by_name, by_object):
        np.testing.assert_array_equal(model.fit(X).kneighbors(Q)[1], expected)


def test_trees_and_estimators_may_be_fitted_to() -> None:
    X, Q = table(), table(5, seed=1)
    expected = hb.NearestNeighbors(p=1).fit(X).kneighbors(Q)[1]
    for given in (sklearn.neighbors.KDTree(X, metric="manhattan"), sklearn.neighbors.BallTree(X, metric="manhattan")):
        np.testing.assert_array_equal(hb.NearestNeighbors().fit(given).kneighbors(Q)[1], expected)
    np.testing.assert_array_equal(hb.NearestNeighbors(p=1).fit(hb.NearestNeighbors().fit(X)).kneighbors(Q)[1], expected)


def test_scales_that_are_not_given_are_those_of_the_rows() -> None:
    X, Q = table(20), table(5, seed=1)
    by_variance = hb.NearestNeighbors(metric="seuclidean", algorithm="brute").fit(X).kneighbors(Q, 20)[0]
    np.testing.assert_allclose(
        by_variance, np.sort(pairwise_distances(Q / X.std(axis=0, ddof=1), X / X.std(axis=0, ddof=1)))
    )
    inverse = np.linalg.inv(np.cov(X.T))
    given = hb.NearestNeighbors(metric="mahalanobis", metric_params={"VI": inverse}).fit(X).kneighbors(Q, 20)[0]
    for params in (None, {"V": np.cov(X.T)}):
        model = hb.NearestNeighbors(metric="mahalanobis", metric_params=params).fit(X)
        np.testing.assert_allclose(model.kneighbors(Q, 20)[0], given)


def test_missing_values_are_left_out_by_nan_euclidean_and_unknown_distances_come_last() -> None:
    X = np.array([[np.nan, 0.0], [1.0, np.nan], [3.0, 1.0]])
    distance, row = hb.NearestNeighbors(n_neighbors=3, metric="nan_euclidean").fit(X).kneighbors([[0.0, np.nan]])
    np.testing.assert_array_equal(row, [[1, 2, 0]])
    np.testing.assert_allclose(distance, [[np.sqrt(2.0), np.sqrt(18.0), np.nan]])


def test_precomputed_distances_are_searched_as_they_are() -> None:
    X, Q = grid(30), grid(8, seed=1)
    D, to_rows = pairwise_distances(X), pairwise_distances(Q, X)
    model = hb.NearestNeighbors(n_neighbors=6, radius=1.5, metric="precomputed").fit(D)
    np.testing.assert_array_equal(model.kneighbors(to_rows)[1], nearest_by_definition(to_rows, 6)[1])
    np.fill_diagonal(D, np.inf)
    np.testing.assert_array_equal(model.kneighbors()[1], nearest_by_definition(D, 6)[1])


def test_a_precomputed_graph_gives_the_neighbours_of_the_rows_it_was_made_of() -> None:
    X, Q = table(30), table(8, seed=1)
    whole = hb.NearestNeighbors(n_neighbors=6, radius=1.0).fit(X)
    graph = whole.kneighbors_graph(X, 10, mode="distance")
    model = hb.NearestNeighbors(n_neighbors=6, radius=1.0, metric="precomputed").fit(graph)
    queries = whole.kneighbors_graph(Q, 10, mode="distance")
    assert_same(model.kneighbors(queries), whole.kneighbors(Q))
    assert_same(model.kneighbors(), whole.kneighbors())
    assert_same(model.kneighbors(queries.tocoo()), whole.kneighbors(Q))
    dense = hb.NearestNeighbors(n_neighbors=6, metric="precomputed").fit(pairwise_distances(X))
    np.testing.assert_array_equal(dense.kneighbors(queries)[1], whole.kneighbors(Q)[1])


def test_blocks_of_queries_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    X, Q = table(30), table(20, seed=1)
    asked = {"correlation": Q, "euclidean": csr_array(Q), "manhattan": csr_array(Q)}
    rows = {"correlation": X, "euclidean": csr_array(X), "manhattan": X}
    models = {metric: hb.NearestNeighbors(radius=1.5, metric=metric).fit(rows[metric]) for metric in rows}
    expected = {metric: (models[metric].kneighbors(), models[metric].kneighbors(asked[metric])) for metric in rows}
    within = {metric: models[metric].radius_neighbors(asked[metric]) for metric in rows}
    monkeypatch.setattr("hornbeam.neighbors._neighborhoods._BLOCK_VALUES", 100)
    for metric, model in models.items():
        assert_same(model.kneighbors(), expected[metric][0])
        assert_same(model.kneighbors(asked[metric]), expected[metric][1])
        assert_same(comparable(model.radius_neighbors(asked[metric])), comparable(within[metric]))
