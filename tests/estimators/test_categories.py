"""Categorical features: text, numbers and categories of every kind of table, the same model from all of them."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.ensemble import HistGradientBoostingRegressor as ScikitLearnRegressor
from sklearn.metrics import mean_squared_error

import hornbeam as hb
from hornbeam._model_file import to_bytes
from tests.estimators.support import ask, questions_of, raw_scores
from tests.public_estimators import over_automatic_too, over_estimators

N_ROWS = 400
CITIES = np.array(["Aachen", "Łódź", "New York", "", "日本"], dtype=object)


def frame(n_rows: int = N_ROWS, seed: int = 0) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Return text with gaps, many numbered categories, numbers with gaps, and a target of all of them."""
    rng = np.random.default_rng(seed)
    city, line = rng.integers(0, len(CITIES), n_rows), rng.integers(0, 300, n_rows)
    x = rng.normal(size=n_rows)
    y = 2.0 * (city == 1) + np.sin(line) + x + 0.1 * rng.normal(size=n_rows)
    text = CITIES[city]
    text[rng.random(n_rows) < 0.1] = None
    x[rng.random(n_rows) < 0.1] = np.nan
    return pd.DataFrame({"city": text, "x": x, "line": pd.Categorical(line)}), y


def target(estimator: Any, y: NDArray[np.float64]) -> NDArray[Any]:
    return np.where(y > np.median(y), "high", "low") if is_classifier(estimator) else y


def tables(data: pd.DataFrame) -> dict[str, Any]:
    """The same rows in every kind of table that holds them."""
    pa = pytest.importorskip("pyarrow")
    line = data["line"].astype(int)
    text = [None if pd.isna(city) else city for city in data["city"]]
    gaps = [None if np.isnan(x) else x for x in data["x"]]
    return {
        "objects": data.assign(city=pd.Series(text, dtype=object)),
        "strings": data.astype({"city": "string"}),
        "other order": data.assign(
            line=pd.Categorical(line, categories=np.arange(400)[::-1]), city=data["city"].astype("category")
        ),
        "polars": pl.DataFrame({"city": text, "x": gaps, "line": line.to_numpy()}),
        "polars categories": pl.DataFrame(
            {"city": pl.Series(text, dtype=pl.Categorical), "x": gaps, "line": line.to_numpy()}
        ),
        "polars enum": pl.DataFrame(
            {"city": pl.Series(text, dtype=pl.Enum(["?", *CITIES.tolist()])), "x": gaps, "line": line.to_numpy()}
        ),
        "Arrow": pa.table({"city": text, "x": gaps, "line": line.to_numpy()}),
        "Arrow dictionaries": pa.table(
            {
                "city": pa.array(text).dictionary_encode(),
                "x": gaps,
                "line": pa.array(line.to_numpy()).dictionary_encode(),
            }
        ),
    }


@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")  # of polars, below 1.9
@over_automatic_too
def test_every_kind_of_table_asks_and_teaches_the_same(estimator: Any) -> None:
    data, y = frame()
    fitted = clone(estimator).fit(data, target(estimator, y))
    np.testing.assert_array_equal(fitted.is_categorical_, [True, False, True])
    marked = clone(estimator).set_params(categorical_features=[0, 2])
    for name, other in tables(data).items():
        for question in questions_of(fitted):
            np.testing.assert_array_equal(ask(fitted, question, other), ask(fitted, question, data), err_msg=name)
        again = clone(marked).fit(other, target(estimator, y))
        np.testing.assert_array_equal(raw_scores(again, other), raw_scores(fitted, data), err_msg=name)


@over_automatic_too
@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_arrays_of_objects_and_lists_are_tables_too(estimator: Any) -> None:
    data, y = frame()
    fitted = clone(estimator).fit(data, target(estimator, y))
    array = data.to_numpy(dtype=object)
    np.testing.assert_array_equal(raw_scores(fitted, array), raw_scores(fitted, data))
    marked = clone(estimator).set_params(categorical_features=[True, False, True])
    for X in (array, array.tolist()):
        before = [list(row) for row in X]
        np.testing.assert_array_equal(
            raw_scores(clone(marked).fit(X, target(estimator, y)), X), raw_scores(fitted, data)
        )
        assert [list(row) for row in X] == before or pd.isna(before).any()


@over_automatic_too
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "u2"])
@pytest.mark.parametrize("n_categories", [3, 200, 700])
def test_numbers_of_categories_need_not_be_consecutive(estimator: Any, dtype: str, n_categories: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, n_categories, (N_ROWS, 2))
    y = target(estimator, np.sin(codes).sum(axis=1))
    marked = clone(estimator).set_params(categorical_features=[0, 1])
    plain = marked.fit(codes.astype(float), y)
    spread = clone(marked).fit((3 * codes + 10).astype(dtype), y)
    np.testing.assert_array_equal(
        raw_scores(spread, (3 * codes + 10).astype(dtype)), raw_scores(plain, codes.astype(float))
    )


