"""Every registered objective: derivatives against finite differences, and the optimal constant.

A new objective is tested by being registered; only the targets it accepts must be drawn below.
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

Floats = npt.NDArray[np.float64]

pytestmark = pytest.mark.isa

N_ROWS = 40


def n_classes_of(name: str) -> int:
    return 4 if name == "multiclass_log_loss" else 1


def draw_targets(name: str, rng: np.random.Generator) -> Floats:
    targets = {
        "squared_error": lambda: rng.normal(scale=3.0, size=N_ROWS),
        "binary_log_loss": lambda: rng.integers(0, 2, N_ROWS).astype(float),
        "multiclass_log_loss": lambda: rng.permutation(np.arange(N_ROWS) % 4).astype(float),
    }
    return targets[name]()


def losses(name: str, y: Floats, raw: Floats) -> Floats:
    return testing.evaluate_objective(name, y, raw)[2]


def shifted(raw: Floats, output: int, step: float) -> Floats:
    moved = raw.copy()
    moved[:, output] += step
    return moved


@pytest.mark.parametrize("name", _core.objective_names())
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([0.1, 1.0, 5.0]))
def test_gradients_and_hessians_are_the_derivatives_of_the_loss(name: str, seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    y = draw_targets(name, rng)
    raw = rng.normal(scale=scale, size=(N_ROWS, n_classes_of(name)))
    g, h, _ = testing.evaluate_objective(name, y, raw)
    step = 1e-4
    for k in range(raw.shape[1]):
        above, below = (losses(name, y, shifted(raw, k, s)) for s in (step, -step))
        np.testing.assert_allclose(g[:, k], (above - below) / (2 * step), rtol=1e-5, atol=1e-6)
        g_above, g_below = (testing.evaluate_objective(name, y, shifted(raw, k, s))[0] for s in (step, -step))
        np.testing.assert_allclose(h[:, k], (g_above - g_below)[:, k] / (2 * step), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", _core.objective_names())
@pytest.mark.parametrize("scale", [1.0, 40.0, 800.0])
def test_hessians_are_never_negative_and_nothing_overflows(name: str, scale: float) -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal(scale=scale, size=(N_ROWS, n_classes_of(name)))
    g, h, loss = testing.evaluate_objective(name, draw_targets(name, rng), raw)
    assert (h >= 0).all()
    assert (loss >= 0).all()
    assert all(np.isfinite(array).all() for array in (g, h, loss))


@pytest.mark.parametrize("name", _core.objective_names())
@given(seed=st.integers(0, 2**32 - 1))
def test_no_constant_near_the_baseline_has_a_lower_loss(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = draw_targets(name, rng)
    y[:2] = [0.0, 1.0]  # both classes of a binary target
    baseline = np.array(testing.objective_baseline(name, y, n_classes_of(name)))

    def mean_loss(constant: Any) -> float:
        return float(losses(name, y, np.tile(constant, (N_ROWS, 1))).mean())

    best = mean_loss(baseline)
    for k in range(len(baseline)):
        for step in (-1e-3, 1e-3):
            moved = baseline.copy()
            moved[k] += step
            assert mean_loss(moved) >= best
