"""What a file may do: be refused with a ModelFormatError, or load as an estimator that works in all respects."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import is_classifier

from hornbeam import ModelFormatError
from hornbeam._model_file import from_bytes, to_bytes

# A file may claim 2^31 features: no test makes rows or importances that wide.
MAX_FEATURES = 64

# What an automatic estimator passes on is not there, or is None, where the ensemble has none.
OF_SOME_MODELS = {"feature_names_in_", "fit_profile_", "is_categorical_"}


def loads_or_is_refused(data: bytes, *, thorough: bool) -> bool:
    """Whether the file loads, and then is a usable model; an exception tells what went wrong."""
    try:
        estimator = from_bytes(data)
    except ModelFormatError:
        return False
    assert_usable(estimator, thorough=thorough)
    saved = to_bytes(estimator)
    assert saved == data or to_bytes(from_bytes(saved)) == saved
    return True


def assert_usable(estimator: Any, *, thorough: bool) -> None:
    """It predicts legal values and shows its attributes; if thorough, it is also printed and pickled."""
    if estimator.n_features_in_ <= MAX_FEATURES:
        assert_predictions_legal(estimator, extreme_rows(estimator.n_features_in_))
        for name in fitted_properties(type(estimator)):
            assert getattr(estimator, name, None) is not None or name in OF_SOME_MODELS
    else:
        with pytest.raises(ValueError, match=f"X has {MAX_FEATURES} features"):
            estimator.predict(extreme_rows(MAX_FEATURES))
    if hasattr(estimator, "estimator_"):  # the model that answers for an ensemble
        assert_usable(estimator.estimator_, thorough=False)
        assert estimator.member_iterations_.sum() == estimator.estimator_.n_iter_
        assert estimator.member_losses_.shape == estimator.member_iterations_.shape
        assert estimator.get_resolved_params()["n_members"] >= len(estimator.member_losses_)
    else:
        assert 0 < estimator.best_iteration_ <= estimator.n_iter_
    if thorough:
        assert repr(estimator)
        assert to_bytes(pickle.loads(pickle.dumps(estimator))) == to_bytes(estimator)


@functools.cache
def extreme_rows(n_features: int) -> NDArray[np.float64]:
    """An ordinary row, one of missing values, one of the largest."""
    return np.repeat([[0.5], [np.nan], [np.finfo(np.float64).max]], n_features, axis=1)


def assert_predictions_legal(estimator: Any, rows: NDArray[np.float64]) -> None:
    assert np.isfinite(estimator.predict_contributions(rows)).all()
    if hasattr(estimator, "apply"):
        assert (estimator.apply(rows) >= 0).all()
    predicted = estimator.predict(rows)
    assert predicted.shape == (len(rows),)
    if not is_classifier(estimator):
        assert np.isfinite(predicted).all()
        return
    assert np.isin(predicted, estimator.classes_).all()
    assert np.isfinite(estimator.decision_function(rows)).all()
    probabilities = estimator.predict_proba(rows)
    assert probabilities.shape == (len(rows), len(estimator.classes_))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-12)


@functools.cache
def fitted_properties(estimator_class: type) -> list[str]:
    """What is computed when it is read; a plain attribute cannot fail."""
    return [name for name in dir(estimator_class) if name.endswith("_") and not name.startswith("_")]