@over_automatic_too
def test_strangers_are_missing_values(estimator: Any) -> None:
    data, y = frame()
    fitted = clone(estimator).fit(data, target(estimator, y))
    missing = data.assign(city=pd.Series([None] * N_ROWS, dtype=object), line=np.nan)
    strange = data.assign(city="nowhere", line=pd.Categorical([-5.5] * N_ROWS))
    np.testing.assert_array_equal(raw_scores(fitted, strange), raw_scores(fitted, missing))
    text_for_numbers = data.assign(line="5")
    np.testing.assert_array_equal(raw_scores(fitted, text_for_numbers), raw_scores(fitted, data.assign(line=np.nan)))


def test_negative_numbers_are_missing_values_unless_they_are_declared_categories() -> None:
    line = np.random.default_rng(0).integers(0, 9, N_ROWS)
    X, y = np.column_stack([line - 3.0]), np.sin(line)
    gaps = np.where(X < 0, np.nan, X)
    marked = hb.HistGradientBoostingRegressor(max_iter=10, categorical_features=[0])
    np.testing.assert_array_equal(clone(marked).fit(X, y).predict(X), clone(marked).fit(gaps, y).predict(gaps))
    expected = clone(marked).fit(X, y).predict(X)
    for same in (X.astype(object), X.tolist(), pl.DataFrame(X), pd.DataFrame(X.astype(int)).astype("Int64").to_numpy()):
        np.testing.assert_array_equal(clone(marked).fit(same, y).predict(same), expected)
    declared = pd.DataFrame({"line": pd.Categorical(X[:, 0])})
    fitted = hb.HistGradientBoostingRegressor(max_iter=10).fit(declared, y)
    assert len(np.unique(fitted.predict(declared[X[:, 0] < 0]))) > 1


@over_automatic_too
@pytest.mark.parametrize("city", ["Ghost", CITIES[0]])
def test_rows_of_weight_zero_teach_no_category(estimator: Any, city: str) -> None:
    data, y = frame()
    extra = pd.DataFrame({"city": [city], "x": [0.0], "line": [1000]})
    rows = pd.concat([data.astype({"line": int}), extra], ignore_index=True).astype({"line": "category"})
    targets = np.append(target(estimator, y), target(estimator, y)[0])
    model = clone(estimator).set_params(random_state=0)
    weighted = clone(model).fit(rows, targets, np.append(np.ones(N_ROWS), 0.0))
    assert to_bytes(weighted) == to_bytes(clone(model).fit(data, target(estimator, y)))


