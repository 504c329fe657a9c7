"""Raw scores to start from: the twin's trees, equality with a baseline and with a continued model, and the bounds."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    assert_same_trees,
    copy_of,
    make_data,
    same_bits,
    sample_weights,
    train,
    train_both,
    tree_params,
)

pytestmark = pytest.mark.isa

OBJECTIVES = [(name, 3 if name == "multiclass_log_loss" else 1) for name in _core.objective_names()]
N_ROWS = 97


def make_task(objective: str, n_classes: int, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return features, a target and scores to start from."""
    X, y = make_data(N_ROWS, 3, seed=seed)
    if "log_loss" in objective:
        y = np.digitize(y, [0.0, 0.5]).astype(float) if n_classes > 1 else (y > 0.0).astype(float)
    elif objective in ("poisson", "gamma", "tweedie"):
        y = np.exp(y)
    return X, y, np.random.default_rng(seed + 1).normal(size=(N_ROWS, n_classes))


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_trees_and_scores_are_those_of_the_twin(objective: str, n_classes: int) -> None:
    X, y, init_score = make_task(objective, n_classes)
    engine, twin = train_both(
        X, y, init_score=init_score, objective=objective, n_classes=n_classes, n_iterations=3, max_leaf_nodes=6
    )
    model = engine.model()
    assert_same_trees(model, twin, rtol=1e-9)
    np.testing.assert_array_equal(model.baseline(), 0.0)
    np.testing.assert_allclose(engine.raw_predictions(), twin.raw, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        model.predict_raw(X, init_score=init_score), twin.predict_raw(X, init_score), rtol=1e-9, atol=1e-12
    )


@given(data=st.data(), seed=st.integers(0, 2**32 - 1), params=tree_params())
def test_weighted_trees_are_those_of_the_twin(data: st.DataObject, seed: int, params: dict[str, Any]) -> None:
    X, y, init_score = make_task("squared_error", 1, seed)
    init_score *= data.draw(st.sampled_from([0.0, 1e-300, 1.0, 1e6]))
    weight = data.draw(sample_weights(N_ROWS))
    engine, twin = train_both(X, y, weight, init_score=init_score, n_iterations=2, **params)
    # Leaves of residuals that nearly cancel differ by rounding of the largest, as those of any sum do.
    assert_same_trees(engine.model(), twin, rtol=1e-12)


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@pytest.mark.parametrize("weighted", [False, True])
def test_training_rows_are_predicted_with_the_bits_they_were_trained_on(
    objective: str, n_classes: int, weighted: bool
) -> None:
    X, y, init_score = make_task(objective, n_classes)
    weight = np.random.default_rng(2).uniform(0.5, 2.0, N_ROWS) if weighted else None
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes, "max_leaf_nodes": 6}
    trainer = train(X, y, weight, init_score=init_score, n_iterations=4, **params)
    assert same_bits(trainer.model().predict_raw(X, init_score=init_score), trainer.raw_predictions())
    staged = trainer.model().start_raw(N_ROWS, init_score)
    for iteration in range(4):
        trainer.model().add_raw(X, staged, iteration, iteration + 1)
    assert same_bits(staged, trainer.raw_predictions())


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_constant_equal_to_the_baseline_gives_the_trees_of_none(
    objective: str, n_classes: int, weighted: bool
) -> None:
    X, y, _ = make_task(objective, n_classes)
    weight = np.random.default_rng(2).uniform(0.5, 2.0, N_ROWS) if weighted else None
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes, "n_iterations": 4, "max_leaf_nodes": 6}
    plain = copy_of(train(X, y, weight, **params).model())
    constant = np.tile(plain.pop("baseline"), (N_ROWS, 1))
    offset = copy_of(train(X, y, weight, init_score=constant, **params).model())
    assert not offset.pop("baseline").any()
    assert_same_arrays(plain, offset)


