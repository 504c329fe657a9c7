"""The weighted quantile of values with integer masses (docs/boosting.md, section 3)."""

from __future__ import annotations

from collections.abc import Iterable


def weighted_quantile(values: Iterable[float], masses: Iterable[int], q: float) -> float:
    """Return Q(x, q): the first value that q of the mass does not exceed, or the middle of two if it ends between."""
    mass: dict[float, int] = {}
    for x, b in zip(values, masses, strict=True):
        value = float(x) + 0.0  # -0.0 becomes 0.0
        mass[value] = mass.get(value, 0) + int(b)
    ordered = sorted(mass)
    target = q * float(sum(mass.values()))
    reached = 0
    for k, value in enumerate(ordered):
        reached += mass[value]
        if reached > 0 and float(reached) >= target:
            ends_here = float(reached) == target and k + 1 < len(ordered)
            return 0.5 * value + 0.5 * ordered[k + 1] if ends_here else value
    raise ValueError("a quantile needs q in [0, 1] and a positive mass")
