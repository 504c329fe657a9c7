"""`fit_profile_` says where the time of a fit went, and belongs to that fit alone."""

from __future__ import annotations

import pickle
import time
from typing import Any

import joblib
import pytest
from sklearn.base import clone

import hornbeam as hb
from hornbeam._model_file import to_bytes
from tests.estimators.support import table
from tests.public_estimators import over_automatic_too, over_estimators

STAGES = {"read", "edges", "bin", "gradients", "quantise", "histograms", "splits", "partition", "leaves", "scores"}


@over_estimators
def test_stages_are_counted_and_their_sum_is_within_the_time_of_the_fit(estimator: Any) -> None:
    X, y = table(estimator)
    start = time.perf_counter()
    fitted = clone(estimator).fit(X, y)
    elapsed = time.perf_counter() - start
    profile = fitted.fit_profile_
    assert profile.keys() == STAGES | {"sample", "validation"}
    assert all(profile[stage] > 0.0 for stage in STAGES)
    assert profile["sample"] == profile["validation"] == 0.0
    assert sum(profile.values()) < elapsed


@over_estimators
@pytest.mark.parametrize("sampling_method", ["uniform", "gradient_based"])
def test_drawing_rows_takes_time_of_its_own(estimator: Any, sampling_method: str) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(subsample=0.5, sampling_method=sampling_method).fit(X, y)
    assert fitted.fit_profile_["sample"] > 0.0


@over_estimators
def test_validation_rows_take_time_of_their_own(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(early_stopping=True, validation_fraction=0.2).fit(X, y)
    assert fitted.fit_profile_["validation"] > 0.0


@over_automatic_too
def test_profile_is_neither_saved_nor_pickled(estimator: Any, tmp_path: Any) -> None:
    X, y = table(estimator)
    fitted, again = (clone(estimator).set_params(random_state=0).fit(X, y) for _ in range(2))
    fitted.save(tmp_path / "model")
    for copy in (hb.load(tmp_path / "model"), pickle.loads(pickle.dumps(fitted))):
        assert not hasattr(copy, "fit_profile_")
    assert to_bytes(fitted) == to_bytes(again)
    assert joblib.hash(fitted) == joblib.hash(again)