@pytest.mark.parametrize(("objective", "n_classes"), OBJECTIVES)
def test_scores_of_a_model_continue_it(objective: str, n_classes: int) -> None:
    X, y, init_score = make_task(objective, n_classes)
    params: dict[str, Any] = {"objective": objective, "n_classes": n_classes, "max_leaf_nodes": 6}
    first = train(X, y, init_score=init_score, n_iterations=3, **params)
    continued = train(X, y, init_score=init_score, n_iterations=3, init_model=first.model(), **params)
    offset = train(X, y, init_score=first.raw_predictions(), n_iterations=3, **params)
    assert same_bits(continued.raw_predictions(), offset.raw_predictions())
    whole = train(X, y, init_score=init_score, n_iterations=6, **params)
    if objective != "huber":  # its losses compare only within one fit
        assert whole.train_loss() == continued.train_loss()
    assert_same_arrays(copy_of(continued.model()), copy_of(whole.model()))


def test_validation_rows_start_from_their_own_scores() -> None:
    X, y, init_score = make_task("multiclass_log_loss", 3)
    trainer = train(X, y, init_score=init_score, objective="multiclass_log_loss", n_classes=3, n_iterations=0)
    trainer.set_validation(X[:40], y[:40], None, init_score=-init_score[:40])
    for _ in range(3):
        trainer.boost()
    expected = trainer.model().predict_raw(X[:40], init_score=-init_score[:40])
    assert same_bits(trainer.validation_raw_predictions(), expected)


def test_any_memory_layout_gives_the_same_bits() -> None:
    X, y, init_score = make_task("multiclass_log_loss", 3)
    params: dict[str, Any] = {"objective": "multiclass_log_loss", "n_classes": 3, "n_iterations": 2}
    expected = copy_of(train(X, y, init_score=init_score, **params).model())
    reversed_ = init_score[::-1].copy()[::-1]
    for layout in (np.asfortranarray(init_score), reversed_):
        assert_same_arrays(copy_of(train(X, y, init_score=layout, **params).model()), expected)


# Bounds -----------------------------------------------------------------------------------------------


def test_scores_that_could_leave_the_float64_range_are_refused() -> None:
    X, y = np.array([[0.0], [1.0]]), np.array([-1e308, 1e308])
    huge = np.array([[1.7e308], [1.7e308]])
    with pytest.raises(ValueError, match="float64 range"):
        train(X, y, init_score=-huge, n_iterations=1, learning_rate=1.0)
    trainer = train(X, y, init_score=np.zeros((2, 1)), n_iterations=0, learning_rate=1.0)
    trainer.set_validation(X, y, None, init_score=huge)
    with pytest.raises(ValueError, match="could leave the float64 range"):
        trainer.boost()
    model = train(X, y, n_iterations=1, learning_rate=1.0).model()
    with pytest.raises(ValueError, match="init_score is too large: predictions could leave the float64 range"):
        model.predict_raw(X, init_score=huge)
    continued = train(X, y, n_iterations=1, learning_rate=1.0)
    with pytest.raises(ValueError, match="init_score is too large: raw scores leave the float64 range"):
        train(X, y, init_score=huge, n_iterations=0, init_model=continued.model())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_not_finite_is_refused(value: float) -> None:
    X, y, init_score = make_task("squared_error", 1)
    trainer = train(X, y)
    init_score[7] = value
    uses = [
        lambda: train(X, y, init_score=init_score),
        lambda: train(X, y, n_iterations=0).set_validation(X, y, None, init_score=init_score),
        lambda: trainer.model().predict_raw(X, init_score=init_score),
    ]
    for use in uses:
        with pytest.raises(ValueError, match=r"init_score must be finite, got .* at row 7"):
            use()


def test_another_shape_is_refused() -> None:
    X, y, init_score = make_task("squared_error", 1)
    with pytest.raises(ValueError, match=r"init_score must have as many rows as X \(97\), got 96"):
        train(X, y, init_score=init_score[1:])
    with pytest.raises(ValueError, match="init_score must have 1 columns, got 2"):
        train(X, y, init_score=np.hstack([init_score, init_score]))
    with pytest.raises(ValueError, match=r"init_score must have shape \(97, 1\), got \(97, 2\)"):
        train(X, y).model().predict_raw(X, init_score=np.zeros((N_ROWS, 2)))
