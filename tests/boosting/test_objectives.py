"""Every registered objective: derivatives against finite differences, and the optimal constant.

A new objective is tested by being registered; only the targets it accepts must be drawn below. Losses written in Python
are asked the same.
"""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.custom_losses import CUSTOM_LOSSES, custom_objective

Floats = npt.NDArray[np.float64]
Options = dict[str, float]

pytestmark = pytest.mark.isa

N_ROWS = 40


PYTHON = "python "  # before the names of losses written in Python
NAMES = [*_core.objective_names(), *(PYTHON + name for name in CUSTOM_LOSSES)]


def n_classes_of(name: str) -> int:
    return 4 if name.endswith("multiclass_log_loss") else 1


def objective(name: str) -> Any:
    return custom_objective(name.removeprefix(PYTHON), n_classes_of(name)) if name.startswith(PYTHON) else name


def draw_targets(name: str, rng: np.random.Generator) -> Floats:
    targets = {
        "squared_error": lambda: rng.normal(scale=3.0, size=N_ROWS),
        "absolute_error": lambda: rng.normal(scale=3.0, size=N_ROWS),
        "quantile": lambda: rng.normal(scale=3.0, size=N_ROWS),
        "huber": lambda: rng.standard_t(2.0, size=N_ROWS),
        "poisson": lambda: rng.poisson(3.0, size=N_ROWS).astype(float),
        "gamma": lambda: rng.gamma(2.0, size=N_ROWS),
        "tweedie": lambda: rng.gamma(2.0, size=N_ROWS) * rng.integers(0, 2, N_ROWS),
        "binary_log_loss": lambda: rng.integers(0, 2, N_ROWS).astype(float),
        "multiclass_log_loss": lambda: rng.permutation(np.arange(N_ROWS) % 4).astype(float),
    }
    return targets[name.removeprefix(PYTHON)]()


def losses(name: str, y: Floats, raw: Floats, options: Options | None = None) -> Floats:
    return testing.evaluate_objective(objective(name), y, raw, **(options or {}))[2]


def shifted(raw: Floats, output: int, step: float) -> Floats:
    moved = raw.copy()
    moved[:, output] += step
    return moved


SMOOTH = [name for name in NAMES if name not in ("absolute_error", "huber", "quantile")]
LOG_LINK = ("poisson", "gamma", "tweedie", PYTHON + "poisson")
OPTIONS = st.fixed_dictionaries(
    {"quantile": st.sampled_from([0.1, 0.5, 0.9]), "power": st.sampled_from([1.1, 1.5, 1.9])}
)


@pytest.mark.parametrize("name", SMOOTH)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 1.0, 5.0]), options=OPTIONS)
def test_gradients_and_hessians_are_the_derivatives_of_the_loss(
    name: str, seed: int, scale: float, options: Options
) -> None:
    rng = np.random.default_rng(seed)
    y = draw_targets(name, rng)
    raw = rng.normal(scale=scale, size=(N_ROWS, n_classes_of(name)))
    g, h, _ = testing.evaluate_objective(objective(name), y, raw, **options)
    step = 1e-4
    for k in range(raw.shape[1]):
        above, below = (losses(name, y, shifted(raw, k, s), options) for s in (step, -step))
        size = np.maximum(1.0, np.abs(above)) if name in LOG_LINK else 1.0  # a large loss swallows a small difference
        np.testing.assert_allclose(g[:, k] / size, (above - below) / (2 * step) / size, rtol=1e-5, atol=1e-6)
        g_above, g_below = (
            testing.evaluate_objective(objective(name), y, shifted(raw, k, s), **options)[0] for s in (step, -step)
        )
        np.testing.assert_allclose(h[:, k], (g_above - g_below)[:, k] / (2 * step), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["absolute_error", "quantile"])
