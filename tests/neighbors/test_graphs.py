"""Graphs of neighbours: functions and transformers, and what reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_array, csr_matrix
from sklearn.cluster import DBSCAN
from sklearn.pipeline import make_pipeline

import hornbeam as hb
from tests.neighbors.support import assert_same, table


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize("include_self", [True, False, "auto"])
@pytest.mark.parametrize(
    "parameters", [{}, {"p": 1}, {"metric": "cosine"}, {"metric": "chebyshev", "p": None}], ids=str
)
def test_functions_give_the_graphs_of_scikit_learn(mode: str, include_self: Any, parameters: dict[str, Any]) -> None:
    X = table(30)
    options = {"mode": mode, "include_self": include_self, **parameters}
    for name, size in (("kneighbors_graph", 3), ("radius_neighbors_graph", 0.7)):
        graph = getattr(hb, name)(X, size, **options)
        expected = getattr(sklearn.neighbors, name)(X, size, **options)
        assert graph.format == "csr"
        assert graph.shape == (30, 30)
        np.testing.assert_allclose(graph.toarray(), expected.toarray(), rtol=1e-7, atol=1e-7)
        searcher = hb.NearestNeighbors(**parameters).fit(X)
        assert_same(getattr(hb, name)(searcher, size, **options).toarray(), graph.toarray())
        sparse = getattr(hb, name)(csr_array(X), size, **options) if "metric" not in parameters else graph
        np.testing.assert_allclose(sparse.toarray(), graph.toarray(), atol=1e-12)


@pytest.mark.parametrize("name", ["kneighbors_graph", "radius_neighbors_graph"])
def test_arguments_of_functions_are_checked(name: str) -> None:
    function, X = getattr(hb, name), table(10)
    for wrong in ({"mode": "blah"}, {"metric": "unheard of"}, {"p": 0}, {"metric_params": 3}, {"include_self": "no"}):
        with pytest.raises(ValueError, match=f"'{next(iter(wrong))}' parameter of {name}"):
            function(X, 1, **wrong)
    with pytest.raises(ValueError, match=f"parameter of {name}"):
        function(X, -1)
    with pytest.raises(ValueError, match="Got euclidean for metric, while the estimator has manhattan"):
        function(hb.NearestNeighbors(metric="manhattan").fit(X), 1, metric="euclidean")
    for method in (hb.NearestNeighbors().fit(X).kneighbors_graph, hb.NearestNeighbors().fit(X).radius_neighbors_graph):
        with pytest.raises(ValueError, match="Unsupported mode"):
            method(X, mode="blah")


def test_distances_of_zero_are_stored() -> None:
    X = np.zeros((4, 2))
    for graph in (
        hb.kneighbors_graph(X, 2, mode="distance"),
        hb.KNeighborsTransformer(n_neighbors=1).fit_transform(X),
    ):
        assert graph.nnz == 8
    assert hb.RadiusNeighborsTransformer().fit_transform(X).nnz == 16


def test_rows_of_transformed_tables_begin_with_the_row_itself_and_go_on_by_distance() -> None:
    X = table(30)
    for graph in (
        hb.KNeighborsTransformer(n_neighbors=4).fit_transform(X),
        hb.RadiusNeighborsTransformer(radius=1.5).fit_transform(X),
    ):
        np.testing.assert_array_equal(graph.indices[graph.indptr[:-1]], np.arange(30))
        for begin, end in zip(graph.indptr, graph.indptr[1:], strict=False):
            assert (np.diff(graph.data[begin:end]) >= 0).all()
    assert (np.diff(hb.KNeighborsTransformer(n_neighbors=4).fit_transform(X).indptr) == 5).all()


def test_names_of_output_features() -> None:
    names = hb.KNeighborsTransformer(n_neighbors=1).fit(table(3)).get_feature_names_out()
    np.testing.assert_array_equal(names, [f"kneighborstransformer{i}" for i in range(3)])


def test_pipelines_over_a_graph_give_what_the_rows_give() -> None:
    X = table(100, 2)
    chained = make_pipeline(hb.RadiusNeighborsTransformer(radius=0.5), DBSCAN(eps=0.3, metric="precomputed"))
    np.testing.assert_array_equal(chained.fit_predict(X), DBSCAN(eps=0.3).fit_predict(X))
    reads = make_pipeline(hb.KNeighborsTransformer(n_neighbors=9), hb.KNeighborsRegressor(metric="precomputed"))
    expected = hb.KNeighborsRegressor().fit(X, X[:, 0]).predict(table(9, 2, seed=1))
    np.testing.assert_array_equal(reads.fit(X, X[:, 0]).predict(table(9, 2, seed=1)), expected)


def test_graphs_are_sparse_arrays_if_scikit_learn_is_set_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that there is from 1.9 on."""
    assert isinstance(hb.kneighbors_graph(table(5), 2), csr_matrix)
    monkeypatch.setattr("hornbeam.neighbors._nearest.get_config", lambda: {"sparse_interface": "sparray"})
    assert isinstance(hb.kneighbors_graph(table(5), 2), csr_array)
