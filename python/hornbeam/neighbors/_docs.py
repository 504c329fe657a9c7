"""The parts of the docstrings that estimators of neighbours share."""

from __future__ import annotations

from typing import TypeVar

Class = TypeVar("Class", bound=type)

SEARCH = """\
algorithm : {"auto", "ball_tree", "kd_tree", "brute"}, default="auto"
        For scikit-learn's sake: each gives the same exact neighbours. A metric that scikit-learn's algorithm of this
        name does not know raises ValueError.
    leaf_size : int, default=30
        For scikit-learn's sake; at least 1, without effect.
    metric : str, callable or DistanceMetric, default="minkowski"
        A distance that scikit-learn knows by this name; a function of two rows; or "precomputed", where features are
        distances to the rows of the fit. The compiled search has euclidean, manhattan, chebyshev, minkowski,
        sqeuclidean, cosine, canberra, braycurtis, hamming and jaccard; others are measured to all rows. "nan_euclidean"
        allows NaN.
    p : float, default=2
        The power of Minkowski's distance, above 0; 1 is manhattan, 2 euclidean, infinity chebyshev.
    metric_params : dict, default=None
        Further keywords of the metric. Scales of features that "seuclidean" and "mahalanobis" are not given are those
        of the rows of the fit.
    n_jobs : int or None, default=None
        Number of threads. None uses all that are allowed, -1 all, -2 all but one. The result does not depend on it."""

FITTED = """\
effective_metric_ : str, callable or DistanceMetric
        The metric. Minkowski's with `p` of 1, 2 or infinity goes by its own name.
    effective_metric_params_ : dict
        Further keywords of the metric, `p` among them if it is Minkowski's.
    n_samples_fit_ : int
        Number of rows of the fit.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had string names."""

NOTES = """\
Neighbours are the first by :math:`(d(q, x_i), i)`: of equally near rows the lower one is nearer [1]_. Minkowski's
    distance is

    .. math:: d(q, x) = \\left( \\sum_j |q_j - x_j|^p \\right)^{1/p}.

    Distances are computed in float64, as sums of differences, in an order that depends neither on the number of threads
    nor on the SIMD level; float32, float16 and integers of 8 bits are read without a float64 copy. A pickle holds the
    rows, and the index is built again when it is first used."""

REFERENCES = """\
.. [1] T. Cover and P. Hart, "Nearest neighbor pattern classification", IEEE Transactions on Information Theory 13(1),
           21-27, 1967."""

WEIGHTS = """\
weights : {"uniform", "distance"}, callable or None, default="uniform"
        Weight of a neighbour: 1; the inverse of its distance, where neighbours at distance zero are the only ones that
        count; or a function of the distances that returns an array like them."""


def share_docs(cls: Class) -> Class:
    """Fill the shared parts into the docstring of a class."""
    parts = {
        "SEARCH": SEARCH,
        "FITTED": FITTED,
        "NOTES": NOTES,
        "REFERENCES": REFERENCES,
        "WEIGHTS": WEIGHTS,
    }
    if cls.__doc__:  # there is none under python -OO
        for name, text in parts.items():
            cls.__doc__ = cls.__doc__.replace(f"{{{name}}}", text)
    return cls