@over_automatic_too
def test_saved_and_pickled_models_know_the_categories(estimator: Any, tmp_path: Path) -> None:
    data, y = frame()
    fitted = clone(estimator).fit(data, target(estimator, y))
    fitted.save(tmp_path / "model")
    for copy in (hb.load(tmp_path / "model"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(copy.is_categorical_, fitted.is_categorical_)
        for question in questions_of(fitted):
            np.testing.assert_array_equal(ask(copy, question, data), ask(fitted, question, data))
        assert to_bytes(copy) == to_bytes(fitted)


@over_estimators
def test_warm_start_keeps_the_categories_of_the_first_fit(estimator: Any) -> None:
    data, y = frame()
    labels = target(estimator, y)
    whole = clone(estimator).set_params(max_iter=6).fit(data, labels)
    parts = clone(estimator).set_params(max_iter=3, warm_start=True).fit(data, labels)
    parts.set_params(max_iter=6).fit(data, labels)
    np.testing.assert_array_equal(raw_scores(parts, data), raw_scores(whole, data))
    fewer = data.iloc[: N_ROWS // 2]
    parts.set_params(max_iter=8).fit(fewer, labels[: N_ROWS // 2])
    assert np.isfinite(raw_scores(parts, data) if not is_classifier(estimator) else [0.0]).all()
    with pytest.raises(ValueError, match="other categorical features than the model that warm_start=True continues"):
        parts.set_params(max_iter=9).fit(data.assign(line=1.0), labels)


@over_estimators
@pytest.mark.parametrize("scoring", ["loss", None])
def test_validation_rows_are_read_by_the_same_categories(estimator: Any, scoring: Any) -> None:
    data, y = frame()
    labels = target(estimator, y)
    settings = {"early_stopping": True, "scoring": scoring, "max_iter": 20, "random_state": 0}
    model = clone(estimator).set_params(**settings)
    model.fit(data[:300], labels[:300], X_val=data[300:], y_val=labels[300:])
    assert len(model.validation_score_) == model.n_iter_ + 1
    held_out = clone(model).set_params(validation_fraction=0.2).fit(data, labels)
    assert held_out.validation_score_[-1] > held_out.validation_score_[0]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_a_callable_scorer_sees_rows_it_can_predict() -> None:
    data, y = frame()

    def scorer(estimator: Any, X: Any, y: Any) -> float:
        return -mean_squared_error(y[:50], estimator.predict(X[:50]))

    model = hb.HistGradientBoostingRegressor(max_iter=5, early_stopping=True, scoring=scorer, random_state=0)
    scores = model.fit(data, y).train_score_
    assert scores[-1] > scores[0]


def test_quality_is_that_of_scikit_learn_and_identifiers_do_not_mislead() -> None:
    rng = np.random.default_rng(0)
    group, useless = rng.integers(0, 30, 6000), rng.integers(0, 2000, 6000)
    x = rng.normal(size=6000)
    y = rng.normal(size=30)[group] + x + rng.normal(size=6000)
    data = pd.DataFrame({"group": pd.Categorical(group), "x": x})
    errors = {}
    for kind in (hb.HistGradientBoostingRegressor, ScikitLearnRegressor):
        model = kind(max_iter=100, early_stopping=False).fit(data[:4000], y[:4000])
        errors[kind] = mean_squared_error(y[4000:], model.predict(data[4000:]))
    assert errors[hb.HistGradientBoostingRegressor] < 1.02 * errors[ScikitLearnRegressor]
    both = data.assign(useless=pd.Categorical(useless))
    model = hb.HistGradientBoostingRegressor(max_iter=100, early_stopping=False).fit(both[:4000], y[:4000])
    assert mean_squared_error(y[4000:], model.predict(both[4000:])) < 1.03 * errors[hb.HistGradientBoostingRegressor]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (["a", 1.0], TypeError, "both numbers and strings as categories of feature 0"),
        ([(1,), (2,)], TypeError, "the category .1,. of type tuple in feature 0; categories are numbers or strings"),
        ([[1], [2]], TypeError, "X has a list among the categories, which are numbers or strings"),
        ([10**400, 1], ValueError, "in feature 0, too large for float64"),
        ([1j, 2j], TypeError, "of type complex in feature 0"),
    ],
    ids=str,
)
def test_what_is_no_category_is_refused(values: list[Any], error: type[Exception], message: str) -> None:
    X = np.empty((20, 1), dtype=object)
    for row in range(20):
        X[row, 0] = values[row % 2]
    with pytest.raises(error, match=message):
        hb.HistGradientBoostingRegressor(categorical_features=[0]).fit(X, np.arange(20))


def test_text_of_digits_is_read_as_numbers_and_mixed_objects_as_scikit_learn_reads_them() -> None:
    digits = pd.DataFrame({"a": [str(i % 9) for i in range(60)]})
    y = np.arange(60) % 9
    fitted = hb.HistGradientBoostingRegressor(max_iter=5).fit(digits, y)
    assert fitted.is_categorical_ is None
    np.testing.assert_array_equal(fitted.predict(digits), fitted.predict(digits.astype(float)))


def test_a_column_without_a_category_is_missing_values() -> None:
    data = pd.DataFrame({"a": pd.Categorical([None] * 50), "x": np.arange(50.0)})
    fitted = hb.HistGradientBoostingRegressor(max_iter=5).fit(data, np.arange(50.0))
    np.testing.assert_array_equal(fitted.is_categorical_, [True, False])
    np.testing.assert_array_equal(fitted.predict(data.assign(a="x")), fitted.predict(data))


def test_a_compiled_predictor_takes_numbered_categories_only() -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 40, 500), rng.normal(size=500)]).astype(float)
    y = np.sin(X[:, 0]) + X[:, 1]
    model = hb.HistGradientBoostingRegressor(max_iter=10, categorical_features=[0]).fit(X, y)
    np.testing.assert_array_equal(model.predictor().predict(X), model.predict(X))
    with pytest.raises(ValueError, match=r"categories that are numbered 0, 1, 2, \.\.\., these are not"):
        model.fit(X + 1.0, y).predictor()


@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_other_columns_are_refused_by_name_before_categories_are_read() -> None:
    data, y = frame()
    fitted = hb.HistGradientBoostingRegressor(max_iter=2).fit(data, y)
    with pytest.raises(ValueError, match="feature names should match those that were passed during fit"):
        fitted.predict(data[["line", "x", "city"]])
    with pytest.raises(ValueError, match="X has 2 features, but HistGradientBoostingRegressor is expecting 3"):
        fitted.predict(data.to_numpy(dtype=object)[:, :2])
