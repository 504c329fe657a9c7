"""A loss that is a Python object: what it is asked, what early stopping makes of it, and what is kept of it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier

import hornbeam as hb
from tests.boosting.custom_losses import CUSTOM_LOSSES
from tests.estimators.custom_loss_support import Floats, fit, loss_with, squared_error
from tests.estimators.support import raw_scores, table
from tests.public_estimators import over_estimators


@over_estimators
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_callable_is_given_all_rows_once_an_iteration(estimator: Any, n_classes: int) -> None:
    X, y = table(estimator, n_classes=n_classes)
    seen: list[tuple[Floats, Floats]] = []

    def loss(y_true: Floats, raw_prediction: Floats) -> Any:
        assert not y_true.flags.writeable
        assert not raw_prediction.flags.writeable
        seen.append((y_true, raw_prediction))
        return squared_error(y_true, raw_prediction)

    model = clone(estimator).set_params(loss=loss)
    if is_classifier(estimator):
        y = np.array(["c", "a", "b"])[y]
    weight = np.arange(len(y)) % 2
    model.fit(X, y, weight)
    kept = weight > 0
    codes = np.searchsorted(model.classes_, y) if is_classifier(estimator) else y
    assert len(seen) == 3
    several = is_classifier(estimator) and n_classes == 3
    for y_true, raw_prediction in seen:
        np.testing.assert_array_equal(y_true, codes[kept])
        assert raw_prediction.shape == ((len(y_true), 3) if several else (len(y_true),))
    assert not seen[0][1].any()  # without a baseline


def test_baseline_loss_and_link_are_used_if_they_are_there() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    weight = np.linspace(1.0, 2.0, len(y))
    y = np.exp(y)
    params: dict[str, Any] = {"early_stopping": True, "validation_fraction": None, "max_iter": 2, "random_state": 0}
    model = hb.HistGradientBoostingRegressor(loss=CUSTOM_LOSSES["poisson"], **params).fit(X, y, weight)
    built_in = hb.HistGradientBoostingRegressor(loss="poisson", **params).fit(X, y, weight)
    assert model.train_score_[0] == pytest.approx(built_in.train_score_[0], rel=1e-12)
    assert (model.predict(X) > 0).all()
    assert next(iter(model.staged_predict(X))).shape == y.shape
    offset = np.full(len(y), 0.5)
    np.testing.assert_allclose(model.predict(X, init_score=offset), np.exp(0.5) * model.predict(X), rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_are_those_of_the_built_in_loss(n_classes: int) -> None:
    built_in = hb.HistGradientBoostingClassifier(max_iter=5)
    X, y = table(built_in, n_classes=n_classes)
    loss = CUSTOM_LOSSES["binary_log_loss" if n_classes == 2 else "multiclass_log_loss"]
    expected = built_in.fit(X, y)
    for custom in (loss, LinklessLogistic())[: 2 if n_classes == 2 else 1]:
        model = clone(built_in).set_params(loss=custom).fit(X, y)
        np.testing.assert_allclose(model.predict_proba(X), expected.predict_proba(X), rtol=1e-9)
        np.testing.assert_array_equal(model.predict(X), expected.predict(X))
        np.testing.assert_allclose(raw_scores(model, X), raw_scores(expected, X), rtol=1e-9, atol=1e-12)


class LinklessLogistic:
    """Leaves the probabilities to the estimator."""

    def __call__(self, y_true: Floats, raw_prediction: Floats) -> Any:
        return CUSTOM_LOSSES["binary_log_loss"](y_true, raw_prediction)

    def baseline(self, y_true: Floats, sample_weight: Floats | None) -> Any:
        return CUSTOM_LOSSES["binary_log_loss"].baseline(y_true, sample_weight)


def test_the_class_predicted_is_the_most_probable_by_the_own_link() -> None:
    class Shifted(type(CUSTOM_LOSSES["binary_log_loss"])):  # type: ignore[misc]
        def inverse_link(self, raw_prediction: Floats) -> Floats:
            p: Floats = 0.5 / (1 + np.exp(-raw_prediction))  # never above a half
            return p

    model = fit(hb.HistGradientBoostingClassifier(max_iter=3), Shifted(), n_classes=2)
    X, _ = table(model)
    assert (raw_scores(model, X) > 0).any()
    assert not model.predict(X).any()
    for staged in model.staged_predict(X):
        assert not staged.any()


def test_one_class_stays_one() -> None:
    model = hb.HistGradientBoostingClassifier(loss=lambda y, raw: (raw - 5.0, np.ones_like(raw)), max_iter=3)
    model.fit([[0.0], [1.0]], ["a", "a"])
    assert model.decision_function([[0.0]])[0] > 0
    for predicting in (model, model.predictor()):
        np.testing.assert_array_equal(predicting.predict(np.zeros((1, 1))), ["a"])
        np.testing.assert_array_equal(predicting.predict_proba(np.zeros((1, 1))), [[1.0]])


@pytest.mark.parametrize(
    "kind", [list, np.float32, np.asfortranarray, lambda a: a[::-1].copy()[::-1], lambda a: a.astype(">f8")]
)
@over_estimators
def test_arrays_of_any_kind_may_be_returned(estimator: Any, kind: Any) -> None:
    def loss(y_true: Floats, raw_prediction: Floats) -> Any:
        gradient, hessian = (array.astype(np.float32).astype(float) for array in squared_error(y_true, raw_prediction))
        convert = (lambda a: a.astype(kind)) if isinstance(kind, type) and kind is not list else kind
        return [convert(gradient), convert(hessian)]

    def exact(y_true: Floats, raw_prediction: Floats) -> Any:
        return tuple(array.astype(np.float32).astype(float) for array in squared_error(y_true, raw_prediction))

    X, _ = table(estimator)
    np.testing.assert_array_equal(raw_scores(fit(estimator, loss), X), raw_scores(fit(estimator, exact), X))


@over_estimators
def test_a_warm_start_continues(estimator: Any) -> None:
    X, y = table(estimator)
    parts = fit(estimator, squared_error, warm_start=True).set_params(max_iter=6).fit(X, y)
    np.testing.assert_array_equal(raw_scores(parts, X), raw_scores(fit(estimator, squared_error, max_iter=6), X))


def test_leaves_are_learned_anew_as_by_the_built_in_loss() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    params: dict[str, Any] = {"max_iter": 5, "early_stopping": False}
    expected = hb.HistGradientBoostingRegressor(**params).fit(X, y).refit(X, -y)
    for first, second in [(CUSTOM_LOSSES["squared_error"],) * 2, ("squared_error", CUSTOM_LOSSES["squared_error"])]:
        model = hb.HistGradientBoostingRegressor(loss=first, **params).fit(X, y).set_params(loss=second).refit(X, -y)
        np.testing.assert_allclose(model.predict(X), expected.predict(X), rtol=1e-9)


@over_estimators
@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_threads_change_no_bit(estimator: Any, n_jobs: int) -> None:
    X, _ = table(estimator)
    expected = raw_scores(fit(estimator, squared_error), X)
    np.testing.assert_array_equal(raw_scores(fit(estimator, squared_error, n_jobs=n_jobs), X), expected)


# Early stopping ---------------------------------------------------------------------------------------


@over_estimators
def test_scoring_by_a_loss_that_has_none_is_refused(estimator: Any) -> None:
    with pytest.raises(ValueError, match=r"no method loss\(y_true, raw_prediction\): give it one, set scoring"):
        fit(estimator, squared_error, early_stopping=True)
    assert fit(estimator, squared_error, early_stopping=True, scoring=None).n_iter_ == 3
    assert fit(estimator, squared_error, verbose=2).n_iter_ == 3


def test_scores_of_validation_rows_are_losses_of_theirs() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    params: dict[str, Any] = {"early_stopping": True, "max_iter": 4, "random_state": 0}
    weight = {"sample_weight": np.linspace(1, 2, 150), "sample_weight_val": np.linspace(1, 3, 50)}
    rows = {"X_val": X[150:], "y_val": y[150:], **weight}
    custom = hb.HistGradientBoostingRegressor(loss=CUSTOM_LOSSES["squared_error"], **params)
    custom.fit(X[:150], y[:150], **rows)
    built_in = hb.HistGradientBoostingRegressor(**params).fit(X[:150], y[:150], **rows)
    np.testing.assert_allclose(custom.validation_score_, built_in.validation_score_, rtol=1e-12)
    np.testing.assert_allclose(custom.train_score_, built_in.train_score_, rtol=1e-12)


@over_estimators
def test_a_metric_of_raw_scores_makes_no_trees(estimator: Any) -> None:
    made: list[int] = []
    method = "decision_function" if is_classifier(estimator) else "predict"

    def metric(model: Any, X: Any, y: Any) -> float:
        raw = getattr(model, method)(X)
        made.append("_model" in vars(model))
        return -float(np.abs(raw).mean())

    fit(estimator, squared_error, early_stopping=True, scoring=metric)
    assert made == [False] * 8  # before the first iteration and after each, training and validation rows


@over_estimators
def test_a_metric_may_ask_for_the_trees_and_fit_clones(estimator: Any) -> None:
    X, y = table(estimator)
    n_iterations: list[int] = []

    def metric(model: Any, X_scored: Any, y_scored: Any) -> float:
        n_iterations.append(model.n_iter_)
        np.testing.assert_array_equal(model.predict(X_scored.copy()), model.predict(X_scored))
        other = clone(model).set_params(early_stopping=False, max_iter=1).fit(X, y)
        assert other.n_iter_ == 1
        assert other.predict(X).shape == y.shape
        return float(len(n_iterations))

    params = {"early_stopping": True, "validation_fraction": None, "scoring": metric}
    fitted = clone(estimator).set_params(**params).fit(X, y)
    assert n_iterations == [0, 1, 2, 3]
    fitted.set_params(warm_start=True, max_iter=4).fit(X, y)
    assert n_iterations == [0, 1, 2, 3, 4]


# What is kept of it -----------------------------------------------------------------------------------


@over_estimators
def test_it_is_pickled_and_cloned_but_not_saved(estimator: Any, tmp_path: Path) -> None:
    fitted = fit(estimator, squared_error)
    X, _ = table(estimator)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert again.get_params()["loss"] is clone(fitted).get_params()["loss"] is squared_error
    with pytest.raises(TypeError, match=r"loss=<function squared_error .* cannot be saved"):
        fitted.save(tmp_path / "model")
    fitted.set_params(loss=estimator.loss)  # the trees are still of the other loss
    with pytest.raises(TypeError, match=r"loss=<function squared_error .* cannot be saved"):
        fitted.save(tmp_path / "model")
    fitted.fit(*table(estimator)).save(tmp_path / "model")
    np.testing.assert_array_equal(hb.load(tmp_path / "model").predict(X), fitted.predict(X))


@over_estimators
def test_one_that_cannot_be_pickled_says_so(estimator: Any) -> None:
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        pickle.dumps(fit(estimator, lambda y, raw: squared_error(y, raw)))


def test_parameters_set_after_the_fit_change_no_prediction() -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    model = hb.HistGradientBoostingRegressor(loss=CUSTOM_LOSSES["poisson"], max_iter=3).fit(X, np.exp(y))
    expected = model.predict(X)
    model.set_params(loss="squared_error")
    np.testing.assert_array_equal(model.predict(X), expected)


@over_estimators
def test_a_compiled_predictor_answers_unless_python_would_have_to(estimator: Any) -> None:
    X, _ = table(estimator)
    fitted = fit(estimator, squared_error)
    np.testing.assert_array_equal(fitted.predictor().predict(X), fitted.predict(X))
    with pytest.raises(TypeError, match="has an inverse_link"):
        fit(estimator, loss_with(inverse_link=lambda self, raw: raw)).predictor()
