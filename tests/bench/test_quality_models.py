"""Every model reads a table with missing values, strings and more categories than scikit-learn takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.utils.fixes import parse_version

from bench.data import Task
from bench.quality.cases import Case
from bench.quality.measurements import measure
from bench.quality.models import BASELINE, CANDIDATES, REFERENCES, Model, missing_as_category
from bench.quality.tables import Rows, tidy

# A model of a library that is not here has nothing to run; CI's benches step has them all.
INSTALLED = [model for model in (*CANDIDATES, *REFERENCES) if model.library.available]


def mixed_case(task: Task) -> Case:
    rng = np.random.default_rng(0)
    number, city, colour = rng.standard_normal(1_200), rng.integers(300, size=1_200), rng.integers(3, size=1_200)
    frame = pd.DataFrame({"number": number, "city": city, "colour": np.array(["red", "green", "blue"])[colour]})
    y = 2 * number + colour + rng.standard_normal(1_200)
    frame.loc[::7, "number"] = np.nan
    frame.loc[::5, "colour"] = None
    X = tidy(frame, ["city"])
    if task != "regression":
        y = np.digitize(y, [1.0] if task == "binary" else [0.0, 2.0])
    return Case("made up", task, 0, Rows(X[:900], y[:900]), Rows(X[900:], y[900:]))


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("model", INSTALLED, ids=lambda model: model.label)
def test_models_learn_from_mixed_columns(model: Model, task: Task) -> None:
    if model.label == "scikit-learn" and parse_version(sklearn.__version__) < parse_version("1.9"):
        pytest.skip("TargetEncoder takes no folds")
    case = mixed_case(task)
    constant = np.std(case.test.y) if task == "regression" else np.log(2 if task == "binary" else 3)
    assert measure(model, case).loss < 0.95 * constant


def test_missing_categories_get_a_name() -> None:
    X = pd.DataFrame({"colour": pd.Categorical(["red", None]), "full": pd.Categorical(["a", "b"]), "x": [1.0, np.nan]})
    prepared = missing_as_category(X)
    assert prepared["colour"].tolist() == ["red", "(missing)"]
    assert prepared["full"].cat.categories.tolist() == ["a", "b"]
    assert prepared["x"].isna().tolist() == [False, True]
    assert X["colour"].isna().tolist() == [False, True]


def test_labels_are_unique() -> None:
    labels = [model.label for model in (*CANDIDATES, *REFERENCES, BASELINE)]
    assert len(set(labels)) == len(labels)
