"""The rows that the trees of an iteration learn from (docs/boosting.md, section 10).

Uniform: Friedman 2002. By gradients, minimal variance sampling: Ibragimov & Gusev 2019.
"""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import numpy.typing as npt

from tests.reference.exact import FixedPoint, ldexp
from tests.reference.philox import ROW, random_u64

Floats = npt.NDArray[np.float64]


def is_drawn(seed: int, iteration: int, row: int, probability: float) -> bool:
    uniform = math.ldexp(random_u64(seed, ROW, iteration, row) >> 12, -52)
    return uniform < probability


def drawn_rows(seed: int, iteration: int, probabilities: list[float]) -> list[int]:
    return [row for row, p in enumerate(probabilities) if is_drawn(seed, iteration, row, p)]


def probabilities_by_gradient(g: Floats, h: Floats, counts: list[int], subsample: float) -> list[float]:
    """Return how likely each row is drawn; gradients and hessians of shape (n_rows, n_outputs)."""
    importance = [rounded_down(w) for w in squares(g, h, counts)]
    return saturated(importance, subsample * len(importance))


def squares(g: Floats, h: Floats, counts: list[int]) -> list[float]:
    """Return the sum over outputs of ``g^2 + lambda h^2`` of each row, in a unit that all share."""
    n = sum(counts)
    g_grid, h_grid = FixedPoint.for_values(g.ravel(), n), FixedPoint.for_values(h.ravel(), n)
    mean_g = sum(g_grid.sum(np.abs(column), counts) for column in g.T)
    mean_h = sum(h_grid.sum(column, counts) for column in h.T)
    ratio = mean_g / mean_h if mean_h else 0.0
    found = []
    for g_row, h_row, count in zip(g, h, counts, strict=True):
        w = 0.0
        for g_value, h_value in zip(g_row, h_row, strict=True):
            a, b = ldexp(g_value, -g_grid.exponent), ratio * ldexp(h_value, -h_grid.exponent)
            w += a * a + b * b
        found.append(w * (count * count))
    return found


def rounded_down(w: float) -> float:
    """Return the square root of ``w`` in six significant bits."""
    if w == 0.0:
        return 0.0
    mantissa, exponent = math.frexp(max(w, 2.0**-60))
    return math.sqrt(math.ldexp(math.floor(mantissa * 64), exponent - 6))


def saturated(importance: list[float], expected: float) -> list[float]:
    """Return ``min(1, s / mu)``, such that the probabilities add up to the expected number of rows."""
    n_rows = Counter(s for s in importance if s > 0.0)
    sizes = sorted(n_rows)
    for j in reversed(range(len(sizes))):
        smaller = 0.0
        for s in sizes[: j + 1]:
            smaller += n_rows[s] * s
        left = expected - sum(n_rows[s] for s in sizes[j + 1 :])
        if sizes[j] * left <= smaller:
            mu = smaller / left
            return [1.0 if s > sizes[j] else min(1.0, s / mu) for s in importance]
    return [1.0 if s > 0.0 else 0.0 for s in importance]
