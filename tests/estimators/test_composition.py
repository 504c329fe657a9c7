"""Estimators as parts: in pipelines and searches, in worker processes, with routed weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.feature_selection import VarianceThreshold
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import Pipeline

from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_automatic, over_automatic_too, over_estimators


def pipeline(estimator: Any) -> Pipeline:
    return Pipeline([("select", VarianceThreshold()), ("boost", clone(estimator))])


@over_estimators
def test_search_over_a_pipeline_in_worker_processes_finds_what_one_process_finds(estimator: Any) -> None:
    X, y = table(estimator)
    grid = {"boost__max_leaf_nodes": [2, 8], "boost__learning_rate": [0.1, 0.5]}
    alone, workers = (
        GridSearchCV(pipeline(estimator), grid, cv=2, n_jobs=n_jobs, error_score="raise").fit(X, y) for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(workers.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"])
    assert workers.best_params_ == alone.best_params_
    np.testing.assert_array_equal(raw_scores(workers.best_estimator_, X), raw_scores(alone.best_estimator_, X))


@over_estimators
def test_weights_are_routed_through_a_pipeline_and_through_a_search(estimator: Any) -> None:
    X, y = table(estimator)
    weight = np.arange(len(y)) % 3 + 1
    with sklearn.config_context(enable_metadata_routing=True):
        routed = clone(estimator).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        piped = pipeline(routed).fit(X, y, sample_weight=weight)
        searched = GridSearchCV(routed, {"max_leaf_nodes": [4]}, cv=2).fit(X, y, sample_weight=weight)
    weighted = clone(estimator).fit(X, y, weight)
    np.testing.assert_array_equal(raw_scores(piped, X), raw_scores(weighted, X))
    assert not np.array_equal(raw_scores(piped, X), raw_scores(clone(estimator).fit(X, y), X))
    weighted.set_params(max_leaf_nodes=4).fit(X, y, weight)
    np.testing.assert_array_equal(raw_scores(searched.best_estimator_, X), raw_scores(weighted, X))


@over_automatic_too
def test_weights_that_nobody_asked_for_are_refused(estimator: Any) -> None:
    X, y = table(estimator)
    with sklearn.config_context(enable_metadata_routing=True), pytest.raises(ValueError, match="sample_weight"):
        cross_val_predict(pipeline(estimator), X, y, params={"sample_weight": np.ones(len(y))}, cv=2)


@over_automatic
def test_automatic_fits_in_worker_processes_have_the_bits_of_one_process(estimator: Any) -> None:
    X, y = table(estimator, n_rows=60)
    alone, workers = (cross_val_predict(pipeline(estimator), X, y, cv=2, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(workers, alone)


@over_automatic
def test_weights_are_routed_to_an_automatic_fit(estimator: Any) -> None:
    X, y = table(estimator, n_rows=60)
    weight = np.arange(len(y)) % 3 + 1
    with sklearn.config_context(enable_metadata_routing=True):
        routed = clone(estimator).set_fit_request(sample_weight=True)
        piped = pipeline(routed).fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(raw_scores(piped, X), raw_scores(clone(estimator).fit(X, y, weight), X))
    assert not np.array_equal(raw_scores(piped, X), raw_scores(clone(estimator).fit(X, y), X))
