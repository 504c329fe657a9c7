"""Losses written in Python give the trees of the built-in ones that they repeat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hornbeam import _core
from tests.boosting.custom_losses import custom_objective
from tests.boosting.support import Floats, assert_same_arrays, copy_of, make_data, same_bits, train

pytestmark = pytest.mark.isa

N_ROWS = 20_001  # several chunks, which are slices of what Python returned
LOSSES = [("squared_error", 1), ("binary_log_loss", 1), ("multiclass_log_loss", 3)]


def make_task(name: str) -> tuple[Floats, Floats]:
    X, y = make_data(N_ROWS, 3)
    if name == "binary_log_loss":
        y = (y > 0.3).astype(float)
    if name == "multiclass_log_loss":
        y = np.digitize(y, [-0.4, 0.5]).astype(float)
    return X, np.exp(y) if name == "poisson" else y


def weights_of(kind: str) -> Floats | None:
    rng = np.random.default_rng(1)
    kinds = {"none": None, "frequencies": rng.integers(1, 5, N_ROWS) * 1.0, "real": rng.uniform(0.5, 2.0, N_ROWS)}
    return kinds[kind]


@pytest.mark.parametrize(("name", "n_outputs"), LOSSES)
@pytest.mark.parametrize("kind", ["none", "frequencies", "real"])
def test_trees_and_losses_are_those_of_the_built_in_loss(name: str, n_outputs: int, kind: str) -> None:
    X, y = make_task(name)
    weight = weights_of(kind)
    params: dict[str, Any] = {"n_classes": n_outputs, "n_iterations": 4, "max_leaf_nodes": 8}
    built_in = train(X, y, weight, objective=name, **params)
    custom = train(X, y, weight, objective=custom_objective(name, n_outputs, weight), **params)
    expected, found = (copy_of(trainer.model()) for trainer in (built_in, custom))
    for exact in ("tree_offset", "feature", "threshold", "missing_left", "left", "right", "leaf_count"):
        np.testing.assert_array_equal(found[exact], expected[exact])
    for close in ("baseline", "leaf_value", "gain"):
        np.testing.assert_allclose(found[close], expected[close], rtol=1e-9, atol=1e-12)
    assert custom.train_loss() == pytest.approx(built_in.train_loss(), rel=1e-12)


@pytest.mark.parametrize("kind", ["none", "frequencies", "real"])
def test_bits_are_the_same_where_the_arithmetic_is(kind: str) -> None:
    X, y = make_task("squared_error")
    weight, init_score = weights_of(kind), np.full((N_ROWS, 1), 0.25)
    params: dict[str, Any] = {"init_score": init_score, "n_iterations": 5, "max_leaf_nodes": 12}
    built_in = train(X, y, weight, objective="squared_error", **params)
    for n_threads in (1, 3):
        custom = train(X, y, weight, objective=custom_objective("squared_error", 1), n_threads=n_threads, **params)
        assert_same_arrays(copy_of(custom.model()), copy_of(built_in.model()))
        assert custom.train_loss() == built_in.train_loss()
        assert same_bits(custom.raw_predictions(), built_in.raw_predictions())


def test_a_hessian_may_be_constant_in_some_iterations_only() -> None:
    X, y = make_task("squared_error")
    calls: list[int] = []

    class Half:
        def __call__(self, y_true: Floats, raw: Floats) -> Any:
            calls.append(len(y_true))
            scale = 1.0 if len(calls) % 2 else 0.5
            return scale * (raw - y_true), np.full_like(raw, scale)

    from hornbeam.boosting import _custom_loss

    custom = _custom_loss.CustomObjective(Half(), 1, None)
    trainer = train(X, y, objective=custom, n_iterations=4, max_leaf_nodes=8)
    built_in = train(X, y, init_score=np.zeros((N_ROWS, 1)), n_iterations=4, max_leaf_nodes=8)
    assert calls == [N_ROWS] * 4
    np.testing.assert_allclose(trainer.raw_predictions(), built_in.raw_predictions(), rtol=1e-9, atol=1e-12)


def test_newton_trees_of_poisson_are_found_where_the_built_in_loss_takes_shorter_steps() -> None:
    X, y = make_task("poisson")
    params: dict[str, Any] = {"n_iterations": 1, "max_leaf_nodes": 8, "learning_rate": 1.0}
    expected = copy_of(train(X, y, objective="poisson", **params).model())
    trainer = train(X, y, objective=custom_objective("poisson", 1), **params)
    found = copy_of(trainer.model())
    for exact in ("feature", "threshold", "missing_left", "leaf_count"):
        np.testing.assert_array_equal(found[exact], expected[exact])
    mean = np.exp(found["baseline"][0])
    sums = np.array([leaf_sum(trainer, y, value) for value in found["leaf_value"][:, 0]])
    np.testing.assert_allclose(found["leaf_value"][:, 0], sums / (found["leaf_count"] * mean) - 1.0, rtol=1e-9)


def leaf_sum(trainer: _core.Trainer, y: Floats, value: float) -> float:
    """Return the sum of the targets of the rows that the only tree gives this value."""
    raw = trainer.raw_predictions()[:, 0]
    return float(y[raw == trainer.model().baseline()[0] + value].sum())


@pytest.mark.parametrize("n_outputs", [0, 2**31])
def test_a_number_of_outputs_that_no_model_has_is_refused(n_outputs: int) -> None:
    X, y = make_data(30, 2)
    with pytest.raises(ValueError, match="n_classes must be"):
        train(X, y, objective=custom_objective("squared_error", 1), n_classes=n_outputs)
