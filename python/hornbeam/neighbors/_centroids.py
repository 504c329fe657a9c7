"""The centre of each class and the spread around it, of dense tables and of compressed sparse columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from hornbeam._validation import Float64
from hornbeam.neighbors._neighborhoods import blocks

__all__ = ["class_centers", "shrunken", "squared_deviations"]


def class_centers(X: Any, codes: NDArray[np.intp], n_classes: int, *, median: bool) -> Float64:
    """Means or medians of the features, a row for each class."""
    center = _medians if median else _means
    centers: Float64 = np.stack([center(X[np.flatnonzero(codes == code)]) for code in range(n_classes)])
    return centers


def squared_deviations(X: Any, codes: NDArray[np.intp], centers: Float64) -> Float64:
    """For each feature the sum over rows of the squared distance to the centre of their class."""
    total = np.zeros(X.shape[1])
    for code, center in enumerate(centers):
        total += _squares(X[np.flatnonzero(codes == code)], center)
    return total


def shrunken(centers: Float64, middle: Float64, scale: Float64, threshold: float) -> tuple[Float64, Float64]:
    """Deviations of centres from the middle, in units of scale, moved towards zero; and the centres that these give.

    Where the scale is zero there is nothing to measure by: the centre stays.
    """
    has_scale = scale > 0
    deviations = np.divide(centers - middle, scale, out=np.zeros_like(centers), where=has_scale)
    deviations = np.sign(deviations) * np.maximum(np.abs(deviations) - threshold, 0.0) + 0.0  # no negative zeros
    return deviations, np.where(has_scale, middle + scale * deviations, centers)


def _means(X: Any) -> Float64:
    return np.asarray(X.mean(axis=0), dtype=np.float64).ravel()


def _medians(X: Any) -> Float64:
    if not issparse(X):
        return np.asarray(np.median(X, axis=0), dtype=np.float64)
    columns = X.tocsc()
    parts = [np.median(columns[:, block].toarray(), axis=0) for block in blocks(X.shape[1], X.shape[0])]
    medians: Float64 = np.concatenate(parts)
    return medians


def _squares(X: Any, center: Float64) -> Float64:
    if not issparse(X):
        return np.asarray(((X - center) ** 2).sum(axis=0))
    n_features = X.shape[1]
    stored = np.bincount(X.indices, (X.data - center[X.indices]) ** 2, minlength=n_features)
    n_zeros = X.shape[0] - np.bincount(X.indices, minlength=n_features)
    return np.asarray(stored + n_zeros * center**2)
