"""Exact nearest neighbours, and what votes, averages and judges by them."""

from __future__ import annotations

import hornbeam._runtime  # noqa: F401  (tells threadpoolctl of the thread pool)
from hornbeam.neighbors._graphs import kneighbors_graph, radius_neighbors_graph
from hornbeam.neighbors._k_classifier import KNeighborsClassifier
from hornbeam.neighbors._k_regressor import KNeighborsRegressor
from hornbeam.neighbors._lof import LocalOutlierFactor
from hornbeam.neighbors._nearest_centroid import NearestCentroid
from hornbeam.neighbors._radius_classifier import RadiusNeighborsClassifier
from hornbeam.neighbors._radius_regressor import RadiusNeighborsRegressor
from hornbeam.neighbors._transformers import KNeighborsTransformer, RadiusNeighborsTransformer
from hornbeam.neighbors._unsupervised import NearestNeighbors

__all__ = [
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "LocalOutlierFactor",
    "NearestCentroid",
    "NearestNeighbors",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
    "kneighbors_graph",
    "radius_neighbors_graph",
]
