"""Losses, their derivatives and their best constants (docs/boosting.md, sections 3 and 7).

Raw scores have shape (n_rows, n_outputs). Derivatives and losses are per row, their weighting is the caller's.
Rows weigh as in section 1: counts and factors in means, masses (the integer bin weights) in quantiles.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tests.reference.exact import weighted_mean
from tests.reference.quantiles import weighted_quantile

Floats = npt.NDArray[np.float64]

SMALLEST_PROBABILITY = 2.0**-52


def difference(a: Floats, b: Floats | float) -> Floats:
    """Return ``a - b``; a difference beyond float64 is infinite, without a warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        result: Floats = a - b
        return result


class Objective(Protocol):
    n_outputs: int
    constant_hessian: bool

    def start_iteration(self, raw: Floats, y: Floats, masses: list[int]) -> None:
        """Adapt the loss to the training rows; most losses stay the same."""
        return

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]: ...

    def losses(self, raw: Floats, y: Floats) -> Floats: ...

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        """Return the first raw scores; the masses are the counts unless given."""
        ...

    def leaf_step(self, residuals: Floats, counts: list[int], factors: list[float], masses: list[int]) -> float | None:
        """Return the step of a leaf with these residuals, before the learning rate; None for the Newton step."""
        return None

    def bounded_step(self, newton: float, G: float, H: float) -> float:
        """Return as much of the Newton step as a leaf takes that has these sums, both in one unit."""
        return newton


class SquaredError(Objective):
    n_outputs = 1
    constant_hessian = True

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        return raw - y[:, None], np.ones_like(raw)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        residual: Floats = raw[:, 0] - y
        return residual * residual / 2

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        return np.array([weighted_mean(y, counts, factors)])


# Losses whose leaves are quantiles of residuals, or nearly so -------------------------------------------


class AbsoluteError(Objective):
    n_outputs = 1
    constant_hessian = True

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        target = y[:, None]
        return np.where(raw > target, 1.0, np.where(raw < target, -1.0, 0.0)), np.ones_like(raw)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        losses: Floats = np.abs(difference(raw[:, 0], y))
        return losses

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        return np.array([weighted_quantile(y, masses or counts, 0.5)])

    def leaf_step(self, residuals: Floats, counts: list[int], factors: list[float], masses: list[int]) -> float:
        return weighted_quantile(residuals, masses, 0.5)


class Quantile(Objective):
    n_outputs = 1
    constant_hessian = True

    def __init__(self, q: float) -> None:
        self.q = q

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        target = y[:, None]
        return np.where(raw > target, 1.0 - self.q, np.where(raw < target, -self.q, 0.0)), np.ones_like(raw)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        above = difference(raw[:, 0], y)
        return np.where(above > 0.0, (1.0 - self.q) * above, self.q * -above)

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        return np.array([weighted_quantile(y, masses or counts, self.q)])

    def leaf_step(self, residuals: Floats, counts: list[int], factors: list[float], masses: list[int]) -> float:
        return weighted_quantile(residuals, masses, self.q)


class Huber(Objective):
    """Friedman 2001, algorithm 4: the errors beyond the alpha quantile of them count linearly."""

    n_outputs = 1
    constant_hessian = True

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self.delta = math.inf  # the latest of the baseline or of an iteration
        self.loss_delta: float | None = None  # that before the first iteration

    def start_iteration(self, raw: Floats, y: Floats, masses: list[int]) -> None:
        self.delta = weighted_quantile(np.abs(difference(raw[:, 0], y)), masses, self.alpha)
        self.loss_delta = self.delta if self.loss_delta is None else self.loss_delta

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        return np.clip(difference(raw, y[:, None]), -self.delta, self.delta), np.ones_like(raw)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        errors = np.abs(difference(raw[:, 0], y))
        d = self.delta if self.loss_delta is None else self.loss_delta
        return np.array([e * e / 2 if e <= d else d * (e - d / 2) for e in errors])

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        masses = masses or counts
        centre = weighted_quantile(y, masses, 0.5)
        self.delta = weighted_quantile(np.abs(difference(y, centre)), masses, self.alpha)
        for _ in range(30):
            step = self._step(y, centre, counts, factors)
            centre += step
            if abs(step) <= 2.0**-30 * self.delta:
                break
        return np.array([centre])

    def leaf_step(self, residuals: Floats, counts: list[int], factors: list[float], masses: list[int]) -> float:
        median = weighted_quantile(residuals, masses, 0.5)
        return median + self._step(residuals, median, counts, factors)

    def _step(self, x: Floats, centre: float, counts: list[int], factors: list[float]) -> float:
        """How far clipped differences say that the mean lies from the centre."""
        return weighted_mean(np.clip(difference(x, centre), -self.delta, self.delta), counts, factors)


