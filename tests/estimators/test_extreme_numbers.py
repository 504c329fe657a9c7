"""Numbers at the ends of float64: finite in gives finite out, and what arithmetic promises exactly holds exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

from tests.estimators.support import ask, questions_of, raw_scores, table, trees_of
from tests.public_estimators import over_automatic_classifiers_too, over_automatic_too, over_estimators, over_regressors
from tests.reference.boosting import boost

Floats = NDArray[np.float64]
DENORMAL = 5e-324
LARGEST = float(np.finfo(np.float64).max)


def assert_finite(fitted: Any, X: Any) -> None:
    for question in questions_of(fitted):
        assert np.isfinite(ask(fitted, question, X)).all(), question


def without_limits(estimator: Any, **params: Any) -> Any:
    """The estimator with leaves as small as a row."""
    return clone(estimator).set_params(min_samples_leaf=1, **params)


# Targets ----------------------------------------------------------------------------------------------


@over_regressors
@pytest.mark.parametrize("size", [DENORMAL, 1e-310, 1e-300, 1e300, 1.7e308 / 2])
def test_targets_of_any_size_are_learnt(estimator: Any, size: float) -> None:
    X = np.arange(40.0)[:, None] % 4
    y = np.where(X[:, 0] > 1, size, -size)
    fitted = without_limits(estimator, learning_rate=1.0).fit(X, y)
    np.testing.assert_allclose(fitted.predict(X), y, rtol=1e-15, atol=DENORMAL)
    assert_finite(fitted, X)


@over_regressors
def test_targets_whose_differences_leave_float64_are_refused(estimator: Any) -> None:
    with pytest.raises(ValueError, match="float64 range: y"):
        without_limits(estimator).fit(np.arange(8.0)[:, None], np.where(np.arange(8) % 4 == 0, -1.7e308, 1.7e308))


@over_regressors
@pytest.mark.parametrize("exponent", [-900, -3, 1, 700])
def test_target_times_a_power_of_two_scales_every_prediction_exactly(estimator: Any, exponent: int) -> None:
    X, y = table(estimator)
    scale = 2.0**exponent
    plain, scaled = clone(estimator).fit(X, y), clone(estimator).fit(X, y * scale)
    np.testing.assert_array_equal(scaled.predict(X), plain.predict(X) * scale)


@over_regressors
@pytest.mark.parametrize("outlier", [1e6, 1e12, 1e15, 1e100, 1e300])
def test_outlier_gives_the_bits_of_exact_arithmetic(estimator: Any, outlier: float) -> None:
    X, y = table(estimator, n_rows=60)
    y[7] = outlier
    params = {"max_leaf_nodes": 8, "min_samples_leaf": 2, "learning_rate": 0.5}
    fitted = clone(estimator).set_params(max_iter=4, **params).fit(X, y)
    twin = boost(X, y, n_iterations=4, **params)
    np.testing.assert_array_equal(fitted.predict(X), twin.raw[:, 0])


@over_regressors
@pytest.mark.parametrize("outlier", [1e6, 1e9, 1e12])
def test_outlier_spares_the_other_rows(estimator: Any, outlier: float) -> None:
    X = np.repeat(np.arange(10.0), 20)[:, None]
    y = np.sin(X[:, 0])
    X, y = np.append(X, [[99.0]], axis=0), np.append(y, outlier)
    fitted = without_limits(estimator, learning_rate=1.0, max_iter=40).fit(X, y)
    # The first score is the mean: what is lost there, half a unit in its last place, no tree can see.
    np.testing.assert_allclose(fitted.predict(X), y, atol=np.spacing(outlier / 201) + 1e-12)


# Features ---------------------------------------------------------------------------------------------

NEIGHBOURS = {
    "above one": (1.0, np.nextafter(1.0, 2.0)),
    "below one": (np.nextafter(1.0, 0.0), 1.0),
    "denormals": (DENORMAL, 2 * DENORMAL),
    "zero and denormal": (0.0, DENORMAL),
    "denormals of both signs": (-DENORMAL, DENORMAL),
    "smallest normal": (np.nextafter(2.2250738585072014e-308, 0.0), 2.2250738585072014e-308),
    "largest": (np.nextafter(LARGEST, 0.0), LARGEST),
    "both ends": (-LARGEST, LARGEST),
    "largest and infinity": (LARGEST, np.inf),
    "infinities": (-np.inf, np.inf),
    "negative infinity and end": (-np.inf, -LARGEST),
    "float32 denormals": (float(np.float32(1e-45)), float(np.float32(3e-45))),
    "float32 neighbours": (1.0, float(np.nextafter(np.float32(1), np.float32(2)))),
    "float32 ends": (-float(np.finfo(np.float32).max), float(np.finfo(np.float32).max)),
    "float32 largest": (float(np.nextafter(np.finfo(np.float32).max, np.float32(0))), float(np.finfo(np.float32).max)),
}


@over_estimators
@pytest.mark.parametrize("pair", NEIGHBOURS)
def test_neighbouring_values_are_told_apart(estimator: Any, pair: str) -> None:
    below, above = NEIGHBOURS[pair]
    for dtype in [np.float64, np.float32] if pair.startswith("float32") else [np.float64]:
        X = np.array([[below], [above]] * 10, dtype)
        fitted = without_limits(estimator).fit(X, [0, 1] * 10)
        scores = raw_scores(fitted, X)
        assert scores[0] < scores[1]
        # 20 rows go another way through the predictor than two.
        np.testing.assert_array_equal(raw_scores(fitted, X[:2]), scores[:2])
        (threshold,) = np.unique(fitted._model.to_arrays()["threshold"])
        assert below <= threshold < above


@over_estimators
def test_zeros_of_both_signs_are_one_value(estimator: Any) -> None:
    X, y = np.array([[0.0], [-0.0], [1.0], [-1.0]] * 5), [0, 1, 1, 0] * 5
    fitted, unsigned = without_limits(estimator).fit(X, y), without_limits(estimator).fit(X + 0.0, y)
    np.testing.assert_array_equal(raw_scores(fitted, X), raw_scores(unsigned, X + 0.0))
    assert len(np.unique(raw_scores(fitted, X[:2]))) == 1


def dense_ranks(X: Floats) -> Floats:
    """The position of each value among the distinct ones of its column; missing values stay missing."""
    ranks = [np.searchsorted(np.unique(column[~np.isnan(column)]), column).astype(float) for column in X.T]
    return np.where(np.isnan(X), np.nan, np.stack(ranks, axis=1))


@over_estimators
@pytest.mark.parametrize(
    "transform",
    [lambda X: X * 2.0**-1070, lambda X: X * 2.0**1015, np.exp, np.arctan, dense_ranks],
    ids=["denormal", "huge", "exp", "arctan", "ranks"],
)
def test_monotone_transform_of_the_features_changes_no_score(estimator: Any, transform: Any) -> None:
    X, y = table(estimator)
    X = np.round(X * 4)  # whole numbers, which stay distinct
    transformed = transform(X)
    fitted, other = clone(estimator).fit(X, y), clone(estimator).fit(transformed, y)
    np.testing.assert_array_equal(raw_scores(other, transformed), raw_scores(fitted, X))


@over_estimators
def test_missing_value_where_training_had_none_goes_with_the_larger_side(estimator: Any) -> None:
    X, y = np.arange(10.0)[:, None], (np.arange(10) >= 7).astype(int)
    fitted = without_limits(estimator, max_leaf_nodes=2).fit(X, y)
    np.testing.assert_array_equal(raw_scores(fitted, [[np.nan]]), raw_scores(fitted, X[:1]))


# Weights ----------------------------------------------------------------------------------------------


@over_automatic_too
@pytest.mark.parametrize("weight", [DENORMAL, 1e-300, 1e-15, 1e15, 1e300, 1.7e308])
def test_weights_of_any_size_beside_ordinary_ones_give_finite_answers(estimator: Any, weight: float) -> None:
    X, y = table(estimator)
    for rows in (slice(None, None, 2), slice(0, 1), slice(None)):
        sample_weight = np.ones(len(y))
        sample_weight[rows] = weight
        assert_finite(clone(estimator).fit(X, y, sample_weight), X)


@over_automatic_too
@pytest.mark.parametrize("pair", [(1e-300, 1e300), (DENORMAL, LARGEST), (DENORMAL, 1.0)], ids=str)
def test_weights_of_both_extremes_give_finite_answers_and_the_constant_of_the_heavy_rows(
    estimator: Any, pair: tuple[float, float]
) -> None:
    X, y = table(estimator, n_classes=2)
    light = np.arange(len(y)) % 4 == 0
    weighted, heavy = (clone(estimator).fit(X, y, np.where(light, *weights)) for weights in (pair, (0.0, 1.0)))
    assert_finite(weighted, X)
    np.testing.assert_allclose(trees_of(weighted).baseline(), trees_of(heavy).baseline(), rtol=1e-12)


@over_estimators
@pytest.mark.parametrize("exponent", [1, 40, 900])
def test_weights_times_a_power_of_two_change_nothing_without_regularisation(estimator: Any, exponent: int) -> None:
    X, y = table(estimator)
    weight = np.random.default_rng(1).uniform(1.0, 2.0, len(y))
    plain, scaled = clone(estimator).fit(X, y, weight), clone(estimator).fit(X, y, weight * 2.0**exponent)
    np.testing.assert_array_equal(raw_scores(scaled, X), raw_scores(plain, X))


@over_estimators
@pytest.mark.parametrize("weight", [DENORMAL, 1e-300])
def test_tiny_total_weight_gives_the_mean_of_all_rows(estimator: Any, weight: float) -> None:
    X, y = table(estimator, n_classes=2)
    # A child needs a thousandth of hessian, as in scikit-learn: no split, and one leaf that has nothing to add.
    fitted = clone(estimator).fit(X, y, np.full(len(y), weight))
    assert fitted._model.n_leaves == fitted.n_iter_
    np.testing.assert_allclose(raw_scores(fitted, X), fitted._model.baseline()[0], atol=1e-12)


@over_automatic_too
def test_row_given_twice_equals_its_weight_of_two(estimator: Any) -> None:
    X, y = table(estimator)
    twice = np.arange(len(y)) % 3 == 0
    copied = clone(estimator).fit(np.concatenate([X, X[twice]]), np.concatenate([y, y[twice]]))
    weighted = clone(estimator).fit(X, y, 1 + twice)
    np.testing.assert_array_equal(raw_scores(copied, X), raw_scores(weighted, X))


@over_automatic_classifiers_too
@pytest.mark.parametrize("n_classes", [2, 3])
def test_class_of_weight_zero_keeps_its_label_and_never_wins(estimator: Any, n_classes: int) -> None:
    X, y = table(estimator, n_classes=n_classes)
    for kept in range(n_classes):
        fitted = clone(estimator).fit(X, y, (y == kept).astype(float))
        assert fitted.classes_.tolist() == list(range(n_classes))
        assert (fitted.predict(X) == kept).all()
        np.testing.assert_allclose(fitted.predict_proba(X)[:, kept], 1.0, atol=1e-6)
        assert_finite(fitted, X)


# Order ------------------------------------------------------------------------------------------------


@over_automatic_too
def test_order_of_the_rows_changes_no_bit(estimator: Any) -> None:
    X, y = table(estimator)
    weight = np.random.default_rng(2).uniform(0.1, 10, len(y))
    order = np.random.default_rng(3).permutation(len(y))
    fitted, shuffled = clone(estimator).fit(X, y, weight), clone(estimator).fit(X[order], y[order], weight[order])
    np.testing.assert_array_equal(raw_scores(shuffled, X), raw_scores(fitted, X))


@over_estimators
def test_order_of_the_features_permutes_their_importances(estimator: Any) -> None:
    X, y = table(estimator)
    order = [2, 0, 3, 1]
    # Leaves so large that no two splits have the same gain: of two, the one of the lower feature would win.
    fitted, permuted = (clone(estimator).set_params(min_samples_leaf=40).fit(X_, y) for X_ in (X, X[:, order]))
    np.testing.assert_array_equal(permuted.feature_importances_, fitted.feature_importances_[order])
    np.testing.assert_array_equal(raw_scores(permuted, X[:, order]), raw_scores(fitted, X))


# Parameters -------------------------------------------------------------------------------------------


@over_estimators
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("learning_rate", [3.0, 1e300, 1.7e308])
@pytest.mark.parametrize("l2_regularization", [0.0, 1.0, 1e300])
def test_regression_that_diverges_is_refused_and_all_else_is_finite_for_rows_never_seen(
    estimator: Any, n_classes: int, learning_rate: float, l2_regularization: float
) -> None:
    X, y = table(estimator, n_rows=60, n_classes=n_classes)
    unseen = 3 * np.random.default_rng(4).normal(size=(500, 4))
    params = {"learning_rate": learning_rate, "l2_regularization": l2_regularization, "max_iter": 6}
    for scale in (1,) if is_classifier(estimator) else (1, 1e307):
        fitted = without_limits(estimator, **params)
        step = learning_rate / max(l2_regularization, 1.0) * scale
        if step < 1e299 or is_classifier(estimator):  # the scores of a classifier are bounded
            assert_finite(fitted.fit(X, y * scale), unseen)
        else:
            with pytest.raises(ValueError, match="float64 range: y or learning_rate is too large"):
                fitted.fit(X, y * scale)


@over_estimators
def test_vanishing_steps_leave_the_best_constant(estimator: Any) -> None:
    X, y = table(estimator)
    constant = clone(estimator).fit(X, y)._model.baseline()
    for params in ({"learning_rate": 1e-300}, {"l2_regularization": 1.7e308}):
        fitted = clone(estimator).set_params(**params).fit(X, y)
        np.testing.assert_allclose(raw_scores(fitted, X), np.broadcast_to(constant, (len(X), len(constant))).squeeze())


@over_estimators
@pytest.mark.parametrize("max_bins", [2, 255])
@pytest.mark.parametrize("max_leaf_nodes", [2, 10**400, None])
def test_coarsest_and_finest_trees_are_finite(estimator: Any, max_bins: int, max_leaf_nodes: Any) -> None:
    X, y = table(estimator, n_rows=600)
    fitted = without_limits(estimator, max_bins=max_bins, max_leaf_nodes=max_leaf_nodes).fit(X, y)
    assert_finite(fitted, X)
    thresholds = fitted._model.to_arrays()
    for feature in range(4):
        assert len(np.unique(thresholds["threshold"][thresholds["feature"] == feature])) <= max_bins
