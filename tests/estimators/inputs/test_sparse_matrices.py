"""What estimators do with sparse matrices, which they never make dense; test_matrices.py has the kinds of them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import hornbeam as hb

N_ROWS = 400


@pytest.fixture(scope="module")
def table() -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    X = rng.integers(-3, 4, (N_ROWS, 12)).astype(float)
    X[rng.random(X.shape) < np.linspace(0.1, 0.99, 12)] = 0
    X[(X != 0) & (rng.random(X.shape) < 0.05)] = np.nan
    return X


@pytest.fixture(scope="module")
def y(table: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nan_to_num(table) @ np.arange(12.0)


def test_early_stopping_weights_and_scorers_take_sparse_rows(
    table: NDArray[np.float64], y: NDArray[np.float64]
) -> None:
    weight = np.arange(N_ROWS) % 3.0
    made = [
        hb.HistGradientBoostingClassifier(max_iter=20, early_stopping=True, scoring="roc_auc", random_state=0).fit(
            form(table), y > 0, weight
        )
        for form in (np.asarray, scipy.sparse.csr_array)
    ]
    np.testing.assert_array_equal(made[0].validation_score_, made[1].validation_score_)
    np.testing.assert_array_equal(made[0].predict_proba(table), made[1].predict_proba(table))


def test_validation_rows_may_be_sparse(table: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    made = [
        hb.HistGradientBoostingRegressor(max_iter=20, early_stopping=True)
        .fit(table[:300], y[:300], X_val=form(table[300:]), y_val=y[300:])
        .validation_score_
        for form in (np.asarray, scipy.sparse.csc_array)
    ]
    np.testing.assert_array_equal(*made)


def test_sparse_rows_are_explained_refitted_and_continued(table: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    X = scipy.sparse.csr_array(table)
    made = []
    for rows in (table, X):
        model = hb.HistGradientBoostingRegressor(max_iter=5, warm_start=True).fit(rows, y)
        model.set_params(max_iter=8).fit(rows, y)
        model.refit(rows, 2 * y)
        made.append((model.predict(rows), model.predict_contributions(rows), model.apply(rows)))
    for dense, sparse in zip(*made, strict=True):
        np.testing.assert_array_equal(dense, sparse)


def test_categorical_features_are_refused() -> None:
    X = np.tile(np.arange(4.0), 100)[:, None]
    sparse = scipy.sparse.csr_array(X)
    model = hb.HistGradientBoostingRegressor(categorical_features=[0], max_iter=2)
    with pytest.raises(TypeError, match="X is sparse, but has categorical features"):
        model.fit(sparse, X.ravel())
    model.fit(X, X.ravel())
    with pytest.raises(TypeError, match="X is sparse, but has categorical features"):
        model.predict(sparse)


def test_words_are_counted_and_classified_in_a_pipeline() -> None:
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(300)]
    texts = [" ".join(rng.choice(words, 30)) for _ in range(N_ROWS)]
    spam = np.array(["word7 " in text for text in texts])
    pipeline = make_pipeline(CountVectorizer(), hb.HistGradientBoostingClassifier(max_iter=20, min_samples_leaf=5))
    search = GridSearchCV(pipeline, {"histgradientboostingclassifier__max_leaf_nodes": [4, 8]}, cv=2)
    assert search.fit(texts, spam).best_score_ > 0.95


def test_a_table_too_wide_to_be_dense_is_learned() -> None:
    n_rows, n_features = 20_000, 5_000_000  # 800 GB if it were dense
    rng = np.random.default_rng(0)
    informative = rng.integers(0, 2, n_rows)
    rows = np.concatenate([np.flatnonzero(informative), np.arange(n_rows)])
    columns = np.concatenate([np.full(informative.sum(), 4_999_999), rng.integers(0, n_features, n_rows)])
    X = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n_rows, n_features))
    model = hb.HistGradientBoostingClassifier(max_iter=3, learning_rate=1.0, early_stopping=False).fit(X, informative)
    assert model.score(X, informative) == 1.0
