"""What a fitted estimator says of its trees: contributions, leaves, the trees as data and as text."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from hornbeam._core import TreeModel
from tests.boosting.support import chain
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_estimators


@over_estimators
@pytest.mark.parametrize("n_classes", [2, 3])
def test_contributions_of_a_row_add_up_to_its_raw_score(estimator: Any, n_classes: int) -> None:
    X, y = table(estimator, n_classes=n_classes)
    fitted = clone(estimator).set_params(max_iter=20).fit(X, y)
    contributions = fitted.predict_contributions(X)
    several = is_classifier(estimator) and n_classes > 2
    assert contributions.shape == (200, 5, 3) if several else (200, 5)
    assert contributions.dtype == np.float64
    np.testing.assert_allclose(contributions.sum(axis=1), raw_scores(fitted, X), rtol=1e-9, atol=1e-12)
    assert (np.ptp(contributions[:, -1], axis=0) == 0).all()


def test_expected_score_is_the_mean_over_the_training_rows() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    fitted = hb.HistGradientBoostingRegressor(max_iter=20).fit(X, y)
    np.testing.assert_allclose(fitted.predict_contributions(X)[0, -1], fitted.predict(X).mean(), rtol=1e-12)


def test_contributions_to_a_positive_mean_add_up_to_its_logarithm() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    fitted = hb.HistGradientBoostingRegressor(loss="poisson", max_iter=20).fit(X, np.exp(y))
    np.testing.assert_allclose(fitted.predict_contributions(X).sum(axis=1), np.log(fitted.predict(X)), rtol=1e-9)


@over_estimators
@pytest.mark.parametrize("n_classes", [2, 3])
def test_leaves_lead_to_values_that_add_up_to_the_raw_score(estimator: Any, n_classes: int) -> None:
    X, y = table(estimator, n_classes=n_classes)
    fitted = clone(estimator).fit(X, y)
    leaves = fitted.apply(X)
    several = is_classifier(estimator) and n_classes > 2
    assert leaves.shape == ((200, 3, 3) if several else (200, 3))
    model = fitted.dump_model()
    raw: NDArray[np.float64] = np.tile(model["baseline"], (len(X), 1))
    for tree in model["trees"]:
        values = np.array([leaf["value"] for leaf in tree["leaves"]])
        raw[:, tree["output"]] += values[leaves.reshape(len(X), 3, -1)[:, tree["iteration"], tree["output"]]]
    np.testing.assert_array_equal(raw if several else raw[:, 0], raw_scores(fitted, X))


def descend(tree: dict[str, Any], row: NDArray[np.float64]) -> int:
    """The leaf of a row, by the description alone."""
    at: dict[str, int] = {"node": 0} if tree["nodes"] else {"leaf": 0}
    while "node" in at:
        node = tree["nodes"][at["node"]]
        x = row[node["feature"]]
        left = node["missing_left"] if np.isnan(x) else x <= float(node["threshold"])
        at = node["left" if left else "right"]
    return at["leaf"]


@over_estimators
def test_description_survives_json_and_sends_rows_to_their_leaves(estimator: Any) -> None:
    X, y = table(estimator)
    X[::3, 1] = np.inf
    names = ["a", "b", "c", "d"]
    fitted = clone(estimator).fit(pd.DataFrame(X, columns=names), y)
    model = json.loads(json.dumps(fitted.dump_model(), allow_nan=False))
    assert model == fitted.dump_model()
    assert (model["n_features"], model["n_iterations"], model["feature_names"]) == (4, 3, names)
    leaves = fitted.apply(pd.DataFrame(X, columns=names)).reshape(len(X), -1)
    for tree, column in zip(model["trees"], leaves.T, strict=True):
        assert [descend(tree, row) for row in X] == column.tolist()
        assert all(node["feature_name"] == names[node["feature"]] for node in tree["nodes"])
        assert sum(leaf["count"] for leaf in tree["leaves"]) == tree["nodes"][0]["count"] == len(X)
        assert all(node["gain"] > 0 for node in tree["nodes"])


def test_infinite_threshold_is_a_string_that_float_reads() -> None:
    X = np.array([[1.0], [np.nan]] * 10)
    fitted = hb.HistGradientBoostingRegressor(max_iter=1, min_samples_leaf=1).fit(X, np.tile([0.0, 1.0], 10))
    node = fitted.dump_model()["trees"][0]["nodes"][0]
    assert node["threshold"] == "inf"
    assert float(node["threshold"]) == np.inf
    assert "x0 <= inf" in fitted.export_text()
    assert fitted.dump_model()["feature_names"] is None
    assert node["feature_name"] is None


def test_text_draws_the_tree() -> None:
    X = pd.DataFrame({"height": [0.0, 1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0, 1.0]})
    model = hb.HistGradientBoostingRegressor(max_iter=1, min_samples_leaf=1, learning_rate=1.0)
    assert model.fit(X, [0.0, 1.0, 5.0, 5.0]).export_text(decimals=2).splitlines() == [
        "|--- height <= 1.50 or missing (gain 20.25, count 4)",
        "|   |--- height <= 0.50 or missing (gain 0.50, count 2)",
        "|   |   |--- value: -2.75 (count 1)",
        "|   |--- height > 0.50",
        "|   |   |--- value: -1.75 (count 1)",
        "|--- height > 1.50",
        "|   |--- value: 2.25 (count 2)",
    ]
    shallow = model.export_text(max_depth=1, decimals=0)
    assert shallow.count("...") == 1
    assert "value: 2" in shallow


def test_text_of_one_output_of_one_iteration() -> None:
    X, y = table(hb.HistGradientBoostingClassifier())
    fitted = hb.HistGradientBoostingClassifier(max_iter=2).fit(X, y)
    texts = {fitted.export_text(i, output=k) for i in range(2) for k in range(3)}
    assert len(texts) == 6
    for tree in fitted.dump_model()["trees"]:
        text = fitted.export_text(tree["iteration"], output=tree["output"], decimals=17)
        for leaf in tree["leaves"]:
            assert f"value: {leaf['value']:.17f} (count {leaf['count']})" in text


def test_tree_without_nodes_is_a_line() -> None:
    fitted = hb.HistGradientBoostingRegressor(max_iter=1).fit([[0.0], [1.0]], [0.0, 1.0])
    assert fitted.export_text() == "|--- value: 0.000 (count 2)"


def test_trees_of_any_depth_are_described_written_and_explained() -> None:
    fitted = hb.HistGradientBoostingRegressor(max_iter=1).fit(np.eye(5), np.arange(5))
    fitted._model = TreeModel.from_arrays(chain(2000, 5))
    model = fitted.dump_model()
    assert json.loads(json.dumps(model)) == model
    assert fitted.export_text(max_depth=10**6).count("value:") == 2001
    X = np.random.default_rng(0).random((10, 5))
    np.testing.assert_allclose(fitted.predict_contributions(X).sum(axis=1), fitted.predict(X), rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"iteration": 3}, "iteration must be an integer from 0 to 2, got 3"),
        ({"iteration": -1}, "iteration must be an integer from 0 to 2, got -1"),
        ({"iteration": 1.0}, "iteration must be an integer from 0 to 2, got 1.0"),
        ({"iteration": None}, "iteration must be an integer from 0 to 2, got None"),
        ({"output": 1}, "output must be an integer from 0 to 0, got 1"),
        ({"max_depth": -1}, "max_depth must be an integer of at least 0, got -1"),
        ({"decimals": 101}, "decimals must be an integer from 0 to 100, got 101"),
        ({"decimals": True}, "decimals must be an integer from 0 to 100, got True"),
    ],
    ids=str,
)
def test_what_no_tree_has_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    with pytest.raises(ValueError, match=message):
        hb.HistGradientBoostingRegressor(max_iter=3).fit(X, y).export_text(**arguments)


@over_estimators
def test_unfitted_estimator_has_no_trees_to_show(estimator: Any) -> None:
    for ask in (clone(estimator).dump_model, clone(estimator).export_text):
        with pytest.raises(NotFittedError):
            ask()
