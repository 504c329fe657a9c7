"""What an estimator keeps: through pickles, copies, other threads, failed fits and other numbers of threads."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from hornbeam import _core
from tests.neighbors.support import answers, assert_same, comparable, grid, table, target_of
from tests.public_estimators import NEIGHBORS, name_of, over_neighbors

pytestmark = pytest.mark.filterwarnings("ignore:One or more samples have no neighbors")


def fitted(estimator: Any, X: Any) -> Any:
    model = clone(estimator)
    if hasattr(model, "outlier_label"):
        model.set_params(outlier_label=0)
    return model.fit(X, target_of(model, np.asarray(X)))


@over_neighbors
@pytest.mark.parametrize("copied", [lambda model: pickle.loads(pickle.dumps(model)), copy.deepcopy, copy.copy])
def test_copies_answer_with_the_same_bits(estimator: Any, copied: Any) -> None:
    X, Q = table(), table(9, seed=1)
    model = fitted(estimator, X)
    expected = answers(model, Q)
    again = copied(model)
    for found in (answers(again, Q), answers(model, Q)):
        for method, answer in expected.items():
            assert_same(found[method], answer)


def test_a_pickle_holds_the_rows_once_and_no_index() -> None:
    X = table(2000, 10)
    model = hb.NearestNeighbors().fit(X)
    assert X.nbytes < len(pickle.dumps(model)) < 1.1 * X.nbytes
    again = pickle.loads(pickle.dumps(model))
    assert pickle.dumps(again) == pickle.dumps(model)
    again.kneighbors(X[:3])
    assert pickle.dumps(again) == pickle.dumps(model)


def test_a_pickle_is_searched_by_many_threads_at_once() -> None:
    X, Q = table(500), table(50, seed=1)
    model = hb.NearestNeighbors().fit(X)
    expected = model.kneighbors(Q)
    again = pickle.loads(pickle.dumps(model))
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(again.kneighbors(Q))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for answer in found:
        assert_same(answer, expected)


@over_neighbors
def test_a_fit_forgets_the_one_before(estimator: Any) -> None:
    X, other, Q = table(), table(30, 2, seed=3), table(9, 2, seed=1)
    y = target_of(estimator, other)
    model = fitted(estimator, X).fit(other, y)
    fresh = clone(model).fit(other, y)
    assert vars(model).keys() == vars(fresh).keys()
    for method, answer in answers(fresh, Q).items():
        assert_same(answers(model, Q)[method], answer)


@over_neighbors
def test_a_failed_fit_leaves_the_estimator_as_it_was(estimator: Any) -> None:
    X = table()
    model = fitted(estimator, X)
    before = dict(vars(model))
    bad = X[:, :2].copy()
    bad[3, 1] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(bad, target_of(model, X))
    model.set_params(metric="unheard of")
    before["metric"] = "unheard of"
    with pytest.raises(ValueError, match="'metric' parameter"):
        model.fit(X[:, :2], target_of(model, X))
    assert vars(model) == before
    unfitted = clone(estimator)
    with pytest.raises(ValueError, match="contains NaN"):
        unfitted.fit(bad, target_of(model, X))
    assert vars(unfitted) == vars(clone(estimator))


@over_neighbors
def test_what_is_not_fitted_says_so(estimator: Any) -> None:
    model = clone(estimator)
    for method in ("predict", "predict_proba", "transform", "kneighbors", "radius_neighbors", "kneighbors_graph"):
        if hasattr(model, method):
            with pytest.raises(NotFittedError, match=f"This {type(model).__name__} instance is not fitted yet"):
                getattr(model, method)(table(3))


@pytest.mark.usefixtures("many_threads")
@pytest.mark.parametrize("estimator", NEIGHBORS[:-1], ids=name_of)
def test_bits_do_not_depend_on_the_number_of_threads(estimator: Any) -> None:
    X, Q = grid(200), grid(100, seed=1)
    expected = answers(fitted(clone(estimator).set_params(n_jobs=1), X), Q)
    for n_jobs in (None, -1, 2, 7):
        found = answers(fitted(clone(estimator).set_params(n_jobs=n_jobs), X), Q)
        for method, answer in expected.items():
            assert_same(found[method], answer)


def test_bits_do_not_depend_on_the_simd_level(simd_level: str) -> None:
    X, Q = table(100, 17), table(20, 17, seed=1)
    found = hb.NearestNeighbors(n_neighbors=9).fit(X).kneighbors(Q)
    _core.set_simd_level(_core.simd_levels()[0])
    assert_same(found, hb.NearestNeighbors(n_neighbors=9).fit(X).kneighbors(Q))


@pytest.mark.parametrize("rows", ["columns first", "strided", "reversed", "big-endian", "misaligned", "read-only"])
def test_bits_do_not_depend_on_the_layout(rows: str) -> None:
    X = table(50, 6)
    packed = np.zeros(X.nbytes + 1, dtype=np.uint8)
    misaligned = packed[1:].view(np.float64).reshape(X.shape)
    misaligned[:] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    laid_out = {
        "columns first": np.asfortranarray(X),
        "strided": np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
        "reversed": X[::-1, ::-1].copy()[::-1, ::-1],
        "big-endian": X.astype(">f8"),
        "misaligned": misaligned,
        "read-only": read_only,
    }[rows]
    expected = hb.NearestNeighbors(radius=2.0).fit(X)
    model = hb.NearestNeighbors(radius=2.0).fit(laid_out)
    assert_same(model.kneighbors(laid_out), expected.kneighbors(X))
    assert_same(model.kneighbors(), expected.kneighbors())
    assert_same(comparable(model.radius_neighbors(laid_out)), comparable(expected.radius_neighbors(X)))


@over_neighbors
def test_arguments_stay_as_they_are(estimator: Any) -> None:
    X, Q = table(), table(9, seed=1)
    y = target_of(estimator, X)
    copies = [X.copy(), y.copy(), Q.copy()]
    model = fitted(estimator, X)
    state = dict(vars(model))
    answers(model, Q)
    for argument, copied in zip([X, y, Q], copies, strict=True):
        np.testing.assert_array_equal(argument, copied)
    assert vars(model) == state


def test_sparse_arguments_stay_as_they_are() -> None:
    graph = csr_array(([2.0, 1.0, 1.0, 3.0], [1, 0, 1, 0], [0, 2, 4]), shape=(2, 2))
    data, indices = graph.data.copy(), graph.indices.copy()
    distance, row = hb.NearestNeighbors(n_neighbors=2, metric="precomputed").fit(graph).kneighbors(graph)
    np.testing.assert_array_equal(distance, [[1.0, 2.0], [1.0, 3.0]])
    np.testing.assert_array_equal(row, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(graph.data, data)
    np.testing.assert_array_equal(graph.indices, indices)
