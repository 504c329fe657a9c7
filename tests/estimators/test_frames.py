"""pandas and polars frames: numbers are read, names are kept, text is never taken for numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.ensemble
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

import hornbeam as hb
from tests.estimators.support import ask, questions_of, raw_scores, table
from tests.public_estimators import name_of, over_automatic_too, over_estimators

NAMES = ["a", "b", "c", "d"]


@over_automatic_too
@pytest.mark.parametrize("frame_type", [pd.DataFrame, pl.DataFrame])
def test_frame_gives_the_same_bits_as_its_array_and_keeps_the_names_scikit_learn_sees(
    estimator: Any, frame_type: Any
) -> None:
    X, y = table(estimator)
    frame = frame_type(dict(zip(NAMES, X.T, strict=True)))
    fitted = clone(estimator).fit(frame, y)
    # scikit-learn reads the names of a polars frame from 1.9 on.
    known = vars(StandardScaler().fit(frame)).get("feature_names_in_")
    np.testing.assert_array_equal(getattr(fitted, "feature_names_in_", None), known)
    np.testing.assert_array_equal(raw_scores(fitted, frame), raw_scores(clone(estimator).fit(X, y), X))


TEXT_COLUMNS: dict[str, Any] = {
    "pandas text": pd.DataFrame({"size": ["s", "l"] * 10}),
    "pandas strings": pd.DataFrame({"size": ["s", "l"] * 10}).astype("string"),
    "pandas objects": pd.DataFrame({"size": pd.Series([1, "l"] * 10, dtype=object)}),
    "polars text": pl.DataFrame({"size": ["s", "l"] * 10}),
}


@over_estimators
@pytest.mark.parametrize("case", TEXT_COLUMNS)
def test_text_that_is_declared_numeric_raises_what_scikit_learn_raises(estimator: Any, case: str) -> None:
    peer = getattr(sklearn.ensemble, name_of(estimator))()
    for model in (peer, clone(estimator)):
        with pytest.raises(ValueError, match=r"could not convert string to float: '[sl]'"):
            model.set_params(categorical_features=None).fit(TEXT_COLUMNS[case], [0, 1] * 10)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")  # of polars, below 1.9
@over_automatic_too
@pytest.mark.parametrize("case", TEXT_COLUMNS)
def test_text_in_the_place_of_numbers_is_refused_by_every_method(estimator: Any, case: str) -> None:
    fitted = clone(estimator).fit(pd.DataFrame({"size": np.arange(20.0)}), [0, 1] * 10)
    for question in questions_of(fitted):
        with pytest.raises(ValueError, match="could not convert string to float"):
            ask(fitted, question, TEXT_COLUMNS[case])


def test_category_of_numbers_is_read_as_its_numbers_if_features_are_declared_numeric() -> None:
    frame = pd.DataFrame({"size": pd.Categorical([30, 10] * 20)})  # the codes would be 1 and 0
    fitted = hb.HistGradientBoostingRegressor(categorical_features=None).fit(frame, [0, 1] * 20)
    np.testing.assert_array_equal(fitted.predict(frame), fitted.predict(frame.astype(float)))
