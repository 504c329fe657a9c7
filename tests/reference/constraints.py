"""Bounds of values under monotonic constraints, and groups of features that may meet on a path.

docs/boosting.md, sections 6 and 7.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from tests.reference.binning import midpoint


class Bounds(NamedTuple):
    lower: float = -math.inf
    upper: float = math.inf

    def clip(self, value: float) -> float:
        return min(max(value, self.lower), self.upper)

    def of_children(self, sign: int, left: float, right: float) -> tuple[Bounds, Bounds]:
        """Return the bounds on both sides of a split between two values, which is ordered unless the sign is 0."""
        if sign == 0:
            return self, self
        left, right = self.clip(left), self.clip(right)
        middle = midpoint(min(left, right), max(left, right))
        below, above = Bounds(self.lower, middle), Bounds(middle, self.upper)
        return (below, above) if sign > 0 else (above, below)


NO_BOUNDS = Bounds()


def allowed_features(
    used: Collection[int], n_features: int, groups: Sequence[Collection[int]] | None, largest: int
) -> list[int]:
    """Return the features that may follow those used on a path; no limit on their number is 0."""
    everything = range(n_features)
    if groups is None:
        return list(everything) if largest == 0 or len(set(used)) < largest else sorted(set(used))
    rest = [f for f in everything if all(f not in group for group in groups)]
    return [f for f in everything if any({f, *used} <= set(group) for group in [*groups, rest])]
