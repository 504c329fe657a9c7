"""The twin's regression objectives, against cases worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.reference.boosting import Boosted, boost
from tests.reference.objectives import Huber, make_objective

Floats = npt.NDArray[np.float64]

LARGEST = float(np.finfo(np.float64).max)


def boost_one_feature(y: list[float], weights: list[float] | None = None, **params: Any) -> Boosted:
    """Boost on X = 1, 2, ...; one split and the full step unless told."""
    X = np.arange(1.0, len(y) + 1)[:, None]
    defaults = {"n_iterations": 1, "max_leaf_nodes": 2, "learning_rate": 1.0}
    return boost(X, np.array(y), None if weights is None else np.array(weights), **(defaults | params))


def leaves(model: Boosted) -> list[tuple[int, float]]:
    return [(leaf.count, leaf.value) for leaf in model.trees[0][0].leaves()]


def baseline(name: str, y: list[float], counts: list[int], **params: Any) -> float:
    objective = make_objective(name, **params)
    return float(objective.baseline(np.array(y), counts, [1.0] * len(y))[0])


# Baselines -------------------------------------------------------------------------------------------


def test_baselines_are_quantiles() -> None:
    assert baseline("absolute_error", [1.0, 2.0, 4.0, 9.0], [1] * 4) == 3.0
    assert baseline("absolute_error", [1.0, 2.0, 4.0], [1, 1, 3]) == 4.0
    assert baseline("quantile", [1.0, 2.0, 4.0, 9.0], [1] * 4, quantile=0.75) == 6.5
    assert baseline("quantile", [1.0, 2.0, 4.0, 9.0], [1] * 4, quantile=0.0) == 1.0
    assert baseline("quantile", [1.0, 2.0, 4.0, 9.0], [1] * 4, quantile=1.0) == 9.0


def test_masses_are_those_of_the_bins() -> None:
    y = np.array([1.0, 2.0, 4.0])
    assert make_objective("absolute_error").baseline(y, [1] * 3, [0.125, 0.125, 0.75], [1, 1, 6]) == 4.0
    assert boost_one_feature([1.0, 2.0, 4.0], [0.5, 0.5, 2.5], objective="absolute_error").baseline == 4.0


def test_baseline_of_huber() -> None:
    # m = 2, its errors 2, 2, 2, 8; T = 3 = C at 2, so d = (2 + 8) / 2; -2 c + (4 - c) + 5 = 0
    assert baseline("huber", [0.0, 0.0, 4.0, 10.0], [1] * 4, quantile=0.75) == pytest.approx(3.0)
    assert baseline("huber", [0.0, 4.0, 10.0], [2, 1, 1], quantile=0.75) == pytest.approx(3.0)
    # d = 8 clips nothing: the mean
    assert baseline("huber", [0.0, 0.0, 4.0, 10.0], [1] * 4, quantile=1.0) == 3.5


@pytest.mark.parametrize("name", ["poisson", "gamma", "tweedie"])
def test_baseline_is_the_logarithm_of_the_mean(name: str) -> None:
    assert baseline(name, [1.0, 5.0], [3, 1]) == pytest.approx(math.log(2.0))


# Derivatives and losses ------------------------------------------------------------------------------

RAW = np.array([-1.5, -0.25, 0.5, 1.25, 2.0, 3.0])
Y = np.array([0.5, 2.0, 0.25, 1.0, 1.5, 6.0])
OBJECTIVES: list[tuple[str, dict[str, Any]]] = [
    ("absolute_error", {}),
    ("quantile", {"quantile": 0.2}),
    ("huber", {"quantile": 0.5}),
    ("poisson", {}),
    ("gamma", {}),
    ("tweedie", {"power": 1.3}),
]


@pytest.mark.parametrize(("name", "params"), OBJECTIVES)
def test_derivatives_are_those_of_the_loss(name: str, params: dict[str, Any]) -> None:
    objective = make_objective(name, **params)
    objective.start_iteration(RAW[:, None], Y, [1] * len(Y))
    if isinstance(objective, Huber):  # between 0.5 and 2 of the errors 0.25, 0.25, 0.5, 2, 2.25, 3
        assert objective.delta == 1.25
    step = 1e-5
    below, above = (RAW - step)[:, None], (RAW + step)[:, None]
    g, h = objective.derivatives(RAW[:, None], Y)
    slope = (objective.losses(above, Y) - objective.losses(below, Y)) / (2 * step)
    np.testing.assert_allclose(g[:, 0], slope, rtol=1e-7, atol=1e-8)
    if objective.constant_hessian:
        np.testing.assert_array_equal(h, 1.0)
    else:
        curvature = (objective.derivatives(above, Y)[0] - objective.derivatives(below, Y)[0]) / (2 * step)
        np.testing.assert_allclose(h, curvature, rtol=1e-7)


@pytest.mark.parametrize("name", ["absolute_error", "quantile", "huber"])
def test_a_row_that_is_met_has_no_gradient(name: str) -> None:
    objective = make_objective(name)
    objective.start_iteration(np.array([[1.0], [2.0]]), np.array([1.0, 3.0]), [1, 1])
    assert objective.derivatives(np.array([[1.0]]), np.array([1.0]))[0] == 0.0
    assert objective.losses(np.array([[1.0]]), np.array([1.0])) == 0.0


@pytest.mark.parametrize(
    ("name", "params", "g", "h", "loss"),
    [
        ("absolute_error", {}, -1.0, 1.0, 3.0),
        ("quantile", {"quantile": 0.25}, -0.25, 1.0, 0.75),
        ("huber", {"quantile": 0.5}, -2.0, 1.0, 4.0),  # d = 2: 2 (3 - 1)
        ("huber", {"quantile": 1.0}, -3.0, 1.0, 4.5),
        ("poisson", {}, -2.0, 1.0, 1.0),
        ("gamma", {}, -2.0, 3.0, 3.0),
        ("tweedie", {"power": 1.5}, -2.0, 2.0, 8.0),  # 1 - 3; 1/2 + 3/2; 2 + 6
    ],
)
def test_derivatives_and_loss_of_one_row(name: str, params: dict[str, Any], g: float, h: float, loss: float) -> None:
    raw, y = np.zeros((1, 1)), np.array([3.0])
    objective = make_objective(name, **params)
    objective.start_iteration(np.zeros((2, 1)), np.array([1.0, 3.0]), [1, 1])
    found_g, found_h = objective.derivatives(raw, y)
    assert (found_g.item(), found_h.item()) == (g, h)
    assert objective.losses(raw, y).tolist() == [loss]


# Leaf values -----------------------------------------------------------------------------------------


def test_leaves_of_absolute_error_are_medians() -> None:
    # baseline 0; g = 0, 0, 0, -1, -1: the gain of {3} and {2} is 2 - 4/5, of {4} and {1} 5/4 - 4/5
    y = [0.0, 0.0, 0.0, 10.0, 20.0]
    assert leaves(boost_one_feature(y, objective="absolute_error")) == [(3, 0.0), (2, 15.0)]
    assert leaves(boost_one_feature(y, objective="absolute_error", learning_rate=0.5)) == [(3, 0.0), (2, 7.5)]
    assert leaves(boost_one_feature(y, objective="absolute_error", l2_regularization=1.0)) == [(3, 0.0), (2, 15.0)]


def test_weights_move_the_median_of_a_leaf() -> None:
    y = [0.0, 0.0, 10.0, 20.0]
    by_frequency = boost_one_feature(y, [3.0, 3.0, 1.0, 2.0], objective="absolute_error")
    assert leaves(by_frequency) == [(6, 0.0), (3, 20.0)]
    by_factor = boost_one_feature(y, [2.5, 2.5, 0.5, 1.5], objective="absolute_error")
    assert leaves(by_factor) == [(2, 0.0), (2, 20.0)]


def test_leaves_of_quantile_are_quantiles() -> None:
    # baseline (5 + 6) / 2, as T = 6 = C at 5; g = 1/4 six times, then -3/4 twice
    # r = -5.5 four times, -1.5, -0.5: T = 4.5 lies in -1.5; r = 0.5, 1.5: T = 1.5 lies in 1.5
    y = [0.0, 0.0, 0.0, 0.0, 4.0, 5.0, 6.0, 7.0]
    model = boost_one_feature(y, objective="quantile", quantile=0.75, learning_rate=0.5)
    assert leaves(model) == [(6, -0.75), (2, 0.75)]


def test_leaves_of_huber_lie_between_median_and_mean() -> None:
    # m = 0, d = (10 + 11) / 2, baseline: -5 c + (10 - c) + (11 - c) + 10.5 = 0, c = 4.5.
    # Errors 4.5 five times, 5.5, 6.5, 13.5: T = 6 = C at 5.5, so d = 6.
    # Right: m = 6.5, r - m = -1, 0, 7, clipped 6: 6.5 + 5 / 3.
    y = [0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 11.0, 18.0]
    model = boost_one_feature(y, objective="huber", quantile=0.75)
    assert model.baseline == pytest.approx(4.5)
    counts, values = zip(*leaves(model), strict=True)
    assert counts == (5, 3)
    assert values == pytest.approx((-4.5, 6.5 + 5 / 3))


def test_delta_of_huber_is_set_anew_before_each_iteration() -> None:
    # Now raw = 0 and 12 2/3; errors 0 five times, 1 2/3, 2 2/3, 5 1/3: T = 6 = C at 1 2/3.
    y = [0.0, 0.0, 0.0, 0.0, 0.0, 10.0, 11.0, 18.0]
    for n_iterations, delta in [(0, 10.5), (1, 6.0), (2, 13 / 6)]:
        model = boost_one_feature(y, objective="huber", quantile=0.75, n_iterations=n_iterations)
        assert isinstance(model.objective, Huber)
        assert model.objective.delta == pytest.approx(delta)
    # Losses use that of the raw scores before the first iteration, 6.
    losses = [model.mean_loss(np.array([[raw]]), np.array([10.0])) for raw in (13.0, 18.0)]
    assert losses == pytest.approx([9 / 2, 6 * (8 - 3)])


def test_factors_weigh_the_mean_of_huber() -> None:
    # W = 10, T = 8.25: m = 0, and d = 8, where C is 8.5; baseline c: -8 c + 0.5 (8 - c) + 1.5 * 8 = 0.
    # Errors c, c, 8 - c, 20 - c: d = 8 - c. Right: m = 20 - c, r - m = -12 and 0: 20 - c - (8 - c) * 0.5 / 2
    c = 16 / 8.5
    model = boost_one_feature([0.0, 0.0, 8.0, 20.0], [4.0, 4.0, 0.5, 1.5], objective="huber", quantile=0.825)
    assert model.baseline == pytest.approx(c)
    counts, values = zip(*leaves(model), strict=True)
    assert counts == (2, 2)
    assert values == pytest.approx((-c, 20 - c - (8 - c) / 4))


def test_leaf_values_are_clipped_to_the_range_of_floats() -> None:
    y = [-1.5e308, -1.5e308, 1.5e308]
    assert leaves(boost_one_feature(y, objective="absolute_error")) == [(2, 0.0), (1, LARGEST)]


@pytest.mark.parametrize(
    ("name", "left", "right"),
    [
        ("poisson", -0.5, math.log(3 / 2)),  # g = 1, -1, h = 2: 1/2 is beyond the minimum
        ("gamma", -math.log(2), 1 / 3),  # g = 1/2, -1/2, h = 1/2, 3/2: -1 is
        ("tweedie", -2 / 3, 2 / 5),  # p = 3/2: g = (2 - y) / sqrt(2), h = (2 + y) / sqrt(8)
    ],
)
def test_leaves_of_log_links_are_newton_steps_to_the_minimum_at_most(name: str, left: float, right: float) -> None:
    # baseline log(2)
    counts, values = zip(*leaves(boost_one_feature([1.0, 1.0, 3.0, 3.0], objective=name)), strict=True)
    assert counts == (2, 2)
    assert values == pytest.approx((left, right))
