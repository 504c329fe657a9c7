"""The parameters of trees that scikit-learn's class has not: what holds for each of them, whatever it does."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

import hornbeam as hb
from hornbeam import _core
from hornbeam._container import unpack
from hornbeam._core import testing
from hornbeam._model_file import from_bytes, to_bytes
from hornbeam.boosting._parameters import ADDED_CONSTRAINTS
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_estimators
from tests.strategies import layouts

OPTIONS: list[dict[str, Any]] = [
    {"subsample": 0.5},
    {"subsample": 0.5, "sampling_method": "gradient_based"},
    {"colsample_bytree": 0.5},
    {"colsample_bylevel": 0.5},
    {"colsample_bytree": 0.8, "colsample_bylevel": 0.7, "max_features": 0.7},
    {"l1_regularization": 4.0},
    {"min_split_gain": 1.5},
    {"min_child_weight": 6.0},
    {"extra_trees": True},
    {"subsample": 0.7, "sampling_method": "gradient_based", "colsample_bytree": 0.8, "extra_trees": True},
]
LOSSES = ["squared_error", "absolute_error", "quantile", "huber", "poisson", "gamma", "tweedie"]
over_options = pytest.mark.parametrize("options", OPTIONS, ids=str)


@pytest.fixture
def runtime() -> Iterator[None]:
    """Let threads run for any number of rows on any machine; put everything back."""
    level = _core.simd_level()
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    _core.set_simd_level(level)


def with_categories(X: NDArray[np.float64], n_categories: int) -> pd.DataFrame:
    """The table with its first column as so many categories, the fewer rows the higher its values."""
    frame = pd.DataFrame(X, columns=list("abcd"))
    share = frame["a"].rank() / (len(X) + 1)
    frame["a"] = pd.Categorical(np.floor(n_categories * share**2).astype(int) * 7 % n_categories)
    return frame


def scores_of(estimator: Any, X: Any, y: Any, **params: Any) -> NDArray[np.float64]:
    return raw_scores(clone(estimator).set_params(random_state=0, **params).fit(X, y), X)


@over_estimators
@over_options
def test_option_changes_the_trees_and_defaults_do_not(estimator: Any, options: dict[str, Any]) -> None:
    X, y = table(estimator)
    default = scores_of(estimator, X, y)
    assert not np.array_equal(scores_of(estimator, X, y, **options), default)
    defaults = {name: value for name, value in type(estimator)().get_params().items() if name in options}
    np.testing.assert_array_equal(scores_of(estimator, X, y, **defaults), default)


@over_estimators
@pytest.mark.parametrize(
    ("options", "n_categories"),
    [
        ({"cat_smooth": 100.0}, 30),
        ({"cat_l2": 500.0}, 30),
        ({"max_cat_to_onehot": 40}, 30),
        ({"max_cat_to_onehot": 0}, 4),
        ({"cat_cost": 1.0}, 30),
    ],
    ids=str,
)
def test_option_of_categories_changes_their_trees_alone(
    estimator: Any, options: dict[str, Any], n_categories: int
) -> None:
    X, y = table(estimator, n_rows=400)
    frame = with_categories(X, n_categories)
    free = clone(estimator).set_params(cat_cost=0.0, max_iter=20)
    assert not np.array_equal(scores_of(free, frame, y, **options), scores_of(free, frame, y))
    np.testing.assert_array_equal(scores_of(free, X, y, **options), scores_of(free, X, y))


def test_identifiers_of_rows_are_worth_a_split_only_if_choice_is_free() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"id": pd.Categorical(rng.permutation(1000) % 300), "x": rng.normal(size=1000)})
    y = rng.normal(size=1000)
    priced, free = (hb.HistGradientBoostingRegressor(cat_cost=cost).fit(frame, y) for cost in (1.0, 0.0))
    assert priced.feature_importances_[0] < 0.05
    assert free.feature_importances_[0] > 0.5


@over_estimators
@over_options
def test_two_fits_in_a_row_equal_one_long_fit(estimator: Any, options: dict[str, Any]) -> None:
    X, y = table(estimator)
    whole = clone(estimator).set_params(max_iter=9, random_state=0, **options).fit(X, y)
    parts = clone(estimator).set_params(max_iter=4, warm_start=True, random_state=0, **options).fit(X, y)
    parts = from_bytes(to_bytes(parts)).set_params(max_iter=9).fit(X, y)
    np.testing.assert_array_equal(raw_scores(parts, X), raw_scores(whole, X))


@over_estimators
@over_options
def test_model_is_saved_and_pickled_with_the_option(estimator: Any, options: dict[str, Any]) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(random_state=0, **options).fit(X, y)
    for copy in (from_bytes(to_bytes(fitted)), pickle.loads(pickle.dumps(fitted))):
        assert copy.get_params() == fitted.get_params()
        np.testing.assert_array_equal(raw_scores(copy, X), raw_scores(fitted, X))


@over_estimators
def test_file_names_added_parameters_only_where_they_are_set(estimator: Any) -> None:
    X, y = table(estimator)

    def params_of(**params: Any) -> dict[str, Any]:
        _, metadata = unpack(to_bytes(clone(estimator).set_params(**params).fit(X, y)))
        saved: dict[str, Any] = json.loads(metadata["params"])
        return saved

    assert not params_of().keys() & ADDED_CONSTRAINTS.keys()
    assert params_of(min_child_weight=1e-3, l1_regularization=0.0).keys() == params_of().keys()
    assert params_of(l1_regularization=0) == params_of() | {"l1_regularization": 0}  # not the default's type


@over_estimators
@over_options
def test_bits_do_not_depend_on_threads_simd_level_or_layout(
    estimator: Any, options: dict[str, Any], runtime: None
) -> None:
    X, y = table(estimator, n_rows=700)
    expected = scores_of(estimator, X, y, n_jobs=1, **options)
    for i, (level, arranged) in enumerate(
        (level, arranged) for level in _core.simd_levels() for arranged in layouts(X).values()
    ):
        _core.set_simd_level(level)
        found = scores_of(estimator, arranged, y, n_jobs=(1, 2, 3, 5)[i % 4], **options)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("loss", LOSSES)
@over_options
def test_every_loss_falls(loss: str, options: dict[str, Any]) -> None:
    X, y = table(hb.HistGradientBoostingRegressor(), n_rows=500)
    model = hb.HistGradientBoostingRegressor(
        loss=loss, quantile=0.6, max_iter=30, early_stopping=True, validation_fraction=None, **options
    )
    scores = model.fit(X, np.exp(y)).train_score_
    assert np.isfinite(scores).all()
    assert scores[-1] > scores[0]


@over_estimators
@over_options
def test_loss_of_ones_own_equals_the_built_in_one(estimator: Any, options: dict[str, Any]) -> None:
    if is_classifier(estimator):
        return
    X, y = table(estimator)

    def squared_error(y: Any, raw: Any) -> Any:
        return raw - y, np.ones_like(raw)

    init_score = np.full(len(y), 0.5)
    ours, built_in = (
        raw_scores(
            clone(estimator).set_params(loss=loss, random_state=0, **options).fit(X, y, init_score=init_score), X
        )
        for loss in (squared_error, "squared_error")
    )
    np.testing.assert_array_equal(ours, built_in)


@over_estimators
@over_options
def test_constraints_hold(estimator: Any, options: dict[str, Any]) -> None:
    X, y = table(estimator, n_rows=400, n_classes=2)
    params = {"max_iter": 20, "monotonic_cst": [1, 0, 0, 0], "interaction_cst": [[0, 1], [2, 3]], "random_state": 0}
    model = clone(estimator).set_params(**params, **options).fit(X, y)
    for fitted in (model, model.refit(X[:200], y[:200])):
        grid = np.repeat(X[:40], 50, axis=0)
        grid[:, 0] = np.tile(np.linspace(-4, 4, 50), 40)
        assert (np.diff(raw_scores(fitted, grid).reshape(40, 50), axis=1) >= 0).all()


@over_estimators
@over_options
def test_early_stopping_scores_what_is_predicted(estimator: Any, options: dict[str, Any]) -> None:
    X, y = table(estimator, n_rows=400)
    stopping = {"early_stopping": True, "n_iter_no_change": 3, "max_iter": 60, "learning_rate": 0.5, "scoring": None}
    model = clone(estimator).set_params(random_state=0, **stopping, **options)
    model.fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    assert len(model.validation_score_) == model.n_iter_ + 1
    assert model.validation_score_[-1] == pytest.approx(model.score(X[300:], y[300:]), rel=1e-12)


@over_estimators
@over_options
def test_refit_on_the_rows_of_the_fit_takes_all_of_them(estimator: Any, options: dict[str, Any]) -> None:
    X, y = table(estimator)
    model = clone(estimator).set_params(random_state=0, **options).fit(X, y)
    once = raw_scores(model.refit(X, y), X)
    np.testing.assert_array_equal(raw_scores(model.refit(X, y), X), once)
