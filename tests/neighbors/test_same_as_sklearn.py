"""Estimators answer what scikit-learn's estimators of the same name and parameters answer, where no ties decide."""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, clone

import hornbeam as hb
import hornbeam.neighbors
from tests.neighbors.support import answers, assert_same, comparable, peer_of, table, target_of
from tests.public_estimators import NEIGHBORS, name_of, over_neighbors

# The float32 scores of outliers are computed in float64, so that a bit may differ.
ROUNDING = 1e-12


def inverse_square(distance: Any) -> Any:
    """Weights that read an array, or an array of arrays."""
    return distance**-2.0


PARAMETERS: list[dict[str, Any]] = [
    {},
    {"n_neighbors": 1, "radius": 0.9},
    {"n_neighbors": 20, "radius": 10.0},
    {"algorithm": "brute"},
    {"algorithm": "kd_tree", "leaf_size": 3},
    {"algorithm": "ball_tree", "metric": "canberra", "radius": 2.0},
    {"weights": "distance"},
    {"weights": None},
    {"weights": inverse_square},
    {"p": 1, "radius": 3.0},
    {"p": 3, "weights": "distance"},
    {"p": np.inf},
    {"metric": "cosine", "algorithm": "brute", "radius": 0.4},
    {"metric": "correlation", "radius": 0.4, "weights": "distance"},
    {"metric": "braycurtis", "radius": 0.7},
    {"metric": "braycurtis", "radius": 0.7, "algorithm": "brute"},
    {"metric": "hamming", "algorithm": "brute", "radius": 1.0},
    {"mode": "connectivity"},
    {"novelty": True},
    {"novelty": True, "contamination": 0.2, "p": 1},
    {"outlier_label": 1, "radius": 0.3},
    {"outlier_label": "most_frequent", "radius": 0.3},
    {"metric": "manhattan"},
    {"shrink_threshold": 0.3},
    {"shrink_threshold": 0.3, "priors": "empirical"},
    {"priors": [0.2, 0.8], "metric": "manhattan"},
]


def cases() -> list[Any]:
    """Every estimator with the parameters that it has, and that make it another one."""
    found = []
    for estimator in NEIGHBORS:
        own = estimator.get_params()
        for parameters in PARAMETERS:
            fitting = {name: value for name, value in parameters.items() if name in own}
            is_defined = not isinstance(estimator, hb.NearestCentroid) or fitting.get("metric") in (None, "manhattan")
            if is_defined and (fitting or not parameters):
                defaults = {"outlier_label": 0} if "outlier_label" in own else {}
                found.append(clone(estimator).set_params(**{**defaults, **fitting}))
    return found


def without_address(estimator: Any) -> str:
    """Return the id of an estimator, the same in every process."""
    return re.sub(r"<function (\w+) at \w+>", r"\1", str(estimator))


@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors")
@pytest.mark.parametrize("estimator", cases(), ids=without_address)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_answers_are_those_of_scikit_learn(estimator: Any, dtype: Any) -> None:
    X, Q = table().astype(dtype), table(25, seed=1).astype(dtype)
    y = target_of(estimator, X)
    model, peer = clone(estimator).fit(X, y), peer_of(estimator).fit(X, y)
    rtol = ROUNDING if dtype is np.float64 else 1e-5
    found, expected = sorted_by_row(answers(model, Q)), sorted_by_row(answers(peer, Q))
    assert found.keys() == expected.keys()
    for method, answer in expected.items():
        assert_same(found[method], answer, rtol)
    for name, value in vars(peer).items():
        if name.endswith("_") and not name.startswith("_") and isinstance(value, np.ndarray | int | str | float):
            assert_same(np.asarray(getattr(model, name)), np.asarray(value), rtol)


def sorted_by_row(found: dict[str, Any]) -> dict[str, Any]:
    """Neighbours within a radius come in the order of rows here, in any order there."""
    if "radius_neighbors" in found:
        distances, rows = found["radius_neighbors"]
        orders = [np.argsort(row) for row in rows]
        found["radius_neighbors"] = [
            [distance[order] for distance, order in zip(distances, orders, strict=True)],
            [row[order] for row, order in zip(rows, orders, strict=True)],
        ]
    return found


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "KNeighborsRegressor"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_rows_of_the_fit_are_predicted_without_themselves(name: str, weights: str) -> None:
    X = table()
    model = getattr(hb, name)(weights=weights)
    y = target_of(model, X)
    assert_same(model.fit(X, y).predict(None), peer_of(model).fit(X, y).predict(None), ROUNDING)
    assert model.score(None, y) == pytest.approx(peer_of(model).fit(X, y).score(None, y))


