"""The search for neighbours as an estimator."""

from __future__ import annotations

from typing import Any

from hornbeam.neighbors._base import UnsupervisedNeighbors
from hornbeam.neighbors._docs import share_docs
from hornbeam.neighbors._nearest import KNeighborsMixin
from hornbeam.neighbors._radius import RadiusNeighborsMixin


@share_docs
class NearestNeighbors(UnsupervisedNeighbors, KNeighborsMixin, RadiusNeighborsMixin):
    """Exact nearest neighbours.

    A drop-in replacement of scikit-learn's class of this name.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that `kneighbors` finds, at least 1.
    radius : float, default=1.0
        Largest distance of what `radius_neighbors` finds, at least 0.
    {SEARCH}

    Attributes
    ----------
    {FITTED}

    See Also
    --------
    KNeighborsClassifier : A vote of the nearest neighbours.
    KNeighborsRegressor : The mean of the nearest neighbours.
    KNeighborsTransformer : The graph of nearest neighbours, for estimators that read distances.

    Notes
    -----
    {NOTES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> model = hb.NearestNeighbors(n_neighbors=2).fit([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0]])
    >>> model.kneighbors([[3.0, 0.0]])
    (array([[2., 3.]]), array([[1, 0]]))
    """

    def __init__(
        self,
        *,
        n_neighbors: int | None = 5,
        radius: float | None = 1.0,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: Any = "minkowski",
        p: float | None = 2,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs
