"""Quantised gradients of one tree (docs/boosting.md, section 5)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tests.reference.exact import FixedPoint, largest_exponent, ldexp

Floats = npt.NDArray[np.float64]


class Grid(NamedTuple):
    """Integers q stand for ``q * 2^(exponent - bits)``."""

    exponent: int
    bits: int

    def quantise(self, values: Floats) -> list[int]:
        return [round(ldexp(x, self.bits - self.exponent)) for x in values]


class Quantised(NamedTuple):
    gradients: list[int]
    hessians: list[int]
    gradient_grid: Grid
    hessian_grid: Grid
    wide: bool
    gradient_unit: int  # e_g and e_h: the exponents of the grids and of the weights' factors
    hessian_unit: int
    dispersion: float  # the squared mean of |g| over the mean of h, in units of 2^(2 e_g - e_h)


def quantise(g: Floats, h: Floats, counts: list[int], constant_hessian: bool, factor_exponent: int = 0) -> Quantised:
    """Round gradients and hessians to the integers that histograms add up."""
    n = sum(counts)
    cap, window = (2**46, min(n, 65535)) if constant_hessian else (2**25, min(n, 2047))

    def narrow(values: Floats) -> tuple[Grid, bool]:
        if not np.any(values):
            return Grid(0, 0), True
        exponent, mean = mean_magnitude(values)
        bits = largest_exponent(mean * window, cap)
        return Grid(exponent, bits), 2**bits <= 2 * cap - 1

    def wide(values: Floats) -> Grid:
        if not np.any(values):
            return Grid(0, 0)
        exponent, mean = mean_magnitude(values)
        return Grid(exponent, min(60, largest_exponent(mean * n, 2**60)))

    def mean_magnitude(values: Floats) -> tuple[int, float]:
        fixed = FixedPoint.for_values(values, n)
        return fixed.exponent, fixed.sum(np.abs(values), counts) / n

    gradient_grid, gradient_fits = narrow(g)
    hessian_grid, hessian_fits = (Grid(0, 0), True) if constant_hessian else narrow(h)
    fits = gradient_fits and hessian_fits
    if not fits:
        gradient_grid = wide(g)
        hessian_grid = hessian_grid if constant_hessian else wide(h)
    q_h = [1] * len(h) if constant_hessian else hessian_grid.quantise(h)
    gradient_unit = gradient_grid.exponent + factor_exponent
    hessian_unit = 0 if constant_hessian else hessian_grid.exponent + factor_exponent
    mean_g = mean_magnitude(g)[1]
    mean_h = 1.0 if constant_hessian else mean_magnitude(h)[1]
    dispersion = mean_g * mean_g / mean_h if mean_h else 0.0
    grids = gradient_grid, hessian_grid
    return Quantised(gradient_grid.quantise(g), q_h, *grids, not fits, gradient_unit, hessian_unit, dispersion)
