"""Nearest centroids, where scikit-learn's divide by zero too, and what they refuse."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_array, csr_array

import hornbeam as hb
from tests.neighbors.support import assert_same, grid, table


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("container", [csr_array, csc_array])
@pytest.mark.parametrize("priors", ["uniform", [0.2, 0.3, 0.5]], ids=["uniform", "given"])
def test_sparse_rows_give_what_dense_ones_give(metric: str, container: Any, priors: Any) -> None:
    X, Q = grid(60, 5), grid(20, 5, seed=1)
    y = np.arange(60) % 3
    dense = hb.NearestCentroid(metric, shrink_threshold=0.1, priors=priors).fit(X, y)
    sparse = hb.NearestCentroid(metric, shrink_threshold=0.1, priors=priors).fit(container(X), y)
    for name in ("centroids_", "deviations_", "within_class_std_dev_", "class_prior_"):
        np.testing.assert_allclose(getattr(sparse, name), getattr(dense, name), rtol=1e-12, atol=1e-13)
    np.testing.assert_array_equal(sparse.predict(container(Q)), dense.predict(Q))
    if metric == "euclidean":
        np.testing.assert_allclose(sparse.predict_proba(container(Q)), dense.predict_proba(Q))


def test_features_and_classes_without_spread_are_no_division_by_zero() -> None:
    X = np.array([[0.0, 5.0], [0.0, 5.0], [1.0, 5.0], [1.0, 5.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = hb.NearestCentroid(shrink_threshold=0.5, priors=[0.4, 0.6]).fit(X, [0, 0, 1, 1])
        assert_same(model.centroids_, X[[0, 2]])
        assert_same(model.predict(X), np.array([0, 0, 1, 1]))
        one_each = hb.NearestCentroid().fit([[0.0], [1.0]], ["a", "b"])
        assert one_each.predict([[0.9]])[0] == "b"
        assert np.isfinite(one_each.predict_proba([[0.9]])).all()


def test_of_equally_near_centres_the_first_class_is_chosen() -> None:
    model = hb.NearestCentroid().fit([[0.0], [2.0]], ["b", "a"])
    assert model.predict([[1.0]])[0] == "a"


def test_a_class_of_prior_zero_is_never_chosen() -> None:
    X = table()
    model = hb.NearestCentroid(priors=[0.0, 1.0]).fit(X, X[:, 0] > 0)
    assert model.predict(X).all()
    assert_same(model.predict_proba(X)[:, 0], np.zeros(60))


WRONG: list[tuple[dict[str, Any], Any, str]] = [
    ({}, np.zeros(60), "The number of classes has to be greater than one; got 1 class"),
    ({"priors": [-2.0, 3.0]}, None, "priors must be non-negative"),
    ({"priors": [1.0]}, None, "priors must have one number for each of 2 classes"),
    ({"priors": [0.0, 0.0]}, None, "priors must be finite and not all zero"),
    ({"priors": [np.nan, 1.0]}, None, "priors must be finite and not all zero"),
    ({"shrink_threshold": 0.0}, None, "'shrink_threshold' parameter"),
]


@pytest.mark.parametrize("parameters, y, message", WRONG, ids=str)
def test_wrong_fits_are_refused(parameters: dict[str, Any], y: Any, message: str) -> None:
    X = table()
    with pytest.raises(ValueError, match=message):
        hb.NearestCentroid(**parameters).fit(X, X[:, 0] > 0 if y is None else y)


def test_numbers_whose_squares_are_too_large_are_refused() -> None:
    with pytest.raises(ValueError, match="X has a value that is too large"):
        hb.NearestCentroid().fit([[1e300], [-1e300], [0.0]], [0, 0, 1])


def test_rows_that_are_all_the_same_are_refused() -> None:
    for rows in (np.ones((6, 2)), csr_array(np.ones((6, 2)))):
        with pytest.raises(ValueError, match="All features have zero variance"):
            hb.NearestCentroid().fit(rows, np.arange(6) % 2)


def test_priors_that_do_not_sum_to_one_are_scaled_with_a_warning() -> None:
    X = table()
    with pytest.warns(UserWarning, match="The priors do not sum to 1") as caught:
        model = hb.NearestCentroid(priors=[1.0, 3.0]).fit(X, X[:, 0] > 0)
    assert caught[0].filename == __file__
    assert_same(model.class_prior_, np.array([0.25, 0.75]))
