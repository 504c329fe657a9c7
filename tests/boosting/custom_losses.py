"""Built-in losses a second time, in NumPy, as users write them: the protocol of `hornbeam.boosting.CustomLoss`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from hornbeam.boosting._custom_loss import CustomObjective

Floats = npt.NDArray[np.float64]


class SquaredError:
    def __call__(self, y_true: Floats, raw_prediction: Floats) -> tuple[Floats, Floats]:
        return raw_prediction - y_true, np.ones_like(raw_prediction)

    def loss(self, y_true: Floats, raw_prediction: Floats) -> Floats:
        error: Floats = raw_prediction - y_true
        return 0.5 * error * error

    def baseline(self, y_true: Floats, sample_weight: Floats | None) -> Any:
        return np.average(y_true, weights=sample_weight)


class Poisson:
    def __call__(self, y_true: Floats, raw_prediction: Floats) -> tuple[Floats, Floats]:
        mean = np.exp(raw_prediction)
        return mean - y_true, mean

    def loss(self, y_true: Floats, raw_prediction: Floats) -> Floats:
        losses: Floats = np.exp(raw_prediction) - y_true * raw_prediction
        return losses

    def baseline(self, y_true: Floats, sample_weight: Floats | None) -> Any:
        return np.log(np.average(y_true, weights=sample_weight))

    def inverse_link(self, raw_prediction: Floats) -> Floats:
        mean: Floats = np.exp(raw_prediction)
        return mean


class Logistic:
    def __call__(self, y_true: Floats, raw_prediction: Floats) -> tuple[Floats, Floats]:
        p = self.inverse_link(raw_prediction)
        return p - y_true, p * (1.0 - p)

    def loss(self, y_true: Floats, raw_prediction: Floats) -> Floats:
        losses: Floats = np.logaddexp(0.0, raw_prediction) - y_true * raw_prediction
        return losses

    def baseline(self, y_true: Floats, sample_weight: Floats | None) -> Any:
        p = np.average(y_true, weights=sample_weight)
        return np.log(p / (1.0 - p))

    def inverse_link(self, raw_prediction: Floats) -> Floats:
        p: Floats = np.exp(-np.logaddexp(0.0, -raw_prediction))
        return p


class Softmax:
    def __call__(self, y_true: Floats, raw_prediction: Floats) -> tuple[Floats, Floats]:
        p = self.inverse_link(raw_prediction)
        return p - self._indicators(y_true, p.shape[1]), p * (1.0 - p)

    def loss(self, y_true: Floats, raw_prediction: Floats) -> Floats:
        p_of_class = np.log(self.inverse_link(raw_prediction) + 1e-300)
        losses: Floats = -p_of_class[np.arange(len(y_true)), y_true.astype(int)]
        return losses

    def baseline(self, y_true: Floats, sample_weight: Floats | None) -> Any:
        classes = self._indicators(y_true, int(y_true.max()) + 1)
        logs = np.log(np.average(classes, axis=0, weights=sample_weight))
        return logs - logs.mean()

    def inverse_link(self, raw_prediction: Floats) -> Floats:
        shares = np.exp(raw_prediction - raw_prediction.max(axis=1, keepdims=True))
        p: Floats = shares / shares.sum(axis=1, keepdims=True)
        return p

    @staticmethod
    def _indicators(y_true: Floats, n_classes: int) -> Floats:
        indicators: Floats = (y_true[:, None] == np.arange(n_classes)).astype(np.float64)
        return indicators


# By the name of the built-in loss.
CUSTOM_LOSSES: dict[str, Any] = {
    "squared_error": SquaredError(),
    "poisson": Poisson(),
    "binary_log_loss": Logistic(),
    "multiclass_log_loss": Softmax(),
}


def custom_objective(name: str, n_outputs: int, sample_weight: Floats | None = None) -> CustomObjective:
    """Return the NumPy twin of a built-in loss as the trainer takes it."""
    return CustomObjective(CUSTOM_LOSSES[name], n_outputs, sample_weight)