@given(seed=st.integers(0, 2**32 - 1), options=OPTIONS)
def test_gradients_are_the_slopes_of_a_loss_with_a_corner(name: str, seed: int, options: Options) -> None:
    rng = np.random.default_rng(seed)
    y = draw_targets(name, rng)
    raw = (y + rng.choice([-2.0, -0.01, 0.01, 3.0], size=N_ROWS))[:, None]
    g, h, loss = testing.evaluate_objective(objective(name), y, raw, **options)
    np.testing.assert_allclose(g[:, 0], (losses(name, y, raw + 1e-3, options) - loss) / 1e-3, rtol=1e-9)
    np.testing.assert_array_equal(h, 1.0)
    on_the_target = testing.evaluate_objective(objective(name), y, y[:, None], **options)
    assert all(not array.any() for array in (on_the_target[0], on_the_target[2]))


@pytest.mark.parametrize("name", ["absolute_error", "quantile", "huber"])
def test_the_median_of_equal_numbers_is_their_number_even_where_its_half_is_rounded(name: str) -> None:
    smallest = 5e-324
    y = np.array([0.0, smallest, smallest, 1.0])
    assert testing.objective_baseline(name, y, 1, quantile=0.5)[0] == smallest


@given(seed=st.integers(0, 2**32 - 1), options=OPTIONS)
def test_huber_counts_the_share_of_errors_it_is_told_to_as_squares(seed: int, options: Options) -> None:
    rng = np.random.default_rng(seed)
    y = draw_targets("huber", rng)
    raw = rng.normal(size=(N_ROWS, 1))
    g, h, loss = (array.ravel() for array in testing.evaluate_objective("huber", y, raw, **options))
    error = raw[:, 0] - y
    ordered = np.sort(np.abs(error))
    n_squares = round(options["quantile"] * N_ROWS)
    d = (ordered[n_squares - 1] + ordered[n_squares]) / 2
    np.testing.assert_allclose(g, np.clip(error, -d, d), rtol=1e-14)
    np.testing.assert_allclose(
        loss, np.where(np.abs(error) <= d, error**2 / 2, d * np.abs(error) - d**2 / 2), rtol=1e-12
    )
    np.testing.assert_array_equal(h, 1.0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scale", [1.0, 40.0, 800.0])
def test_hessians_are_never_negative_and_nothing_overflows(name: str, scale: float) -> None:
    rng = np.random.default_rng(0)
    if name in LOG_LINK:
        scale = min(scale, 100.0)  # means beyond float64 are refused by the trainer
    raw = rng.normal(scale=scale, size=(N_ROWS, n_classes_of(name)))
    y = draw_targets(name, rng)
    g, h, loss = testing.evaluate_objective(objective(name), y, raw)
    assert (h >= 0).all()
    assert all(np.isfinite(array).all() for array in (g, h, loss))
    least = 0.0
    if name in LOG_LINK:  # up to what y adds; the loss of the perfect prediction
        least = losses(name, y, np.log(np.maximum(y, 1e-300))[:, None]) * (1 - 1e-12) - 1e-12
    assert (loss >= least).all()


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 2**32 - 1), options=OPTIONS)
def test_no_constant_near_the_baseline_has_a_lower_loss(name: str, seed: int, options: Options) -> None:
    rng = np.random.default_rng(seed)
    y = draw_targets(name, rng)
    if name.endswith("binary_log_loss"):
        y[:2] = [0.0, 1.0]  # both classes
    if name in LOG_LINK:
        y[0] = 1.0  # not zeros alone
    baseline = np.array(testing.objective_baseline(objective(name), y, n_classes_of(name), **options))
    if name == "huber":  # its loss depends on the errors
        g = testing.evaluate_objective(objective(name), y, np.full((N_ROWS, 1), baseline[0]), **options)[0]
        assert abs(g.mean()) <= 0.05 * np.abs(g).max()
        return

    def mean_loss(constant: Any) -> float:
        return float(losses(name, y, np.tile(constant, (N_ROWS, 1)), options).mean())

    best = mean_loss(baseline)
    for k in range(len(baseline)):
        for step in (-1e-3, 1e-3):
            moved = baseline.copy()
            moved[k] += step
            assert mean_loss(moved) >= best - 1e-12 * abs(best)
