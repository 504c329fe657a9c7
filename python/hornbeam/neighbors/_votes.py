"""Votes and means: weighted sums over the neighbours of each query, in the order of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._validation import Float64, StrOptions, reading
from hornbeam.neighbors._neighborhoods import Int64, Neighborhoods

__all__ = ["WEIGHTS_CONSTRAINT", "Weights", "means", "votes", "weights_of", "weights_of_nearest"]

WEIGHTS_CONSTRAINT: list[Any] = [StrOptions({"uniform", "distance"}), callable, None]

Weights = str | Callable[[Any], Any] | None


def weights_of_nearest(distance: Float64, weights: Weights) -> Float64 | None:
    """Weights of a table of distances, of its shape; None if all are 1."""
    if weights is None or weights == "uniform":
        return None
    if callable(weights):
        with reading("weights"):
            given = np.asarray(weights(distance), dtype=np.float64)
        if given.shape != distance.shape:
            raise ValueError(f"weights must return an array of shape {distance.shape}, got {given.shape}")
        return given
    return _inverse(distance.ravel(), np.repeat(np.arange(len(distance)), distance.shape[1])).reshape(distance.shape)


def weights_of(found: Neighborhoods, weights: Weights) -> Float64 | None:
    """Weights of all neighbours; None if all are 1. A callable is given an array of arrays, one for each query."""
    if weights is None or weights == "uniform":
        return None
    if not callable(weights):
        return _inverse(found.distance, found.query)
    with reading("weights"):
        given = [np.asarray(of_query, dtype=np.float64) for of_query in weights(found.split(found.distance))]
    if [weight.shape for weight in given] != [(size,) for size in found.sizes]:
        raise ValueError("weights must return an array of as many weights as neighbours for each query")
    return np.concatenate(given)


def _inverse(distance: Float64, query: Int64) -> Float64:
    """1 / distance; where that is infinite, 1 and zero for the query's others. If all are infinitely far, 1."""
    with np.errstate(divide="ignore", over="ignore"):
        inverse = 1.0 / distance
    if np.isinf(distance).any():
        is_near = np.zeros(int(query[-1]) + 1, dtype=bool)
        is_near[query[inverse > 0.0]] = True
        inverse = np.where(is_near[query], inverse, 1.0)
    is_there = np.isinf(inverse)
    if not is_there.any():
        return inverse
    has_one = np.zeros(int(query[-1]) + 1, dtype=bool)
    has_one[query[is_there]] = True
    return np.where(has_one[query], is_there, inverse)


def votes(codes: NDArray[np.intp], query: Int64, weight: Float64 | None, n_queries: int, n_classes: int) -> Float64:
    """The sum of weights by query and class, of neighbours whose classes have these codes."""
    place = query * n_classes + codes
    return np.bincount(place, weight, minlength=n_queries * n_classes).astype(np.float64).reshape(n_queries, n_classes)


def means(y: Float64, found: Neighborhoods, weight: Float64 | None) -> Float64:
    """The weighted mean of the neighbours' targets, a column for each output; NaN where there are none."""
    query, n_queries = found.query, len(found)
    unit = np.frexp(np.abs(y).max())[1]  # of the targets, whose sums would leave float64 else
    targets = np.ldexp(y, -unit).reshape(len(y), -1)[found.row]
    if weight is not None:
        targets = targets * weight[:, None]
    total = np.bincount(query, weight, minlength=n_queries)
    sums = np.stack([np.bincount(query, output, minlength=n_queries) for output in targets.T], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.ldexp(np.asarray(sums / total[:, None], dtype=np.float64), unit)
