"""Losses, their derivatives and their best constants (docs/boosting.md, section 3).

Raw scores have shape (n_rows, n_outputs). Every method is per row; weighting is the caller's.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from tests.reference.exact import weighted_mean

Floats = npt.NDArray[np.float64]

SMALLEST_PROBABILITY = 2.0**-52


class Objective(Protocol):
    n_outputs: int
    constant_hessian: bool

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]: ...

    def losses(self, raw: Floats, y: Floats) -> Floats: ...

    def baseline(self, y: Floats, counts: list[int], factors: list[float]) -> Floats: ...


class SquaredError:
    n_outputs = 1
    constant_hessian = True

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        return raw - y[:, None], np.ones_like(raw)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        residual: Floats = raw[:, 0] - y
        return residual * residual / 2

    def baseline(self, y: Floats, counts: list[int], factors: list[float]) -> Floats:
        return np.array([weighted_mean(y, counts, factors)])


class BinaryLogLoss:
    n_outputs = 1
    constant_hessian = False

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        p = 1.0 / (1.0 + np.exp(-raw))
        return p - y[:, None], p * (1.0 - p)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        losses: Floats = np.logaddexp(0.0, raw[:, 0]) - y * raw[:, 0]
        return losses

    def baseline(self, y: Floats, counts: list[int], factors: list[float]) -> Floats:
        p = np.clip(weighted_mean(y, counts, factors), SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
        return np.array([np.log(p / (1.0 - p))])


class MulticlassLogLoss:
    constant_hessian = False

    def __init__(self, n_classes: int) -> None:
        self.n_outputs = n_classes

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        weights = np.exp(raw - raw.max(axis=1, keepdims=True))
        p = weights / weights.sum(axis=1, keepdims=True)
        return p - self._indicators(y), p * (1.0 - p)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        top = raw.max(axis=1)
        own = raw[np.arange(len(y)), y.astype(int)]
        losses: Floats = np.log(np.exp(raw - top[:, None]).sum(axis=1)) + top - own
        return losses

    def baseline(self, y: Floats, counts: list[int], factors: list[float]) -> Floats:
        shares = [weighted_mean(column, counts, factors) for column in self._indicators(y).T]
        logs: Floats = np.log(np.maximum(shares, SMALLEST_PROBABILITY))
        centred: Floats = logs - logs.mean()
        return centred

    def _indicators(self, y: Floats) -> Floats:
        indicators: Floats = (y[:, None] == np.arange(self.n_outputs)).astype(np.float64)
        return indicators


def make_objective(name: str, n_classes: int = 1) -> Objective:
    if name == "squared_error":
        return SquaredError()
    if name == "binary_log_loss":
        return BinaryLogLoss()
    if name == "multiclass_log_loss":
        return MulticlassLogLoss(n_classes)
    raise ValueError(f"unknown objective {name!r}")
