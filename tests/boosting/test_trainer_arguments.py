"""Bad arguments raise ValueError with the name and the value; none of them reaches the arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.boosting.support import make_data, train

N_ROWS = 30


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_bins": 1}, "max_bins .* got 1"),
        ({"max_bins": 256}, "max_bins .* got 256"),
        ({"max_features": 0.0}, "max_features .* got 0"),
        ({"max_features": 1.5}, "max_features .* got 1.5"),
        ({"min_samples_leaf": 0}, "min_samples_leaf .* got 0"),
        ({"max_leaf_nodes": 1}, "max_leaf_nodes .* got 1"),
        ({"l2_regularization": -1.0}, "l2_regularization .* got -1"),
        ({"l2_regularization": np.nan}, "l2_regularization .* got nan"),
        ({"learning_rate": 0.0}, "learning_rate .* got 0"),
        ({"learning_rate": np.nan}, "learning_rate .* got nan"),
        ({"objective": "hinge"}, "hinge"),
        ({"objective": "multiclass_log_loss", "n_classes": 1}, "n_classes .* got 1"),
    ],
)
def test_a_parameter_out_of_range_is_refused(arguments: dict[str, Any], message: str) -> None:
    X, y = make_data(N_ROWS, 2)
    with pytest.raises(ValueError, match=message):
        train(X, y, **arguments)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_a_weight_that_is_not_positive_and_finite_is_refused(value: float) -> None:
    X, y = make_data(N_ROWS, 2)
    weights = np.ones(N_ROWS)
    weights[7] = value
    with pytest.raises(ValueError, match=r"sample_weight .* at row 7"):
        train(X, y, weights)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_target_that_is_not_finite_is_refused(value: float) -> None:
    X, y = make_data(N_ROWS, 2)
    y[7] = value
    with pytest.raises(ValueError, match=r"y must be .* at row 7"):
        train(X, y)


@pytest.mark.parametrize(
    ("objective", "n_classes"), [("binary_log_loss", 1), ("multiclass_log_loss", 2), ("multiclass_log_loss", 5)]
)
@pytest.mark.parametrize("value", [-1.0, 0.5, 5.0, 1e300, np.nan])
def test_a_class_that_does_not_exist_is_refused(objective: str, n_classes: int, value: float) -> None:
    X, _ = make_data(N_ROWS, 2)
    two_classes = np.zeros(N_ROWS)
    two_classes[::2] = 1.0
    y = two_classes.copy()
    y[7] = value
    with pytest.raises(ValueError, match=r"y must be .* at row 7"):
        train(X, y, objective=objective, n_classes=n_classes)
    trainer = train(X, two_classes, n_iterations=0, objective=objective, n_classes=n_classes)
    with pytest.raises(ValueError, match=r"y.* must be .* at row 7"):
        trainer.set_validation(X, y, None)


@pytest.mark.parametrize("name", ["y", "sample_weight"])
def test_another_number_of_rows_is_refused(name: str) -> None:
    X, y = make_data(N_ROWS, 2)
    arguments: dict[str, Any] = {"y": y, "sample_weight": np.ones(N_ROWS)}
    arguments[name] = arguments[name][:-1]
    with pytest.raises(ValueError, match=f"{name} .*30.* got 29"):
        train(X, **arguments)


@pytest.mark.parametrize("shape", [(0, 2), (N_ROWS, 0), (N_ROWS,)])
def test_a_matrix_without_rows_or_columns_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="X must have"):
        train(np.zeros(shape), np.zeros(shape[0]))


def test_validation_rows_of_other_features_are_refused() -> None:
    X, y = make_data(N_ROWS, 2)
    with pytest.raises(ValueError, match="1 features"):
        train(X, y, n_iterations=0).set_validation(X[:, :1], y, None)


def test_a_validation_loss_needs_validation_rows() -> None:
    X, y = make_data(N_ROWS, 2)
    with pytest.raises(ValueError, match="validation"):
        train(X, y).validation_loss()
