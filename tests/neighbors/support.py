"""Small tables, scikit-learn's estimators beside ours, and every neighbour by the definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import sklearn.neighbors
from numpy.typing import NDArray
from scipy.sparse import issparse

from tests.public_estimators import name_of

Floats = NDArray[np.float64]


def table(n_rows: int = 60, n_features: int = 4, seed: int = 0) -> Floats:
    """Rows without ties."""
    return np.random.default_rng(seed).normal(size=(n_rows, n_features))


def grid(n_rows: int = 60, n_features: int = 3, seed: int = 0) -> Floats:
    """Rows of few small integers: many are equal, and many are equally far from one another."""
    return np.random.default_rng(seed).integers(0, 3, size=(n_rows, n_features)).astype(np.float64)


def target_of(estimator: Any, X: Floats) -> NDArray[Any]:
    """Classes or numbers that depend on the rows."""
    signal: Floats = X[:, 0] + X[:, 1] ** 2
    return signal if name_of(estimator).endswith("Regressor") else (signal > np.median(signal)).astype(int)


def peer_of(estimator: Any) -> Any:
    """scikit-learn's estimator of the same name and parameters."""
    return getattr(sklearn.neighbors, name_of(estimator))(**estimator.get_params(deep=False))


def answers(estimator: Any, X: Any) -> dict[str, Any]:
    """What the fitted estimator says of rows, by method; graphs as dense tables, ragged arrays as lists."""
    found = {}
    methods = ["predict", "predict_proba", "decision_function", "score_samples", "transform", "kneighbors"]
    for method in [*methods, "radius_neighbors", "kneighbors_graph", "radius_neighbors_graph"]:
        if hasattr(estimator, method):
            found[method] = comparable(getattr(estimator, method)(X))
    return found


def comparable(answer: Any) -> Any:
    """A form that NumPy compares."""
    if isinstance(answer, tuple | list):
        return [comparable(part) for part in answer]
    if issparse(answer):
        return answer.toarray()
    is_ragged = isinstance(answer, np.ndarray) and answer.dtype.kind == "O"
    return [comparable(part) for part in answer] if is_ragged else answer


def assert_same(answer: Any, expected: Any, rtol: float = 0.0) -> None:
    """Assert equal answers, to the bit without a tolerance."""
    if isinstance(expected, list):
        assert len(answer) == len(expected)
        for part, expected_part in zip(answer, expected, strict=True):
            assert_same(part, expected_part, rtol)
    elif rtol == 0.0 or expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(answer, expected)
    else:
        np.testing.assert_allclose(answer, expected, rtol=rtol, atol=rtol)


def nearest_by_definition(distance: Floats, k: int) -> tuple[Floats, NDArray[np.intp]]:
    """The k smallest of each line by (distance, row)."""
    row = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distance, row, axis=1), row


def canonical_squares(queries: NDArray[Any], X: NDArray[Any]) -> NDArray[np.float64]:
    """Squared Euclidean distances in the order of additions that docs/neighbors.md §1 fixes."""
    n_lanes = 8
    width = -(-X.shape[1] // n_lanes) * n_lanes
    base, asked = (np.zeros((len(rows), width)) for rows in (X, queries))
    base[:, : X.shape[1]], asked[:, : X.shape[1]] = X, queries
    squares = np.empty((len(queries), len(X)))
    for i, query in enumerate(asked):
        terms = (query - base) ** 2
        lane = np.zeros((len(X), n_lanes))
        for begin in range(0, width, n_lanes):
            lane += terms[:, begin : begin + n_lanes]
        half = lane[:, :4] + lane[:, 4:]
        quarter = half[:, :2] + half[:, 2:]
        squares[i] = quarter[:, 0] + quarter[:, 1]
    return squares
