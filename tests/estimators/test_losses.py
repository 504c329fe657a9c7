"""The losses of the regressor: as good as scikit-learn's, in the units of the target, and kept with the model."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import ensemble, metrics

import hornbeam as hb
from hornbeam._model_file import to_bytes

LOSSES = ["squared_error", "absolute_error", "quantile", "huber", "poisson", "gamma", "tweedie"]
LOG_LINK = ["poisson", "gamma", "tweedie"]
OPTIONS: dict[str, dict[str, Any]] = {"quantile": {"quantile": 0.8}}

over_losses = pytest.mark.parametrize("loss", LOSSES)


def task(loss: str, n_rows: int = 300) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 4))
    mean = np.exp(X[:, 0] + 0.5 * np.abs(X[:, 1]))
    y = {
        "poisson": lambda: rng.poisson(mean).astype(float),
        "gamma": lambda: rng.gamma(2.0, mean / 2.0) + 1e-3,
        "tweedie": lambda: rng.poisson(mean) * rng.gamma(2.0, size=n_rows),
    }
    return X, y[loss]() if loss in y else mean + rng.standard_t(3.0, size=n_rows)


def model_of(loss: str, **params: Any) -> hb.HistGradientBoostingRegressor:
    return hb.HistGradientBoostingRegressor(loss=loss, **OPTIONS.get(loss, {}) | {"max_iter": 20} | params)


SCORES: dict[str, Any] = {
    "absolute_error": metrics.mean_absolute_error,
    "quantile": lambda y, prediction: metrics.mean_pinball_loss(y, prediction, alpha=0.8),
    "poisson": metrics.mean_poisson_deviance,
    "gamma": metrics.mean_gamma_deviance,
}


@pytest.mark.parametrize("loss", SCORES)
def test_predicts_as_closely_as_scikit_learn(loss: str) -> None:
    X, y = task(loss, 8000)
    params = {"early_stopping": False, **OPTIONS.get(loss, {})}
    classes = hb.HistGradientBoostingRegressor, ensemble.HistGradientBoostingRegressor
    ours, theirs = (
        SCORES[loss](y[4000:], kind(loss=loss, **params).fit(X[:4000], y[:4000]).predict(X[4000:])) for kind in classes
    )
    assert ours <= 1.02 * theirs


def test_tweedie_fits_between_its_neighbours() -> None:
    X, y = task("tweedie", 4000)
    deviances = {
        loss: metrics.mean_tweedie_deviance(y, model_of(loss, early_stopping=False).fit(X, y).predict(X), power=1.5)
        for loss in ("poisson", "tweedie")
    }
    assert deviances["tweedie"] < deviances["poisson"]


@pytest.mark.parametrize("loss", LOG_LINK)
def test_targets_over_many_magnitudes_do_not_throw_the_scores_about(loss: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 5))
    y = np.exp(X[:, 0] + np.abs(X[:, 1]) + 3.0 * rng.normal(size=3000))
    predicted = model_of(loss, max_iter=100, early_stopping=False).fit(X, y).predict(X)
    power = {"poisson": 1.0, "gamma": 2.0, "tweedie": 1.5}[loss]
    constant = np.full(3000, y.mean())
    assert metrics.mean_tweedie_deviance(y, predicted, power=power) < 0.6 * metrics.mean_tweedie_deviance(
        y, constant, power=power
    )


def test_huber_follows_the_bulk_where_squares_follow_the_outliers() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1.0, 1.0, size=(2000, 2))
    signal = 3.0 * X[:, 0]
    y = signal + np.where(rng.random(2000) < 0.05, 500.0, 0.1 * rng.normal(size=2000))
    errors = {loss: np.abs(model_of(loss).fit(X, y).predict(X) - signal).mean() for loss in ("huber", "squared_error")}
    assert errors["huber"] < 0.25
    assert errors["squared_error"] > 10.0


def test_quantiles_of_few_rows_are_exact() -> None:
    X, y = np.repeat([0.0, 1.0], 5)[:, None], np.array([1.0, 2.0, 3.0, 4.0, 50.0, 10.0, 20.0, 30.0, 40.0, 500.0])
    params: dict[str, Any] = {"max_iter": 1, "learning_rate": 1.0, "min_samples_leaf": 1}
    for quantile, expected in [(0.1, [1.0, 10.0]), (0.3, [2.0, 20.0]), (0.6, [3.5, 35.0]), (0.9, [50.0, 500.0])]:
        model = hb.HistGradientBoostingRegressor(loss="quantile", quantile=quantile, **params).fit(X, y)
        np.testing.assert_allclose(model.predict([[0.0], [1.0]]), expected)
    median = hb.HistGradientBoostingRegressor(loss="absolute_error", **params).fit(X, y)
    np.testing.assert_allclose(median.predict([[0.0], [1.0]]), [3.0, 30.0])


@over_losses
def test_predictions_are_those_of_a_pickle_a_file_and_the_predictor(loss: str, tmp_path: Path) -> None:
    X, y = task(loss)
    fitted = model_of(loss).fit(X, y)
    expected = fitted.predict(X)
    fitted.save(tmp_path / "model")
    for copy in (pickle.loads(pickle.dumps(fitted)), hb.load(tmp_path / "model"), fitted.predictor()):
        np.testing.assert_array_equal(copy.predict(X), expected)
    assert to_bytes(hb.load(tmp_path / "model")) == to_bytes(fitted)
    *_, last = fitted.staged_predict(X)
    np.testing.assert_array_equal(last, expected)
    if loss in LOG_LINK:
        assert (expected > 0).all()


def test_parameters_set_after_the_fit_change_no_prediction() -> None:
    X, y = task("poisson")
    fitted = model_of("poisson").fit(X, y)
    expected = fitted.predict(X)
    fitted.set_params(loss="squared_error", quantile=0.1, power=1.9)
    np.testing.assert_array_equal(fitted.predict(X), expected)


@over_losses
def test_a_frequency_is_so_many_copies(loss: str) -> None:
    X, y = task(loss)
    copies = np.arange(len(y)) % 3 + 1
    weighted = model_of(loss, random_state=0).fit(X, y, copies)
    repeated = model_of(loss, random_state=0).fit(np.repeat(X, copies, axis=0), np.repeat(y, copies))
    np.testing.assert_array_equal(weighted.predict(X), repeated.predict(X))


@over_losses
def test_early_stopping_scores_the_loss(loss: str) -> None:
    X, y = task(loss, 600)
    fitted = model_of(loss, early_stopping=True, max_iter=200, n_iter_no_change=3, learning_rate=0.2).fit(X, y)
    assert 1 <= fitted.best_iteration_ <= fitted.n_iter_ < 200
    assert np.isfinite(fitted.validation_score_).all()
    assert fitted.train_score_[-1] > fitted.train_score_[0]


def test_early_stopping_of_huber_sees_that_there_is_nothing_to_learn() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 5)), rng.normal(size=600)
    fitted = model_of("huber", early_stopping=True, max_iter=200, random_state=0).fit(X, y)
    assert fitted.n_iter_ < 50


@pytest.mark.parametrize("loss", ["poisson", "tweedie"])
def test_validation_rows_may_all_have_a_target_of_zero(loss: str) -> None:
    X, y = task(loss)
    fitted = model_of(loss, early_stopping=True).fit(X, y, X_val=X[:20], y_val=np.zeros(20))
    assert np.isfinite(fitted.validation_score_).all()


@over_losses
def test_warm_start_continues(loss: str) -> None:
    X, y = task(loss)
    half = model_of(loss, max_iter=5, warm_start=True).fit(X, y)
    whole = half.set_params(max_iter=10).fit(X, y)
    np.testing.assert_array_equal(whole.predict(X), model_of(loss, max_iter=10).fit(X, y).predict(X))


@over_losses
def test_large_and_tiny_targets_give_finite_predictions(loss: str) -> None:
    X, y = task(loss)
    for scale in (1e-200, 1e200):
        predictions = model_of(loss).fit(X, y * scale).predict(X)
        assert np.isfinite(predictions).all()
        if loss in ("absolute_error", "gamma"):  # which do not see the unit of the target
            np.testing.assert_allclose(predictions / scale, model_of(loss).fit(X, y).predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("gamma", [1.0, 0.0, 2.0], r"loss='gamma' requires strictly positive y\."),
        ("poisson", [1.0, -1.0, 2.0], r"loss='poisson' requires non-negative y and sum\(y\) > 0\."),
        ("tweedie", [0.0, 0.0, 0.0], r"loss='tweedie' requires non-negative y and sum\(y\) > 0\."),
    ],
)
def test_targets_that_a_loss_has_no_value_for_are_refused(loss: str, y: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hb.HistGradientBoostingRegressor(loss=loss).fit(np.zeros((3, 1)), y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"loss": "quantile"}, "loss='quantile' needs a quantile between 0 and 1, got quantile=None"),
        ({"loss": "quantile", "quantile": 1.5}, "The 'quantile' parameter .* Got 1.5 instead"),
        ({"loss": "tweedie", "power": 1.0}, "The 'power' parameter .* Got 1.0 instead"),
        ({"loss": "tweedie", "power": 2.0}, "The 'power' parameter .* Got 2.0 instead"),
        ({"loss": "hinge"}, "The 'loss' parameter .* Got 'hinge' instead"),
    ],
)
def test_parameters_outside_their_range_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hb.HistGradientBoostingRegressor(**params).fit([[0.0], [1.0]], [1.0, 2.0])


def test_residuals_beyond_float64_are_refused() -> None:
    y = np.array([-1.7e308, 1.7e308, 1.7e308, 1.7e308])
    with pytest.raises(ValueError, match="y is too large"):
        model_of("absolute_error", min_samples_leaf=1).fit(np.arange(4.0)[:, None], y)
