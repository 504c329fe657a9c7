"""`predictor()` predicts as the estimator does, and refuses what it would have to convert."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from hornbeam import _core
from tests.estimators.support import table
from tests.public_estimators import (
    over_automatic_classifiers_too,
    over_automatic_regressors_too,
    over_automatic_too,
    over_estimators,
)


def same_as_estimator(fitted: Any, predictor: Any, X: Any) -> None:
    np.testing.assert_array_equal(predictor.predict(X), fitted.predict(X), strict=True)
    if is_classifier(fitted):
        np.testing.assert_array_equal(predictor.predict_proba(X), fitted.predict_proba(X), strict=True)


@over_automatic_too
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows", [0, 1, 7, 100])
def test_predicts_as_the_estimator(estimator: Any, dtype: Any, n_rows: int) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    rows = np.asfortranarray(X[:n_rows][::-1].astype(dtype))
    if n_rows:
        same_as_estimator(fitted, fitted.predictor(), rows)
    else:
        assert fitted.predictor().predict(rows).shape == (0,)


@over_automatic_classifiers_too
@pytest.mark.parametrize(
    "labels",
    [["a"], ["no", "yes"], ["low", "middle", "high"], [3, 1], [-1.0, 0.0, 2.0, 9.0], [False, True]],
    ids=str,
)
def test_labels_of_any_kind_and_number(estimator: Any, labels: list[Any]) -> None:
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = np.array(labels)[np.arange(200) % len(labels)]
    fitted = clone(estimator).fit(X, y)
    same_as_estimator(fitted, fitted.predictor(), X)
    assert fitted.predictor().predict(X).dtype == fitted.classes_.dtype


@over_estimators
def test_keeps_the_trees_it_was_made_of(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    predictor, before = fitted.predictor(), fitted.predict(X)
    fitted.set_params(max_iter=9).fit(-X, y)
    np.testing.assert_array_equal(predictor.predict(X), before)


@over_automatic_too
def test_comes_back_from_a_pickle(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(n_jobs=2).fit(X, y)
    same_as_estimator(fitted, pickle.loads(pickle.dumps(fitted.predictor())), X)


@over_automatic_too
def test_unfitted_estimator_has_none(estimator: Any) -> None:
    with pytest.raises(NotFittedError):
        clone(estimator).predictor()


@over_automatic_regressors_too
def test_regressor_has_no_probabilities(estimator: Any) -> None:
    X, y = table(estimator)
    with pytest.raises(TypeError, match="a regressor has no probabilities"):
        clone(estimator).fit(X, y).predictor().predict_proba(X)


@over_automatic_too
@pytest.mark.parametrize(
    ("convert", "error", "message"),
    [
        (lambda X: np.nan_to_num(X).astype(int), TypeError, "X must be a native float64 array"),
        (lambda X: X.astype(">f8"), TypeError, "X must be a native float64 array"),
        (lambda X: X[0], ValueError, "X must have 2 dimensions, got 1"),
        (lambda X: X[:, 1:], ValueError, "X has 3 features, but the model expects 4"),
        (lambda X: X.tolist(), TypeError, "X must be an array or a matrix in compressed"),
        (pd.DataFrame, TypeError, "X must be an array or a matrix in compressed"),
        (lambda X: None, TypeError, "X must be an array or a matrix in compressed"),
    ],
)
def test_what_it_would_have_to_convert_is_refused(estimator: Any, convert: Any, error: Any, message: str) -> None:
    X, y = table(estimator)
    predictor = clone(estimator).fit(X, y).predictor()
    with pytest.raises(error, match=message):
        predictor.predict(convert(X))


@pytest.mark.parametrize(
    "classes", [np.array([]), np.arange(3), np.zeros((2, 1)), None], ids=["none", "three", "matrix", "regressor"]
)
def test_classes_that_are_not_the_models_are_refused(classes: Any) -> None:
    X = np.random.default_rng(0).normal(size=(90, 2))
    y = np.arange(90) % (4 if classes is None else 2)
    model = hb.HistGradientBoostingClassifier(max_iter=2).fit(X, y)._model
    with pytest.raises(ValueError, match=r"classes must|a regressor has one output"):
        _core.CompiledPredictor(model, classes)


@pytest.mark.parametrize("arguments", [(None, None), (1, None), ()])
def test_without_a_model_there_is_none(arguments: Any) -> None:
    with pytest.raises(TypeError):
        _core.CompiledPredictor(*arguments)
    with pytest.raises((TypeError, ValueError)):
        _core.CompiledPredictor.__new__(_core.CompiledPredictor).predict(np.zeros((1, 2)))
