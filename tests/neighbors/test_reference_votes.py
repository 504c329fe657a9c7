"""The twin's predictions, against cases worked out by hand and scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)

from tests.reference.neighbors import k_nearest, within_radius
from tests.reference.neighbors_votes import class_probabilities, predict_class, predict_mean

Floats = NDArray[np.float64]

LABELS = np.array(["b", "a", "c", "b"])
ALL = np.array([[0, 1, 2, 3]])


def gaussian(distances: Any) -> Any:
    return np.exp(-(distances**2))


def some_zero(distances: Any) -> Any:
    return np.where(distances < 1.0, 2.0, 0.0) + 0.25 * (distances < 1.5)


def test_the_class_of_most_neighbours_wins() -> None:
    assert predict_class(LABELS, ALL, np.ones((1, 4))).tolist() == ["b"]
    assert class_probabilities(LABELS, ALL, np.ones((1, 4))).tolist() == [[0.25, 0.5, 0.25]]


def test_of_classes_with_equal_votes_the_smallest_wins() -> None:
    indices = np.array([[2, 0, 1], [2, 3, 2]])
    assert predict_class(LABELS, indices, np.ones((2, 3))).tolist() == ["a", "c"]
    assert predict_class(LABELS, indices[:, :2], np.ones((2, 2))).tolist() == ["b", "b"]


def test_votes_weigh_the_inverse_of_the_distance() -> None:
    distances = np.array([[2.0, 0.5, 1.0, 4.0]])  # a: 2, b: 1 / 2 + 1 / 4, c: 1
    assert predict_class(LABELS, ALL, distances, "distance").tolist() == ["a"]
    assert class_probabilities(LABELS, ALL, distances, "distance").tolist() == [[2 / 3.75, 0.75 / 3.75, 1 / 3.75]]


def test_equal_votes_are_equal_in_every_order_of_the_neighbours() -> None:
    # Added from left to right, 1 / 10 + 2 / 10 + 3 / 10 exceeds 6 / 10, and the other way round it does not.
    labels, indices = np.array([1, 1, 1, 0]), np.array([[0, 1, 2, 3], [2, 1, 0, 3]])
    weights = {10.0: 0.1, 5.0: 0.2, 3.0: 0.3, 1.0: 0.6}
    distances = np.array([[10.0, 5.0, 3.0, 1.0], [3.0, 5.0, 10.0, 1.0]])
    assert predict_class(labels, indices, distances, np.vectorize(weights.get)).tolist() == [0, 0]


@pytest.mark.parametrize("zero", [0.0, -0.0, 5e-324])
def test_where_a_distance_is_zero_only_such_neighbours_count(zero: float) -> None:
    distances = np.array([[zero, 0.5, zero, 4.0]])
    assert class_probabilities(LABELS, ALL, distances, "distance").tolist() == [[0.0, 0.5, 0.5]]
    assert predict_mean(np.array([1.0, 2.0, 4.0, 8.0]), ALL, distances, "distance").tolist() == [2.5]


def test_a_function_is_given_all_distances_at_once() -> None:
    seen = []

    def ones(distances: NDArray[Any]) -> Any:
        seen.append(distances)
        return np.ones_like(distances)

    distances = np.arange(8.0).reshape(2, 4)
    predict_class(LABELS, np.repeat(ALL, 2, axis=0), distances, ones)
    assert len(seen) == 1
    assert seen[0] is distances


def test_neighbours_that_all_weigh_nothing_elect_nobody() -> None:
    for predict in (predict_class, class_probabilities):
        with pytest.raises(ValueError, match="all neighbours of some query have weight 0"):
            predict(LABELS, ALL, np.ones((1, 4)), np.zeros_like)
    assert math.isnan(predict_mean(np.ones(4), ALL, np.ones((1, 4)), np.zeros_like)[0])


def test_without_neighbours_there_is_no_class_and_no_mean() -> None:
    nobody = [np.array([], np.intp)]
    with pytest.raises(ValueError, match="no neighbours"):
        predict_class(LABELS, nobody, [np.array([])])
    assert class_probabilities(LABELS, nobody, [np.array([])]).tolist() == [[0.0, 0.0, 0.0]]
    assert math.isnan(predict_mean(np.ones(4), nobody, [np.array([])])[0])


def test_the_mean_of_several_outputs_is_taken_for_each() -> None:
    targets = np.array([[1.0, 0.0], [2.0, 0.0], [6.0, 0.0], [3.0, 8.0]])
    distances = np.array([[1.0, 1.0, 1.0, 0.5]])
    assert predict_mean(targets, ALL, distances).tolist() == [[3.0, 2.0]]
    assert predict_mean(targets, ALL, distances, "distance").tolist() == [[3.0, 3.2]]


def table() -> tuple[Floats, Floats]:
    """Queries and rows; one query is a row, and two rows are equal."""
    rng = np.random.default_rng(8)
    Q, X = rng.normal(size=(10, 2)), rng.normal(size=(30, 2))
    Q[0], X[5] = X[4], X[4]
    return Q, X


@pytest.mark.parametrize("weights", ["uniform", "distance", gaussian, some_zero, None])
@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_votes_and_means_of_k_neighbours_are_those_of_scikit_learn(weights: Any, algorithm: str) -> None:
    Q, X = table()
    rng = np.random.default_rng(9)
    labels, targets = np.array(["x", "y", "z"])[rng.integers(0, 3, 30)], rng.normal(size=(30, 2))
    distances, indices = k_nearest("euclidean", Q, X, k=4)

    classifier = KNeighborsClassifier(4, weights=weights, algorithm=algorithm).fit(X, labels)
    np.testing.assert_array_equal(predict_class(labels, indices, distances, weights), classifier.predict(Q))
    probabilities = class_probabilities(labels, indices, distances, weights)
    np.testing.assert_allclose(probabilities, classifier.predict_proba(Q), rtol=1e-9)

    regressor = KNeighborsRegressor(4, weights=weights, algorithm=algorithm).fit(X, targets)
    np.testing.assert_allclose(predict_mean(targets, indices, distances, weights), regressor.predict(Q), rtol=1e-9)


@pytest.mark.parametrize("weights", ["uniform", "distance", None])
def test_votes_and_means_within_a_radius_are_those_of_scikit_learn(weights: Any) -> None:
    Q, X = table()
    rng = np.random.default_rng(9)
    labels, targets = rng.integers(5, 8, 30), rng.normal(size=30)
    distances, indices = zip(*within_radius("euclidean", Q, X, radius=1.5), strict=True)
    assert min(len(row) for row in indices) > 0

    classifier = RadiusNeighborsClassifier(1.5, weights=weights).fit(X, labels)
    np.testing.assert_array_equal(predict_class(labels, indices, distances, weights), classifier.predict(Q))
    probabilities = class_probabilities(labels, indices, distances, weights)
    np.testing.assert_allclose(probabilities, classifier.predict_proba(Q), rtol=1e-9)

    regressor = RadiusNeighborsRegressor(1.5, weights=weights).fit(X, targets)
    np.testing.assert_allclose(predict_mean(targets, indices, distances, weights), regressor.predict(Q), rtol=1e-9)
