"""The slow twin of target statistics: rational numbers, one row at a time, from the formulas alone.

A category's statistic is the empirical Bayes estimate of its mean in a model of random effects: (S + a m) / (n + a),
with S and n the sum and the number of its targets, m the mean of all, and a the ratio of the variance within categories
to that between their means. Both come from the one-way analysis of variance with unequal groups (Searle, Casella &
McCulloch, "Variance Components", 1992, §3.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def variances(targets: Sequence[float], categories: Sequence[int]) -> tuple[Fraction, Fraction]:
    """Return the variance within categories and that between their means."""
    groups: dict[int, list[Fraction]] = {}
    for target, category in zip(targets, categories, strict=True):
        groups.setdefault(category, []).append(Fraction(target))
    n = len(targets)
    mean = sum(map(Fraction, targets)) / n
    within = between = Fraction(0)
    for group in groups.values():
        group_mean = sum(group) / len(group)
        within += sum((target - group_mean) ** 2 for target in group)
        between += len(group) * (group_mean - mean) ** 2
    within /= n - len(groups)
    size = (n - Fraction(sum(len(group) ** 2 for group in groups.values()), n)) / (len(groups) - 1)
    return within, (between / (len(groups) - 1) - within) / size


def statistic(
    targets: Sequence[float], categories: Sequence[int], folds: Sequence[int], category: int, left_out: set[int]
) -> Fraction:
    """Return the statistic of a category by the rows that lie in no fold left out."""
    within, between = variances(targets, categories)
    shrinkage = within / between
    rows = zip(targets, categories, folds, strict=True)
    known = [Fraction(target) for target, one, fold in rows if one == category and fold not in left_out]
    prior = sum(map(Fraction, targets)) / len(targets)
    return (sum(known) + shrinkage * prior) / (len(known) + shrinkage)
