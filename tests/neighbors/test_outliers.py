"""Local outlier factors: which methods there are, what warns, what type scores have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_array

import hornbeam as hb
from tests.neighbors.support import table


def test_factor_by_hand() -> None:
    """Rows 0, 1 and 3 with one neighbour: densities 1, 1 and 1 / 2."""
    model = hb.LocalOutlierFactor(n_neighbors=1).fit([[0.0], [1.0], [3.0]])
    np.testing.assert_allclose(model.negative_outlier_factor_, [-1.0, -1.0, -2.0], rtol=1e-9)
    assert model.offset_ == -1.5
    np.testing.assert_array_equal(model.fit_predict([[0.0], [1.0], [3.0]]), [1, 1, -1])


@pytest.mark.parametrize("novelty", [False, True])
def test_methods_are_there_for_the_rows_they_judge(novelty: bool) -> None:
    model = hb.LocalOutlierFactor(novelty=novelty).fit(table())
    assert hasattr(model, "fit_predict") is not novelty
    for method in ("predict", "decision_function", "score_samples"):
        assert hasattr(model, method) is novelty
    method = "fit_predict" if novelty else "predict"
    with pytest.raises(AttributeError, match=f"has no attribute '{method}'") as caught:
        getattr(model, method)
    assert f"{method} is not available when novelty={novelty}" in str(caught.value.__cause__)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_have_the_type_of_the_rows(dtype: Any) -> None:
    X = table().astype(dtype)
    model = hb.LocalOutlierFactor(novelty=True, contamination=0.1).fit(X)
    assert model.negative_outlier_factor_.dtype == dtype
    assert model.score_samples(X).dtype == dtype
    assert model.decision_function(X).dtype == dtype
    assert (model.negative_outlier_factor_ < model.offset_).sum() == 6


def test_too_few_rows_warn_and_all_are_neighbours() -> None:
    with pytest.warns(UserWarning, match=r"n_neighbors \(20\) is greater than the total number of samples \(5\)"):
        model = hb.LocalOutlierFactor().fit(table(5))
    assert model.n_neighbors_ == 4


def test_many_duplicates_warn() -> None:
    X = np.concatenate([np.zeros((30, 1)), np.arange(1.0, 9.0)[:, None]])
    with pytest.warns(UserWarning, match="Duplicate values are leading to incorrect results"):
        hb.LocalOutlierFactor(n_neighbors=5).fit(X)


def test_sparse_and_precomputed_rows_have_the_factors_of_dense_ones() -> None:
    X = table()
    expected = hb.LocalOutlierFactor().fit(X).negative_outlier_factor_
    for rows, metric in [(csr_array(X), "minkowski"), (sklearn.metrics.pairwise_distances(X), "precomputed")]:
        model = hb.LocalOutlierFactor(metric=metric).fit(rows)
        np.testing.assert_allclose(model.negative_outlier_factor_, expected)
