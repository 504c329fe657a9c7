"""What an estimator predicts from the neighbours it found: a class by vote, or a mean.

Neighbours come as ``indices`` and ``distances``, one row per query: matrices, or lists of arrays where queries have
different numbers of neighbours. Semantics follow scikit-learn's KNeighbors* and RadiusNeighbors* estimators; sums are
rounded once, so that votes that are equal are equal in every order of the neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[Any]
Rows = Sequence[npt.NDArray[Any]] | npt.NDArray[Any]
Weights = str | Callable[[npt.NDArray[Any]], Rows] | None


def predict_class(labels: Labels, indices: Rows, distances: Rows, weights: Weights = "uniform") -> Labels:
    """Return for each query the class with most votes; of several, the smallest.

    Parameters
    ----------
    labels : the class of each row of X
    indices, distances : the neighbours of each query
    weights : 'uniform' (or None), 'distance', or a function from distances to weights

    Raises
    ------
    ValueError
        If no neighbour of some query has a vote.
    """
    if any(len(row) == 0 for row in indices):
        raise ValueError("some query has no neighbours")
    classes = np.unique(labels)
    votes = class_votes(labels, indices, neighbor_weights(distances, weights))
    # argmax takes the first of the largest.
    return np.array([classes[np.argmax(row)] for row in votes], classes.dtype)


def class_probabilities(labels: Labels, indices: Rows, distances: Rows, weights: Weights = "uniform") -> Floats:
    """Return for each query the share of the votes of each class, of shape (n_queries, n_classes).

    Classes are in ascending order. A query without neighbours has 0 for every class. Parameters and errors are those
    of predict_class.
    """
    votes = class_votes(labels, indices, neighbor_weights(distances, weights))
    return np.array([[vote / (math.fsum(row) or 1.0) for vote in row] for row in votes])


def predict_mean(targets: Floats, indices: Rows, distances: Rows, weights: Weights = "uniform") -> Floats:
    """Return for each query ``sum(w_j y_j) / sum(w_j)`` over its neighbours.

    Targets have shape (n_rows,) or (n_rows, n_outputs), and so has the result. Without neighbours, or if all their
    weights are 0, it is NaN.
    """
    if targets.ndim == 2:
        columns = [predict_mean(column, indices, distances, weights) for column in targets.T]
        return np.stack(columns, axis=1)
    by_query = zip(indices, neighbor_weights(distances, weights), strict=True)
    return np.array([weighted_mean(targets[row], w) for row, w in by_query])


def weighted_mean(y: npt.NDArray[Any], w: Floats) -> float:
    weight = math.fsum(w)
    if weight == 0.0:
        return math.nan
    return math.fsum(float(a) * float(b) for a, b in zip(w, y, strict=True)) / weight


def class_votes(labels: Labels, indices: Rows, weights: list[Floats]) -> list[list[float]]:
    """Return for each query the sum of the weights of its neighbours in each class."""
    if any(len(w) > 0 and not np.any(w) for w in weights):
        raise ValueError("all neighbours of some query have weight 0")
    classes = np.unique(labels)
    return [[math.fsum(w[labels[row] == label]) for label in classes] for row, w in zip(indices, weights, strict=True)]


def neighbor_weights(distances: Rows, weights: Weights) -> list[Floats]:
    """Return the weight of each neighbour of each query."""
    if callable(weights):
        return [np.asarray(row, np.float64) for row in weights(as_array(distances))]
    if weights == "distance":
        return [inverse(np.asarray(row, np.float64)) for row in distances]
    return [np.ones(len(row)) for row in distances]


def as_array(distances: Rows) -> npt.NDArray[Any]:
    """Return a matrix as it is, and a list of arrays as an array of arrays: what a function of distances is given."""
    if isinstance(distances, np.ndarray):
        return distances
    rows = np.empty(len(distances), dtype=object)
    for i, row in enumerate(distances):
        rows[i] = row
    return rows


def inverse(distances: Floats) -> Floats:
    """Return ``1 / distances``; where that is infinite for some, these weigh 1 and the others 0."""
    with np.errstate(divide="ignore", over="ignore"):
        weights: Floats = 1.0 / distances
    infinite = np.isinf(weights)
    return infinite.astype(np.float64) if infinite.any() else weights