# Losses of a positive mean, exp(raw) --------------------------------------------------------------------


class LogLink(Objective, Protocol):
    n_outputs: int = 1
    constant_hessian: bool = False
    p: float

    def bounded_step(self, newton: float, G: float, H: float) -> float:
        # G = sum(mu^(2-p)) - sum(y mu^(1-p)), H = (2-p) sum(mu^(2-p)) + (p-1) sum(y mu^(1-p))
        targets, means = H - (2.0 - self.p) * G, H + (self.p - 1.0) * G
        if not (targets > 0.0 and means > 0.0 and 0.0 < targets / means < math.inf):
            return newton
        minimum = math.log(targets / means)
        return sorted([0.0, newton, minimum])[1]

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        return np.array([np.log(weighted_mean(y, counts, factors))])


class Poisson(LogLink):
    p = 1.0

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        mean = np.exp(raw)
        return mean - y[:, None], mean

    def losses(self, raw: Floats, y: Floats) -> Floats:
        losses: Floats = np.exp(raw[:, 0]) - y * raw[:, 0]
        return losses


class Gamma(LogLink):
    p = 2.0

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        ratio = y[:, None] * np.exp(-raw)
        return 1.0 - ratio, ratio

    def losses(self, raw: Floats, y: Floats) -> Floats:
        losses: Floats = raw[:, 0] + y * np.exp(-raw[:, 0])
        return losses


class Tweedie(LogLink):
    def __init__(self, p: float) -> None:
        self.p = p

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        p, target = self.p, y[:, None]
        E1, E2 = np.exp((1.0 - p) * raw), np.exp((2.0 - p) * raw)
        return E2 - target * E1, (2.0 - p) * E2 + (p - 1.0) * target * E1

    def losses(self, raw: Floats, y: Floats) -> Floats:
        p = self.p
        E1, E2 = np.exp((1.0 - p) * raw[:, 0]), np.exp((2.0 - p) * raw[:, 0])
        losses: Floats = E2 / (2.0 - p) + y * E1 / (p - 1.0)
        return losses


# Losses of classes --------------------------------------------------------------------------------------


class BinaryLogLoss(Objective):
    n_outputs = 1
    constant_hessian = False

    def derivatives(self, raw: Floats, y: Floats) -> tuple[Floats, Floats]:
        p = 1.0 / (1.0 + np.exp(-raw))
        return p - y[:, None], p * (1.0 - p)

    def losses(self, raw: Floats, y: Floats) -> Floats:
        losses: Floats = np.logaddexp(0.0, raw[:, 0]) - y * raw[:, 0]
        return losses

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        p = np.clip(weighted_mean(y, counts, factors), SMALLEST_PROBABILITY, 1.0 - SMALLEST_PROBABILITY)
        return np.array([np.log(p / (1.0 - p))])


class MulticlassLogLoss(Objective):
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

    def baseline(self, y: Floats, counts: list[int], factors: list[float], masses: list[int] | None = None) -> Floats:
        shares = [weighted_mean(column, counts, factors) for column in self._indicators(y).T]
        logs: Floats = np.log(np.maximum(shares, SMALLEST_PROBABILITY))
        centred: Floats = logs - logs.mean()
        return centred

    def _indicators(self, y: Floats) -> Floats:
        indicators: Floats = (y[:, None] == np.arange(self.n_outputs)).astype(np.float64)
        return indicators


def make_objective(name: str, n_classes: int = 1, *, quantile: float = 0.5, power: float = 1.5) -> Objective:
    """Return an objective by name; ``quantile`` is q of "quantile" and alpha of "huber", ``power`` p of "tweedie"."""
    match name:
        case "squared_error":
            return SquaredError()
        case "absolute_error":
            return AbsoluteError()
        case "quantile":
            return Quantile(quantile)
        case "huber":
            return Huber(quantile)
        case "poisson":
            return Poisson()
        case "gamma":
            return Gamma()
        case "tweedie":
            return Tweedie(power)
        case "binary_log_loss":
            return BinaryLogLoss()
        case "multiclass_log_loss":
            return MulticlassLogLoss(n_classes)
    raise ValueError(f"unknown objective {name!r}")
