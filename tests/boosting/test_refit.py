"""refit: the leaf values that the trainer would give, in trees that stand."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    assert_same_trees,
    case_id,
    chain,
    copy_of,
    make_data,
    matrices,
    same_bits,
    sample_weights,
    targets,
    train,
    train_both,
    tree_params,
)
from tests.reference.gains import TreeParams
from tests.reference.refit import refit as refit_twin

# Objective and parameters, and the targets it takes.
OBJECTIVES: list[tuple[dict[str, Any], Any]] = [
    ({"objective": "squared_error"}, lambda y: y),
    ({"objective": "absolute_error"}, lambda y: y),
    ({"objective": "quantile", "quantile": 0.3}, lambda y: y),
    ({"objective": "huber", "quantile": 0.8}, lambda y: y),
    ({"objective": "poisson"}, lambda y: np.floor(np.exp(y))),
    ({"objective": "gamma"}, lambda y: np.exp(2 * y)),
    ({"objective": "tweedie", "power": 1.4}, lambda y: np.floor(np.exp(y))),
    ({"objective": "binary_log_loss"}, lambda y: (y > 0).astype(float)),
    ({"objective": "multiclass_log_loss", "n_classes": 3}, lambda y: np.digitize(y, [-0.5, 0.5]).astype(float)),
]
over_objectives = pytest.mark.parametrize(("options", "target"), OBJECTIVES, ids=case_id)


def weights_of(kind: str, n_rows: int) -> Floats | None:
    rng = np.random.default_rng(n_rows)
    return {
        "one": None,
        "frequencies": rng.integers(1, 4, size=n_rows).astype(float),
        "factors": rng.uniform(0.5, 2.0, size=n_rows),
    }[kind]


@over_objectives
@pytest.mark.parametrize("weights", ["one", "frequencies", "factors"])
@pytest.mark.parametrize("n_rows", [300, 9000])
def test_training_rows_give_the_training_bits_again(
    options: dict[str, Any], target: Any, weights: str, n_rows: int
) -> None:
    X, y = make_data(n_rows, 4)
    y, weight = target(y), weights_of(weights, n_rows)
    options = options | {"learning_rate": 0.3, "l2_regularization": 0.7}
    fitted = train(X, y, weight, n_iterations=4, max_leaf_nodes=9, min_samples_leaf=3, **options).model()
    spoiled = copy_of(fitted)
    spoiled["leaf_value"] = spoiled["leaf_value"] * 2 + 1
    spoiled["baseline"] = spoiled["baseline"] - 5
    found = _core.refit(_core.TreeModel.from_arrays(spoiled), X, y, weight, decay=0.0, **options)
    assert_same_arrays(found.to_arrays(), fitted.to_arrays())


def test_training_rows_with_scores_to_start_from_give_the_training_bits_again() -> None:
    X, y = make_data(300, 3)
    init_score = np.linspace(-1, 1, 300).reshape(-1, 1)
    fitted = train(X, y, n_iterations=3, max_leaf_nodes=9, init_score=init_score).model()
    options = {"objective": "squared_error", "learning_rate": 0.1, "decay": 0.0}
    found = _core.refit(fitted, X, y, None, init_score=init_score, **options)
    assert_same_arrays(found.to_arrays(), fitted.to_arrays())
    assert (found.baseline() == 0).all()


@given(data=st.data(), X=matrices(max_rows=24), params=tree_params(), decay=st.sampled_from([0.0, 0.25, 1.0]))
def test_other_rows_give_the_values_of_the_twin(
    data: st.DataObject, X: Floats, params: dict[str, Any], decay: float
) -> None:
    options, _ = data.draw(st.sampled_from(OBJECTIVES[:4]))
    y, weights = data.draw(targets(len(X), 1e100)), data.draw(sample_weights(len(X)))
    engine, twin = train_both(X, y, weights, n_iterations=2, **params, **options)
    others = np.resize(data.draw(matrices(max_rows=24)), (data.draw(st.integers(1, 30)), X.shape[1]))
    other_y, other_weights = data.draw(targets(len(others), 1e100)), data.draw(sample_weights(len(others)))
    leaf_options = {name: params[name] for name in ("learning_rate", "l2_regularization")}
    found = _core.refit(engine.model(), others, other_y, other_weights, decay=decay, **options, **leaf_options)
    tree_options = {name: value for name, value in params.items() if name != "max_bins"}
    refit_twin(twin, others, other_y, other_weights, TreeParams(**tree_options), decay)
    np.testing.assert_array_equal(found.baseline(), twin.baseline)
    assert_same_trees(found, twin)


def test_leaf_that_no_row_reaches_keeps_its_value() -> None:
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 1.0, 5.0, 9.0])
    model = train(X, y, n_iterations=1, learning_rate=1.0).model()
    before, after = (
        m.to_arrays()["leaf_value"].ravel()
        for m in (model, _core.refit(model, X[:1], y[:1] + 7, None, objective="squared_error", decay=0.0))
    )
    assert (after == before).sum() == len(before) - 1


@pytest.mark.parametrize("weights", ["one", "frequencies", "factors"])
def test_leaf_with_rows_of_several_blocks_has_their_mean_residual(weights: str) -> None:
    X, y = make_data(20_000, 3)
    weight = weights_of(weights, len(y))
    model = train(X[:500], y[:500], max_leaf_nodes=6).model()
    found = _core.refit(model, X, y, weight, objective="squared_error", learning_rate=1.0, decay=0.0)
    leaves, w = _core.leaf_indices(model, X)[:, 0, 0], np.ones(len(y)) if weight is None else weight
    expected = [np.average((y - found.baseline())[leaves == i], weights=w[leaves == i]) for i in range(6)]
    np.testing.assert_allclose(found.to_arrays()["leaf_value"].ravel(), expected, rtol=1e-10)


def test_decay_keeps_a_share_of_the_old_values() -> None:
    X, y = make_data(200, 3)
    model = train(X, y, n_iterations=1, max_leaf_nodes=8).model()
    options = {"objective": "squared_error", "learning_rate": 0.1}
    old, half, new = (
        m.to_arrays() for m in (model, *(_core.refit(model, X, 3 * y, None, decay=d, **options) for d in (0.5, 0.0)))
    )
    np.testing.assert_array_equal(half["baseline"], 0.5 * old["baseline"] + 0.5 * new["baseline"])
    assert not np.array_equal(half["leaf_value"], old["leaf_value"])
    same = _core.refit(model, X, 3 * y, None, decay=1.0, **options).to_arrays()
    np.testing.assert_array_equal(same["leaf_value"], old["leaf_value"])
    for name in ("feature", "threshold", "gain", "node_count", "leaf_count"):
        assert same_bits(half[name], old[name])


@pytest.mark.isa
@over_objectives
def test_bits_do_not_depend_on_threads_or_simd_level(options: dict[str, Any], target: Any) -> None:
    X, y = make_data(9000, 4)
    model = train(X, target(y), n_iterations=3, max_leaf_nodes=9, **options).model()
    other_X, other_y = make_data(9000, 4, seed=1)
    level = _core.simd_level()
    testing.set_core_cap(8)
    testing.set_serial_cutoff(0)
    try:
        found = []
        for name in _core.simd_levels():
            _core.set_simd_level(name)
            for n_threads, rows in [(1, other_X), (3, np.asfortranarray(other_X))]:
                refitted = _core.refit(
                    model, rows, target(other_y), None, decay=0.1, learning_rate=0.1, n_threads=n_threads, **options
                )
                found.append(refitted.to_arrays())
    finally:
        testing.set_serial_cutoff(testing.default_serial_cutoff)
        testing.set_core_cap(0)
        _core.set_simd_level(level)
    for arrays in found[1:]:
        assert_same_arrays(arrays, found[0])


def test_deep_trees_are_refitted() -> None:
    X = np.random.default_rng(0).random((500, 3))
    model = _core.TreeModel.from_arrays(chain(3000, 3))
    found = _core.refit(model, X, X[:, 0], None, objective="squared_error", learning_rate=1.0, decay=0.0)
    assert np.isfinite(found.predict_raw(X)).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"decay": 1.5}, ValueError, r"decay must be in \[0, 1\], got 1.5"),
        ({"decay": float("nan")}, ValueError, r"decay must be in \[0, 1\]"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate must be positive"),
        ({"objective": "multiclass_log_loss", "n_classes": 3}, ValueError, "the model has 1 outputs"),
        ({"objective": "none"}, ValueError, "none"),
        ({"init_score": np.zeros((3, 1))}, ValueError, "init_score must have as many rows as X"),
        ({"init_score": np.zeros((20, 2))}, ValueError, "init_score must have 1 columns, got 2"),
        ({"depth": 3}, TypeError, "unexpected keyword argument 'depth'"),
    ],
    ids=str,
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    X, y = make_data(20, 2)
    model = train(X, y).model()
    with pytest.raises(error, match=message):
        _core.refit(model, X, y, None, **({"objective": "squared_error", "decay": 0.0} | arguments))
    with pytest.raises(ValueError, match="X has 1 features, but the model expects 2"):
        _core.refit(model, X[:, :1], y, None, objective="squared_error", decay=0.0)


def test_scores_that_could_leave_float64_are_refused() -> None:
    X, y = make_data(20, 2)
    model = train(X, y, n_iterations=3).model()
    with pytest.raises(ValueError, match="float64 range"):
        _core.refit(model, X, np.sign(y) * 1.7e308, None, objective="absolute_error", learning_rate=3.0, decay=0.0)
