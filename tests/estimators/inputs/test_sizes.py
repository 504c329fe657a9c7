"""Tables larger than 32 bits can count and larger than any memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from hornbeam._core import TreeModel
from tests.estimators.inputs.matrices import WHOLE
from tests.estimators.support import ask, assert_refused, questions_of
from tests.public_estimators import over_automatic_too, over_estimators

Y = np.tile([0, 1], 6)
# As float64, 2^54 bytes: beyond the address space of any machine, whatever it promises to allocate.
ENDLESS = (2**31 - 1, 2**20)


@over_automatic_too
@pytest.mark.parametrize("dtype", ["u1", "f2", "?"])
def test_table_that_fits_no_memory_is_a_memory_error_that_leaves_no_trace(estimator: Any, dtype: str) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    X = np.broadcast_to(np.ones((), dtype), ENDLESS)
    assert_refused(fitted, MemoryError, "allocate", fitted.fit, X, Y)
    for question in questions_of(fitted):
        assert_refused(fitted, MemoryError, "allocate", ask, fitted, question, X)


@over_automatic_too
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_endless_table_of_another_number_of_features_is_refused_without_reading_it(estimator: Any, dtype: str) -> None:
    fitted = clone(estimator).fit(WHOLE, Y)
    X = np.broadcast_to(np.ones((), dtype), ENDLESS)
    message = f"X has {2**20} features, .* expecting 2 features"
    assert_refused(fitted, ValueError, message, fitted.predict, X)


@over_estimators
def test_more_numbers_than_32_bits_count_are_predicted_where_they_lie(estimator: Any, tmp_path: Path) -> None:
    fitted = clone(estimator).set_params(max_iter=6).fit(WHOLE, Y)
    # The same trees over the first and the last of many features.
    n_features = 2**30
    wide = clone(estimator)
    wide.__dict__.update(vars(fitted))
    arrays = {name: np.array(array) for name, array in fitted._model.to_arrays().items()}
    arrays["feature"][arrays["feature"] == 1] = n_features - 1
    arrays["n_features"][:] = n_features
    wide._model, wide.n_features_in_ = TreeModel.from_arrays(arrays), n_features

    with (tmp_path / "X").open("wb") as file:  # what is not written takes no disk
        for i, row in enumerate(WHOLE.astype("f4")):
            for feature, value in zip((0, n_features - 1), row, strict=True):
                file.seek(4 * (i * n_features + feature))
                file.write(value.tobytes())
    X = np.memmap(tmp_path / "X", "f4", mode="r", shape=(12, n_features))
    for question in set(questions_of(fitted)) - {"predict_contributions"}:  # a number for each feature
        np.testing.assert_array_equal(ask(wide, question, X), ask(fitted, question, WHOLE))
