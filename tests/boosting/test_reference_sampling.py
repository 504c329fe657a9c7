"""The twin's draws of rows, against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.reference.boosting import boost
from tests.reference.sampling import drawn_rows, probabilities_by_gradient, rounded_down, saturated, squares


def test_a_row_is_drawn_with_its_probability() -> None:
    assert drawn_rows(7, 0, [1.0] * 50) == list(range(50))
    assert drawn_rows(7, 0, [0.0] * 50) == []
    half = drawn_rows(7, 0, [0.5] * 2000)
    assert abs(len(half) - 1000) < 90  # four standard deviations
    assert set(drawn_rows(7, 0, [0.3] * 2000)) <= set(half)
    assert drawn_rows(7, 1, [0.5] * 2000) != half


@pytest.mark.parametrize(
    ("importance", "expected", "probabilities"),
    [
        ([1.0, 1.0, 1.0, 1.0], 2.0, [0.5] * 4),
        ([1.0, 3.0], 1.0, [0.25, 0.75]),
        ([1.0, 3.0], 1.5, [0.5, 1.0]),  # mu = 2: 3 / 2 is cut off, and what it cannot have goes to the other
        ([1.0, 1.0, 2.0, 96.0], 2.0, [0.25, 0.25, 0.5, 1.0]),
        ([1.0, 2.0, 96.0, 96.0], 2.25, [1 / 12, 2 / 12, 1.0, 1.0]),
        ([0.0, 0.0, 5.0, 1.0], 3.0, [0.0, 0.0, 1.0, 1.0]),
        ([0.0, 0.0], 1.0, [0.0, 0.0]),
    ],
)
def test_probabilities_add_up_to_the_expected_number(
    importance: list[float], expected: float, probabilities: list[float]
) -> None:
    assert saturated(importance, expected) == pytest.approx(probabilities, rel=1e-15)


def test_squares_weigh_gradients_and_hessians_alike() -> None:
    # Means 2 and 4, so lambda is 1/4; in units of 4 for g: 1/16 (1 + 1/4 16), 1/16 (9 + 1/4 16)
    g, h = np.array([[1.0], [-3.0]]), np.array([[4.0], [4.0]])
    assert squares(g, h, [1, 1]) == [5 / 16, 13 / 16]
    # Their scales do not matter.
    assert squares(2.0**600 * g, 2.0**-300 * h, [1, 1]) == [5 / 16, 13 / 16]
    # Two copies have twice the gradient; means are 5/3 and 4.
    ratio = 5 / 3 / 4 * 2  # in units of 4 and of 8
    assert squares(g, h, [2, 1]) == pytest.approx([4 / 16 + 4 * (ratio * 0.5) ** 2, 9 / 16 + (ratio * 0.5) ** 2])


def test_squares_of_several_outputs_are_added() -> None:
    g, h = np.array([[1.0, -1.0], [1.0, 0.0]]), np.zeros((2, 2))
    assert squares(g, h, [1, 1]) == [0.5, 0.25]


def test_importance_has_six_bits() -> None:
    assert rounded_down(0.0) == 0.0
    assert rounded_down(4.0) == 2.0
    assert rounded_down(1.0 + 1 / 32) == math.sqrt(1.0 + 1 / 32)
    assert rounded_down(1.0 + 1 / 32 - 2.0**-52) == 1.0
    assert rounded_down(5e-324) == 2.0**-30


def test_large_gradients_are_more_likely() -> None:
    # Rows without gradient still have a Hessian, hence some chance: their s is the mean of |g|, in units of 2.
    g, h = np.array([[0.0], [0.0], [0.0], [1.0]]), np.ones((4, 1))
    assert squares(g, h, [1] * 4) == [1 / 64] * 3 + [17 / 64]
    p = probabilities_by_gradient(g, h, [1] * 4, 0.5)
    assert p == [1 / 3] * 3 + [1.0]


def test_a_tree_learns_from_its_rows_and_scores_all() -> None:
    X, y = np.arange(8.0)[:, None], np.arange(8.0)
    rows = drawn_rows(3, 0, [0.5] * 8)
    assert 0 < len(rows) < 8
    model = boost(X, y, n_iterations=1, subsample=0.5, seed=3, learning_rate=1.0, max_leaf_nodes=2)
    tree = model.trees[0][0]
    assert tree.count == len(rows)
    assert tree.threshold in [0.5 + i for i in range(7)]
    np.testing.assert_array_equal(model.raw[:, 0], model.predict_raw(X)[:, 0])


def test_without_rows_a_tree_is_zero() -> None:
    model = boost(np.arange(4.0)[:, None], np.arange(4.0), n_iterations=2, subsample=1e-9)
    assert [(tree.count, tree.value, tree.is_leaf) for (tree,) in model.trees] == [(0, 0.0, True)] * 2
    assert (model.raw == 1.5).all()


def test_a_drawn_gradient_stands_for_those_that_were_not() -> None:
    # One of four equal rows at a time: its gradient counts four times, and the step is that of all.
    X, y = np.zeros((4, 1)), np.array([3.0, 3.0, 3.0, 3.0])
    for seed in range(20):
        model = boost(
            X,
            y,
            init_score=np.zeros((4, 1)),
            n_iterations=1,
            subsample=0.25,
            gradient_based_sampling=True,
            seed=seed,
            learning_rate=1.0,
            l2_regularization=4.0,
        )
        (tree,) = model.trees[0]
        assert tree.value == tree.count * 12.0 / (tree.count * 4.0 + 4.0)
