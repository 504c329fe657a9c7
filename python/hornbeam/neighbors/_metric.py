"""What the parameters `metric`, `p` and `metric_params` mean, and which of them go with which algorithm and input."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from sklearn.metrics import DistanceMetric
from sklearn.neighbors import VALID_METRICS, VALID_METRICS_SPARSE

from hornbeam._validation import StrOptions

__all__ = ["METRIC_CONSTRAINT", "Metric", "check_metric", "metric_of"]

METRIC_CONSTRAINT = [StrOptions(set(chain(*VALID_METRICS.values()))), callable, DistanceMetric]

_TREES = ("ball_tree", "kd_tree")
_SEMIMETRIC = (
    "Mind that for 0 < p < 1, Minkowski metrics are not distance metrics. Continuing the execution with "
    "`algorithm='brute'`."
)


@dataclass(frozen=True)
class Metric:
    """A distance: the name, callable or DistanceMetric, and the keywords that it takes besides two vectors."""

    kind: Any
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def is_precomputed(self) -> bool:
        """Whether the features are the distances themselves."""
        return isinstance(self.kind, str) and self.kind == "precomputed"

    @property
    def is_semimetric(self) -> bool:
        """Whether it breaks the triangle inequality, as Minkowski's distances below p = 1 do."""
        return isinstance(self.kind, str) and self.kind == "minkowski" and bool(self.params["p"] < 1)


def metric_of(estimator: Any) -> Metric:
    """The metric that the parameters describe; Minkowski's with p = 1, 2 or infinity goes by its own name."""
    params = dict(estimator.metric_params or {})
    if not (isinstance(estimator.metric, str) and estimator.metric == "minkowski"):
        return Metric(estimator.metric, params)
    p = params.pop("p", estimator.p)
    weights = params.pop("w", None)
    if p is None:
        raise ValueError("p must be a number for metric='minkowski', got None")
    name = {1: "manhattan", 2: "euclidean", np.inf: "chebyshev"}.get(p) if weights is None else None
    return Metric("minkowski", {**params, "p": p, "w": weights}) if name is None else Metric(name, params)


def check_metric(estimator: Any) -> None:
    """Raise ValueError if the algorithm does not know the metric."""
    metric, algorithm = estimator.metric, estimator.algorithm
    if callable(metric):
        if algorithm == "kd_tree":
            raise ValueError(f"kd_tree does not support callable metric '{metric}'; use ball_tree or brute")
    elif not isinstance(metric, DistanceMetric):
        known_by = algorithm
        if algorithm == "auto":
            known_by = "ball_tree" if metric in VALID_METRICS["ball_tree"] else "brute"
        if metric not in VALID_METRICS[known_by]:
            raise ValueError(
                f"Metric '{metric}' not valid. Use sorted(sklearn.neighbors.VALID_METRICS['{known_by}']) to get valid "
                "options. Metric can also be a callable function."
            )
    if estimator.p is not None and "p" in (estimator.metric_params or {}):
        warnings.warn(
            "Parameter p is found in metric_params. The corresponding parameter from __init__ is ignored.",
            SyntaxWarning,
            stacklevel=6,
        )


def check_combination(metric: Metric, algorithm: str, *, is_sparse: bool) -> None:
    """Raise ValueError if sparse input has no such metric or a tree could not hold it."""
    if is_sparse:
        if isinstance(metric.kind, str) and metric.kind not in VALID_METRICS_SPARSE["brute"]:
            raise ValueError(
                f"Metric '{metric.kind}' not valid for sparse input. Use "
                "sorted(sklearn.neighbors.VALID_METRICS_SPARSE['brute']) to get valid options. Metric can also be a "
                "callable function."
            )
        return
    if metric.is_semimetric:
        if algorithm in _TREES:
            raise ValueError(
                f'algorithm="{algorithm}" does not support 0 < p < 1 for the Minkowski metric. To resolve this problem '
                'either set p >= 1 or algorithm="brute".'
            )
        warnings.warn(_SEMIMETRIC, stacklevel=6)
    if algorithm == "kd_tree" and isinstance(metric.kind, str) and metric.params.get("w") is not None:
        raise ValueError(
            "algorithm='kd_tree' is not valid for metric='minkowski' with a weight parameter 'w': try "
            "algorithm='ball_tree' or algorithm='brute' instead."
        )
