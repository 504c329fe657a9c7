"""monotonic_cst and interaction_cst of the estimators: what they promise, and what they refuse."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

import hornbeam as hb
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_automatic_too, over_estimators

INVALID: list[tuple[dict[str, Any], str]] = [
    ({"monotonic_cst": [2, 0, 0, 0]}, "monotonic_cst must be an array-like of -1, 0 or 1"),
    ({"monotonic_cst": [0, 0]}, r"monotonic_cst has shape \(2,\) but the input data X has 4 features"),
    ({"monotonic_cst": np.ones((4, 1))}, r"monotonic_cst must have one dimension, got shape \(4, 1\)"),
    ({"monotonic_cst": {"a": 1}}, "was not fitted on data with feature names"),
    ({"interaction_cst": [0, 1]}, r"must be a sequence of tuples or lists, got: \[0, 1\]"),
    ({"interaction_cst": [{0, 99}]}, r"in \[0, n_features - 1\] = \[0, 3\], .* got 99 in \[\{0, 99\}\]"),
    ({"interaction_cst": [{0.5}]}, "must consist of integer indices"),
    ({"interaction_cst": [["a"]]}, "must consist of integer indices"),
]
LOSSES: list[dict[str, Any]] = [
    {"loss": "squared_error"},
    {"loss": "absolute_error"},
    {"loss": "quantile", "quantile": 0.8},
    {"loss": "huber"},
    {"loss": "poisson"},
    {"loss": "gamma"},
    {"loss": "tweedie"},
]


def scores_along(model: Any, X: NDArray[Any], feature: int) -> NDArray[np.float64]:
    """Scores of each row with its feature set to rising values."""
    values = np.linspace(-4, 4, 60)
    grid = np.repeat(X, len(values), axis=0)
    grid[:, feature] = np.tile(values, len(X))
    return raw_scores(model, grid).reshape(len(X), -1)


def follows(model: Any, X: NDArray[Any], signs: list[int]) -> bool:
    """Whether scores follow the signs, up to the rounding of the link."""
    return all(
        (sign * np.diff(scores, axis=1) >= -1e-13 * np.abs(scores).max()).all()
        for feature, sign in enumerate(signs)
        if sign and (scores := scores_along(model, X, feature)) is not None
    )


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_predictions_of_every_loss_follow_the_signs(loss: dict[str, Any]) -> None:
    X, y = table(hb.HistGradientBoostingRegressor(), n_rows=400)
    y, signs = np.exp(y), [-1, 1, 0, 0]
    params = {"max_iter": 20, "min_samples_leaf": 2, "learning_rate": 0.3, **loss}
    model = hb.HistGradientBoostingRegressor(monotonic_cst=signs, **params).fit(X, y)
    assert follows(model, X[:50], signs)
    assert not follows(hb.HistGradientBoostingRegressor(**params).fit(X, y), X[:50], signs)


@over_estimators
@pytest.mark.parametrize(
    "params",
    [{"early_stopping": True, "validation_fraction": 0.3}, {"max_depth": 2}, {"max_features": 0.5}],
    ids=str,
)
def test_predictions_follow_the_signs_whatever_limits_the_trees(estimator: Any, params: dict[str, Any]) -> None:
    X, y = table(estimator, n_rows=400, n_classes=2)
    signs, weight = [1, -1, 1, 0], np.linspace(0.1, 2, 400)
    model = clone(estimator).set_params(monotonic_cst=signs, max_iter=30, random_state=0, **params)
    assert follows(model.fit(X, y, weight), X[:50], signs)
    free = clone(model).set_params(monotonic_cst=None).fit(X, y, weight)
    assert not follows(free, X[:50], signs)
    # Names say the same, and what is saved is the same.
    frame = pd.DataFrame(X, columns=list("abcd"))
    named = clone(model).set_params(monotonic_cst={"a": 1, "b": -1, "c": 1}).fit(frame, y, weight)
    np.testing.assert_array_equal(raw_scores(named, frame), raw_scores(model, X))
    np.testing.assert_array_equal(raw_scores(pickle.loads(pickle.dumps(model)), X), raw_scores(model, X))


@over_automatic_too
def test_probability_of_the_second_class_follows_the_signs(estimator: Any) -> None:
    if not is_classifier(estimator):
        return
    X, y = table(estimator, n_classes=2)
    for sign in (1, -1):
        model = clone(estimator).set_params(monotonic_cst=[sign, 0, 0, 0]).fit(X, np.array(["no", "yes"])[y])
        grid = np.column_stack([np.linspace(-4, 4, 50), np.zeros((50, 3))])
        assert (sign * np.diff(model.predict_proba(grid)[:, 1]) >= -1e-15).all()


@over_estimators
def test_continued_fit_adds_trees_that_follow_the_signs(estimator: Any) -> None:
    X, y = table(estimator, n_rows=400, n_classes=2)
    signs = [0, 1, 0, 0]
    model = clone(estimator).set_params(warm_start=True, monotonic_cst=signs, max_iter=5).fit(X, y)
    assert follows(model.set_params(max_iter=15).fit(X, y), X[:50], signs)
    at_once = clone(model).set_params(max_iter=15).fit(X, y)
    np.testing.assert_array_equal(raw_scores(model, X), raw_scores(at_once, X))
    # Trees from before remain.
    late = clone(model).set_params(monotonic_cst=None, max_iter=5).fit(X, y)
    assert not follows(late.set_params(monotonic_cst=signs, max_iter=6).fit(X, y), X[:50], signs)


@over_estimators
def test_refit_keeps_to_the_signs(estimator: Any) -> None:
    X, y = table(estimator, n_rows=400, n_classes=2)
    signs = [0, 1, 0, 0]
    model = clone(estimator).set_params(monotonic_cst=signs, max_iter=20).fit(X, y)
    opposite = 1 - y if is_classifier(model) else -y
    for decay in (0.0, 0.5):
        assert follows(model.refit(X[:150], opposite[:150], decay=decay), X[:50], signs)
    free = clone(model).set_params(monotonic_cst=None).fit(X, y)
    assert follows(free.set_params(monotonic_cst=signs).refit(X, y), X[:50], signs)


@over_estimators
def test_no_interactions_make_scores_additive(estimator: Any) -> None:
    X, y = table(estimator, n_rows=300, n_classes=2)
    X = np.nan_to_num(X)
    model = clone(estimator).set_params(max_iter=20)
    a, b = X[:40], X[40:80]
    mixed, rest = np.column_stack([a[:, :1], b[:, 1:]]), np.column_stack([b[:, :1], a[:, 1:]])

    def surplus(interaction_cst: Any) -> float:
        fitted = clone(model).set_params(interaction_cst=interaction_cst).fit(X, y)
        corners = [raw_scores(fitted, rows) for rows in (a, b, mixed, rest)]
        return float(np.abs(corners[0] + corners[1] - corners[2] - corners[3]).max())

    assert surplus("no_interactions") < 1e-12
    assert surplus([[0], [1, 2, 3]]) < 1e-12
    assert surplus([[0], (1, 2)]) < 1e-12
    assert surplus("pairwise") > 1e-3
    assert surplus(None) > 1e-3


@over_automatic_too
@pytest.mark.parametrize("params, message", INVALID, ids=str)
def test_invalid_value_is_a_value_error(estimator: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clone(estimator).set_params(**params).fit(*table(estimator, n_classes=2))


@over_automatic_too
def test_unknown_name_is_a_value_error(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    with pytest.raises(ValueError, match=r"monotonic_cst contains 1 unexpected feature names: \['z'\]"):
        clone(estimator).set_params(monotonic_cst={"z": 1}).fit(pd.DataFrame(X, columns=list("abcd")), y)


@over_automatic_too
@pytest.mark.parametrize(
    "params", [{"monotonic_cst": [0] * 4}, {"interaction_cst": []}, {"monotonic_cst": {}}], ids=str
)
def test_value_that_asks_for_nothing_changes_nothing(estimator: Any, params: dict[str, Any]) -> None:
    X, y = table(estimator, n_classes=2)
    frame = pd.DataFrame(X, columns=list("abcd"))
    found = clone(estimator).set_params(**params).fit(frame, y)
    np.testing.assert_array_equal(raw_scores(found, frame), raw_scores(clone(estimator).fit(frame, y), frame))


def test_monotonic_constraint_of_a_multiclass_model_is_a_value_error() -> None:
    model = hb.HistGradientBoostingClassifier(monotonic_cst=[0, 0, 0, 0])
    with pytest.raises(ValueError, match="not supported for multiclass"):
        model.fit(*table(model, n_classes=3))


def test_interaction_constraint_of_a_multiclass_model_holds() -> None:
    model = hb.HistGradientBoostingClassifier(max_iter=5, interaction_cst="no_interactions", min_samples_leaf=2)
    X, y = table(model, n_rows=400, n_classes=3)
    groups = [[i] for i in range(4)]
    listed = clone(model).set_params(interaction_cst=groups).fit(X, y)
    np.testing.assert_array_equal(model.fit(X, y).decision_function(X), listed.decision_function(X))


@over_estimators
def test_categorical_feature_has_no_order(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["b"] = pd.Categorical(np.where(frame["b"] > 0, "x", "y"))
    model = clone(estimator).set_params(monotonic_cst={"b": 1})
    with pytest.raises(ValueError, match="Categorical features cannot have monotonic constraints"):
        model.fit(frame, y)
    signs = {"a": 1, "d": -1}
    fitted = model.set_params(monotonic_cst=signs, max_iter=20).fit(frame, y)
    for name, sign in signs.items():
        grid = frame.iloc[np.repeat(np.arange(50), 30)].reset_index(drop=True)
        grid[name] = np.tile(np.linspace(-4, 4, 30), 50)
        assert (sign * np.diff(raw_scores(fitted, grid).reshape(50, -1), axis=1) >= 0).all()
