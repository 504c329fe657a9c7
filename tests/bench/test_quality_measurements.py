"""Losses, and measurements that are kept: for the same rows, version and parameters, and for nothing else."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

from bench.libraries import SKLEARN, Library
from bench.quality.cases import Case, cases
from bench.quality.files import Shipped
from bench.quality.measurements import loss, measure, measure_once
from bench.quality.models import Model
from bench.quality.tables import PublicTable, Rows


class CountingRegressor(DummyRegressor):
    n_fits = 0

    def fit(self, X: Any, y: Any) -> CountingRegressor:
        CountingRegressor.n_fits += 1
        return super().fit(X, y)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(CountingRegressor, "n_fits", 0)


@pytest.fixture
def case() -> Case:
    X = pd.DataFrame({"x": [1.0, 2.0], "colour": pd.Categorical(["red", "blue"])})
    return Case("made up", "regression", 0, Rows(X, np.array([1.0, 3.0])), Rows(X, np.array([2.0, 5.0])))


def constant(value: float = 2.0, library: Library = SKLEARN) -> Model:
    return Model("constant", library, lambda task, X, seed: CountingRegressor(strategy="constant", constant=value))


def test_regression_is_scored_by_the_root_of_the_mean_square() -> None:
    assert loss("regression", np.array([0.0, 0.0]), np.array([3.0, 4.0])) == pytest.approx(12.5**0.5)


def test_classification_is_scored_by_the_mean_log_loss() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])
    expected = -(np.log(0.25) + np.log(0.8)) / 2
    assert loss("multiclass", np.array([1, 2]), probabilities) == pytest.approx(expected)
    assert loss("binary", np.array([1, 1]), np.array([[0.5, 0.5], [0.2, 0.8]])) == pytest.approx(
        -(np.log(0.5) + np.log(0.8)) / 2
    )


def test_a_model_is_measured_on_the_test_rows(case: Case) -> None:
    measured = measure(constant(), case)
    assert measured.loss == pytest.approx((9 / 2) ** 0.5)
    assert measured.fit_seconds >= 0
    assert measured.predict_seconds >= 0


def test_classes_are_measured_by_probabilities() -> None:
    rows = Rows(pd.DataFrame({"x": range(4)}), np.array([0, 0, 0, 1]))
    model = Model("prior", SKLEARN, lambda task, X, seed: DummyClassifier())
    measured = measure(model, Case("made up", "binary", 0, rows, rows))
    assert measured.loss == pytest.approx(-(3 * np.log(0.75) + np.log(0.25)) / 4)


def test_a_measurement_is_made_once(case: Case) -> None:
    first, second = (measure_once(constant(), case) for _ in range(2))
    assert first == second
    assert CountingRegressor.n_fits == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda case, model: (replace(case, split=1), model),
        lambda case, model: (replace(case, train=Rows(case.train.X, case.train.y + 1)), model),
        lambda case, model: (replace(case, test=Rows(case.test.X.assign(x=0.0), case.test.y)), model),
        lambda case, model: (replace(case, test=Rows(case.test.X.astype({"x": "float32"}), case.test.y)), model),
        lambda case, model: (case, constant(3.0)),
        lambda case, model: (case, constant(library=Library("pandas", ("pandas",)))),
    ],
    ids=["split", "target", "columns", "dtypes", "parameters", "version"],
)
def test_what_changes_is_measured_again(case: Case, change: Callable[[Case, Model], tuple[Case, Model]]) -> None:
    measure_once(constant(), case)
    changed_case, changed_model = change(case, constant())
    measure_once(changed_model, changed_case)
    assert CountingRegressor.n_fits == 2


def test_cases_of_a_table_share_no_rows() -> None:
    frame = pd.DataFrame({"x": range(100), "y": range(100)})
    table = PublicTable("made up", "regression", "here", "none", Shipped(lambda: frame), "y")
    found = cases(table, 3)
    assert [case.split for case in found] == [0, 1, 2]
    for case in found:
        assert sorted([*case.train.X["x"], *case.test.X["x"]]) == list(range(100))
        assert case.train.X["x"].tolist() == case.train.y.tolist()
        assert case.test.X["x"].tolist() == case.test.y.tolist()