@pytest.mark.parametrize("name", hornbeam.neighbors.__all__)
def test_signatures_are_those_of_scikit_learn(name: str) -> None:
    ours, theirs = getattr(hb, name), getattr(sklearn.neighbors, name)
    assert described(ours) == described(theirs)
    for method in {method for method in dir(theirs) if method[0] != "_"} - set(dir(BaseEstimator)):
        if inspect.isfunction(getattr(theirs, method)):
            assert described(getattr(ours, method)) == described(getattr(theirs, method)), method


def described(function: Any) -> list[Any]:
    """Names, kinds and defaults of the parameters."""
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@over_neighbors
def test_tags_are_those_of_scikit_learn(estimator: Any) -> None:
    parameters = [{}, {"metric": "precomputed"}, {"metric": "nan_euclidean"}]
    for changed in parameters if name_of(estimator) != "NearestCentroid" else parameters[:1]:
        model = clone(estimator).set_params(**changed)
        assert model.__sklearn_tags__() == peer_of(model).__sklearn_tags__()


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "RadiusNeighborsClassifier"])
@pytest.mark.parametrize("labels", ["text", "bool", "float", "object"])
def test_labels_of_any_kind_come_back(name: str, labels: str) -> None:
    X = table()
    codes = (X[:, 0] > 0).astype(int)
    y = {
        "text": np.array(["no", "yes"])[codes],
        "bool": codes.astype(bool),
        "float": codes + 0.0,
        "object": np.array(["no", "yes"], dtype=object)[codes],
    }[labels]
    model = getattr(hb, name)().fit(X, y)
    expected = getattr(sklearn.neighbors, name)().fit(X, y)
    assert model.predict(X).dtype == expected.predict(X).dtype
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "RadiusNeighborsClassifier"])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_classes_of_several_outputs(name: str, weights: str) -> None:
    X, Q = table(), table(9, seed=1)
    y = np.stack([X[:, 0] > 0, np.digitize(X[:, 1], [-0.5, 0.5])], axis=1).astype(int)
    parameters: dict[str, Any] = {"weights": weights}
    if name.startswith("Radius"):
        parameters |= {"radius": 0.8, "outlier_label": [0, 2]}
    model = getattr(hb, name)(**parameters).fit(X, y)
    peer = getattr(sklearn.neighbors, name)(**parameters).fit(X, y)
    assert model.outputs_2d_ is peer.outputs_2d_ is True
    assert_same(comparable(model.classes_), comparable(peer.classes_))
    assert_same(model.predict(Q), peer.predict(Q))
    assert_same(comparable(model.predict_proba(Q)), comparable(peer.predict_proba(Q)), ROUNDING)
    one = getattr(hb, name)(**{**parameters, "outlier_label": 0} if "radius" in parameters else parameters)
    assert_same(one.fit(X, y[:, 0]).predict(Q), model.predict(Q)[:, 0])


@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors")
@pytest.mark.parametrize("name", ["KNeighborsRegressor", "RadiusNeighborsRegressor"])
@pytest.mark.parametrize("weights", ["uniform", "distance", inverse_square])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_numbers_of_several_outputs(name: str, weights: Any, n_outputs: int) -> None:
    X, Q = table(), table(9, seed=1)
    y = X[:, :n_outputs] ** 2
    model = getattr(hb, name)(2, weights=weights).fit(X, y)
    assert_same(model.predict(Q), getattr(sklearn.neighbors, name)(2, weights=weights).fit(X, y).predict(Q), ROUNDING)
    assert_same(getattr(hb, name)(2, weights=weights).fit(X, csr_matrix(y)).predict(Q), model.predict(Q))


def test_neighbours_at_distance_zero_count_alone() -> None:
    X, y = [[0.0], [0.0], [1.0]], [1.0, 2.0, 30.0]
    for model in (hb.KNeighborsRegressor(3, weights="distance"), hb.RadiusNeighborsRegressor(9, weights="distance")):
        np.testing.assert_array_equal(model.fit(X, y).predict([[0.0], [5e-324], [2.0]])[:2], [1.5, 1.5])
    model = hb.KNeighborsClassifier(3, weights="distance").fit(X, ["a", "b", "b"])
    np.testing.assert_array_equal(model.predict_proba([[0.0]]), [[0.5, 0.5]])


def test_of_equal_votes_the_first_class_wins() -> None:
    model = hb.KNeighborsClassifier(4).fit([[0.0], [0.0], [0.0], [0.0]], ["b", "c", "c", "b"])
    assert model.predict([[1.0]])[0] == "b"
