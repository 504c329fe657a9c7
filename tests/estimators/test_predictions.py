"""What the estimators predict: weights, labels, probabilities, stages and importances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

import hornbeam as hb
from tests.estimators.support import raw_scores, table
from tests.public_estimators import (
    REGRESSORS,
    over_automatic_classifiers_too,
    over_automatic_regressors_too,
    over_automatic_too,
    over_classifiers,
    over_estimators,
)
from tests.strategies import feature_matrices, frequencies, targets


@over_automatic_regressors_too
@given(data=st.data())
def test_row_of_weight_k_equals_k_copies(estimator: Any, data: st.DataObject) -> None:
    X = data.draw(feature_matrices())
    y, weight = data.draw(targets(len(X))), data.draw(frequencies(len(X)))
    weighted = clone(estimator).fit(X, y, weight)
    repeated = clone(estimator).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_array_equal(raw_scores(weighted, X), raw_scores(repeated, X))


@over_automatic_too
def test_rows_of_weight_zero_count_for_nothing(estimator: Any) -> None:
    X, y = table(estimator)
    weight = np.random.default_rng(0).random(len(y)) * (np.arange(len(y)) % 3 > 0)
    weighted = clone(estimator).fit(X, y, weight)
    selected = clone(estimator).fit(X[weight > 0], y[weight > 0], weight[weight > 0])
    np.testing.assert_array_equal(raw_scores(weighted, X), raw_scores(selected, X))


@over_automatic_too
def test_number_of_threads_does_not_change_a_bit(estimator: Any) -> None:
    X, y = table(estimator)
    expected = raw_scores(clone(estimator).fit(X, y), X)
    for n_jobs in (1, 2, -1, -2, 1000, 10**12):
        np.testing.assert_array_equal(raw_scores(clone(estimator).set_params(n_jobs=n_jobs).fit(X, y), X), expected)


@over_estimators
def test_last_stage_is_the_prediction(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    for method in ("predict", "predict_proba", "decision_function"):
        if hasattr(fitted, method):
            stages = list(getattr(fitted, f"staged_{method}")(X))
            assert len(stages) == fitted.n_iter_
            np.testing.assert_array_equal(stages[-1], getattr(fitted, method)(X))
            assert not np.shares_memory(stages[0], stages[1])


@over_estimators
def test_importances_sum_to_one_and_find_the_features_that_matter(estimator: Any) -> None:
    X, y = table(estimator)
    importances = clone(estimator).set_params(max_iter=20).fit(X, y).feature_importances_
    assert importances.sum() == pytest.approx(1.0)
    assert importances[:2].min() > importances[2:].max()


@over_automatic_too
def test_importances_are_zero_without_a_split(estimator: Any) -> None:
    np.testing.assert_array_equal(clone(estimator).fit([[1.0, 1.0]] * 4, [0, 1, 0, 1]).feature_importances_, [0.0, 0.0])


@over_classifiers
@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_sum_to_one_and_agree_with_the_labels(estimator: Any, n_classes: int) -> None:
    X, y = table(estimator, n_classes=n_classes)
    labels = np.array(["a", "b", "c"])[y]
    fitted = clone(estimator).fit(X, labels)
    probabilities = fitted.predict_proba(X)
    assert probabilities.shape == (len(X), n_classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-15)
    np.testing.assert_array_equal(fitted.classes_[probabilities.argmax(axis=1)], fitted.predict(X))
    assert fitted.decision_function(X).shape == ((len(X),) if n_classes == 2 else (len(X), n_classes))
    assert fitted.n_trees_per_iteration_ == (1 if n_classes == 2 else n_classes)


@over_automatic_classifiers_too
def test_class_weight_multiplies_the_weights_of_its_rows(estimator: Any) -> None:
    X, y = table(estimator)
    labels = np.array(["a", "b", "c"])[y]
    sample_weight = np.random.default_rng(0).integers(1, 4, len(y))
    by_class = clone(estimator).set_params(class_weight={"a": 2, "c": 0.5})
    by_row = clone(estimator)
    by_class.fit(X, labels, sample_weight)
    by_row.fit(X, labels, sample_weight * np.array([2, 1, 0.5])[y])
    np.testing.assert_array_equal(raw_scores(by_class, X), raw_scores(by_row, X))


@over_automatic_classifiers_too
def test_balanced_classes_do_not_count_rows_of_weight_zero(estimator: Any) -> None:
    X, y = table(estimator)
    weight = (np.arange(len(y)) % 4 > 0).astype(float)
    weighted = clone(estimator).set_params(class_weight="balanced").fit(X, y, weight)
    selected = clone(estimator).set_params(class_weight="balanced").fit(X[weight > 0], y[weight > 0])
    np.testing.assert_array_equal(raw_scores(weighted, X), raw_scores(selected, X))


def test_large_limits_are_no_limit() -> None:
    X, y = table(REGRESSORS[0])
    limited = hb.HistGradientBoostingRegressor(max_leaf_nodes=10**12, max_depth=10**12, min_samples_leaf=2, max_iter=2)
    unlimited = hb.HistGradientBoostingRegressor(max_leaf_nodes=None, max_depth=None, min_samples_leaf=2, max_iter=2)
    np.testing.assert_array_equal(limited.fit(X, y).predict(X), unlimited.fit(X, y).predict(X))


@over_automatic_too
def test_one_row_whose_stride_is_not_whole_elements_is_predicted(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    row = np.lib.stride_tricks.as_strided(X[:1].copy(), (1, 4), (28, 8))
    np.testing.assert_array_equal(fitted.predict(row), fitted.predict(X[:1]))
