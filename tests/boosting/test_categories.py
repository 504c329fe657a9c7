"""Categorical splits: the twin's trees, whatever holds the categories, and predictions that follow them."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from hornbeam import _core
from tests.boosting.support import assert_same_arrays, assert_same_trees, copy_of, same_bits, train, train_both

Floats = npt.NDArray[np.float64]

# Rounding of sums in another order is all that may differ.
RTOL = 1e-9


def table(n_rows: int, n_categories: int, *, seed: int = 0, missing: float = 0.1) -> tuple[Floats, Floats]:
    """Return a column of numbers, one of categories and one of three categories, and a target of all of them."""
    rng = np.random.default_rng(seed)
    effect = rng.normal(size=n_categories)
    X = np.column_stack([rng.normal(size=n_rows), rng.integers(0, n_categories, n_rows), rng.integers(0, 3, n_rows)])
    y = np.sin(X[:, 0]) + effect[X[:, 1].astype(int)] + (X[:, 2] == 1) + rng.normal(scale=0.1, size=n_rows)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y


def categories(n_categories: int) -> npt.NDArray[np.int64]:
    return np.array([0, n_categories, 3])


OPTIONS: list[dict[str, Any]] = [
    {},
    {"cat_smooth": 10.0, "cat_l2": 10.0, "max_cat_to_onehot": 4, "cat_cost": 1.0},
    {"max_cat_to_onehot": 1000},
    {"cat_cost": 0.125, "l2_regularization": 0.5, "min_samples_leaf": 5, "max_leaf_nodes": 6},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("n_categories", [2, 3, 40, 255, 256, 300])
def test_trees_are_those_of_the_twin(n_categories: int, options: dict[str, Any]) -> None:
    X, y = table(160, n_categories)
    engine, twin = train_both(X, y, categories={1: n_categories, 2: 3}, n_iterations=3, **options)
    assert_same_trees(engine.model(), twin, rtol=RTOL)


@st.composite
def small_tables(draw: st.DrawFn) -> tuple[Floats, Floats, Floats | None, int]:
    n_rows = draw(st.integers(1, 20))
    n_categories = draw(st.sampled_from([1, 2, 5, 33, 256]))
    # What is no category is a missing value.
    values = st.one_of(st.integers(0, n_categories - 1).map(float), st.sampled_from([np.nan, -1.0, 0.5, -0.0, 1e9]))
    X = np.array(draw(st.lists(st.tuples(values, st.integers(-2, 2)), min_size=n_rows, max_size=n_rows)), dtype=float)
    y = np.array(draw(st.lists(st.integers(-4, 4), min_size=n_rows, max_size=n_rows)), dtype=float)
    weights = st.lists(st.sampled_from([1.0, 2.0, 3.0, 0.5]), min_size=n_rows, max_size=n_rows)
    weight = draw(st.one_of(st.none(), weights.map(np.array)))
    return X, y, weight, n_categories


@given(small_tables(), st.sampled_from([0.0, 1.5]), st.sampled_from([0, 4]), st.sampled_from([0.0, 0.1]))
def test_small_trees_are_those_of_the_twin(
    data: tuple[Floats, Floats, Floats | None, int], smooth: float, onehot: int, cost: float
) -> None:
    X, y, weight, n_categories = data
    options = {"cat_smooth": smooth, "cat_l2": smooth, "max_cat_to_onehot": onehot, "cat_cost": cost}
    engine, twin = train_both(X, y, weight, categories={0: n_categories}, n_iterations=2, **options)
    assert_same_trees(engine.model(), twin, rtol=RTOL)
    rows = np.array([[c, 0.0] for c in [*range(min(n_categories, 40)), n_categories, -3.0, 0.25, np.nan, np.inf]])
    np.testing.assert_allclose(
        engine.model().predict_raw(rows), twin.predict_raw(rows), rtol=RTOL, atol=RTOL * max(1.0, np.abs(y).max())
    )


@pytest.mark.parametrize("n_categories", [30, 255, 256, 2000])
@pytest.mark.parametrize("outlier", [0.0, 1e9], ids=["packed", "wide"])
def test_scores_of_training_and_validation_rows_are_their_predictions(n_categories: int, outlier: float) -> None:
    X, y = table(9000, n_categories)
    y[0] += outlier
    trainer = _core.Trainer(
        X,
        y,
        None,
        objective="squared_error",
        n_categories=categories(n_categories),
        max_leaf_nodes=31,
        min_samples_leaf=5,
    )
    other, other_y = table(1000, n_categories, seed=1)
    trainer.set_validation(other, other_y, None)
    for _ in range(10):
        trainer.boost()
    model = trainer.model()
    assert len(copy_of(model)["category_node"]) >= 10
    assert same_bits(trainer.raw_predictions(), model.predict_raw(X))
    assert same_bits(trainer.validation_raw_predictions(), model.predict_raw(other))
    by_row = np.concatenate([model.predict_raw(X[i : i + 1]) for i in range(50)])  # walked instead of in tiles
    assert same_bits(by_row, model.predict_raw(X)[:50])


@pytest.mark.isa
@pytest.mark.parametrize("n_categories", [40, 1000])
def test_threads_and_layout_change_no_bit(n_categories: int) -> None:
    X, y = table(20_000, n_categories)
    params: dict[str, Any] = {"n_iterations": 4, "max_leaf_nodes": 15, "n_categories": categories(n_categories)}
    one = copy_of(train(X, y, n_threads=1, **params).model())
    assert_same_arrays(one, copy_of(train(X, y, n_threads=4, **params).model()))
    assert_same_arrays(one, copy_of(train(np.asfortranarray(X), y, n_threads=3, **params).model()))


@pytest.mark.parametrize("n_categories", [40, 700])
def test_integer_weights_are_copies(n_categories: int) -> None:
    X, y = table(1500, n_categories)
    weight = np.random.default_rng(0).integers(1, 4, len(y)).astype(float)
    params: dict[str, Any] = {"n_iterations": 3, "max_leaf_nodes": 15, "n_categories": categories(n_categories)}
    copies = np.repeat(np.arange(len(y)), weight.astype(int))
    assert_same_arrays(
        copy_of(train(X, y, weight, **params).model()), copy_of(train(X[copies], y[copies], **params).model())
    )


def test_a_model_is_continued_and_its_categories_must_stay() -> None:
    X, y = table(500, 20)
    whole = train(X, y, n_iterations=4, n_categories=categories(20)).model()
    half = train(X, y, n_iterations=2, n_categories=categories(20)).model()
    rest = train(X, y, n_iterations=2, n_categories=categories(20), init_model=half).model()
    assert_same_arrays(copy_of(rest), copy_of(whole))
    for others in (categories(21), None):
        with pytest.raises(ValueError, match="categorical features of init_model and their categories must be those"):
            train(X, y, n_categories=others, init_model=half)


def test_truncation_cuts_the_sets_too() -> None:
    X, y = table(500, 40)
    params: dict[str, Any] = {"n_categories": categories(40)}
    whole = train(X, y, n_iterations=5, **params).model()
    assert_same_arrays(copy_of(whole.truncated(2)), copy_of(train(X, y, n_iterations=2, **params).model()))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_categories": np.array([0, 3])}, "n_categories must have an element for each of 3 features, got 2"),
        ({"n_categories": np.array([0, -1, 0])}, r"n_categories must be in \[0, 2\^31 - 1\), got -1"),
        ({"n_categories": np.array([0, 2**31, 0])}, r"n_categories must be in \[0, 2\^31 - 1\), got 2147483648"),
        ({"cat_smooth": -1.0}, "cat_smooth must be non-negative and finite, got -1"),
        ({"cat_l2": np.nan}, "cat_l2 must be non-negative and finite, got nan"),
        ({"cat_cost": -0.5}, "cat_cost must be non-negative and finite, got -0.5"),
    ],
    ids=str,
)
def test_wrong_options_are_refused(params: dict[str, Any], message: str) -> None:
    X, y = table(50, 3)
    with pytest.raises(ValueError, match=message):
        train(X, y, **params)
