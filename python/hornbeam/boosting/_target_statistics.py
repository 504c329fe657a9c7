"""Categories as numbers: what the target is on average where a feature has a category.

A feature of many categories has more sets of them than its rows can tell apart, and the best of so many is partly luck.
Its *target statistic* puts the categories in an order that no split has chosen: with the sum and the weight of the
targets of the other rows,

    t = (sum + a * prior) / (weight + a),    a = within / between,

where `prior` is the mean target, and `within` and `between` are the variances of targets in a category and of the
categories' means, as the analysis of variance estimates them. That is the empirical Bayes estimate of the category's
mean (Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD Explorations 3(1),
2001). "Other" rows are those of other folds: as in the ordered statistics of CatBoost (Prokhorenkova et al., NeurIPS
2018) the sum of a row's category leaves its own target out, and as folds are drawn by what rows hold, those of its
copies too; the prior and the two variances, which are few numbers, are those of all rows.

A tree splits such a column at a threshold. A row that is predicted has the statistic of all training rows, so that the
split is one of sets of categories, and as that the model keeps it: to predict, nobody has to know of statistics.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._core import TreeModel
from hornbeam._validation import Float64
from hornbeam.boosting._categories import Categories
from hornbeam.boosting._category_sets import category_sets, has_more_on_the_left, packed_set, with_category_sets
from hornbeam.boosting._constraints import interaction_limits, monotonic_signs
from hornbeam.boosting._folds import Folds
from hornbeam.boosting._rows import Rows, are_frequencies

# With fewer the split search finds good sets by itself.
MIN_CATEGORIES = 100
# Each output has a column of its own, and a tree that searches all of them.
MAX_OUTPUTS = 10
# Without its own fold and the one held back a row must be left with others.
MIN_FOLDS = 3
_LEAST_SHRINKAGE = 1e-3
# Sums of integers are exact in float64 up to 2^53; rounding adds up to half a unit per row.
_EXACT_BITS = 52


@dataclass(frozen=True)
class _Sums:
    """Sums of targets and of weights, [fold, category], and what statistics are shrunk towards, and how much."""

    target: Float64
    weight: Float64
    weight_without: float  # of the rows that have no category
    prior: float
    shrinkage: float

    def statistic(self, *left_out: int) -> Float64:
        """Return the statistic of each category by the rows of all folds but these."""
        folds = np.setdiff1d(np.arange(len(self.target)), left_out)
        target, weight = self.target[folds].sum(axis=0), self.weight[folds].sum(axis=0)
        shrunk: Float64 = (target + self.shrinkage * self.prior) / (weight + self.shrinkage)
        return shrunk


@dataclass(frozen=True)
class _Column:
    """A feature's statistic for one output; `codes` are the categories of the rows, -1 where there is none."""

    feature: int
    codes: NDArray[np.intp]
    sums: _Sums

    def is_rather_unseen(self) -> bool:
        """Whether a row whose category the model does not know has a new one more often than none.

        To the model both are missing values, and it has learned from the second kind only. How often a category is new
        is seen in the folds: where no other has it.
        """
        weight = self.sums.weight
        return bool(weight[weight == weight.sum(axis=0)].sum() >= self.sums.weight_without)

    def values(self, fold_of_row: NDArray[np.intp], held_back: int) -> Float64:
        """Return the statistics of rows as a member sees them that does not know the rows of one fold."""
        n_folds = len(self.sums.target)
        by_fold = np.array([self.sums.statistic(fold, held_back) for fold in range(n_folds)])
        values: Float64 = np.where(self.codes >= 0, by_fold[fold_of_row, self.codes], np.nan)
        return values


@dataclass(frozen=True)
class TargetStatistics:
    """The statistics of the features that have many categories, as columns after the last feature."""

    n_features: int
    n_categories: NDArray[np.int64]  # of each feature
    fold_of_row: NDArray[np.intp]
    columns: list[_Column]

    def add_to(self, rows: Rows, held_back: int) -> Rows:
        """Return all rows with the statistics that the member sees which holds back this fold."""
        n_rows = len(rows)
        X = np.empty((n_rows, self.n_features + len(self.columns)), dtype=rows.X.dtype)
        X[:, : self.n_features] = rows.X
        for place, column in enumerate(self.columns):
            X[:, self.n_features + place] = column.values(self.fold_of_row, held_back)
        return replace(rows, X=X)

    def describe(self, estimator: Any) -> Any:
        """Return the estimator as one of such rows."""
        described = copy.copy(estimator)
        described.n_features_in_ = self.n_features + len(self.columns)
        signs = monotonic_signs(estimator)
        described.monotonic_cst = [*signs, *[0] * len(self.columns)] if signs else None
        groups = interaction_limits(estimator.interaction_cst, self.n_features).get("interaction_cst")
        if groups is not None:
            described.interaction_cst = [[*group, *self._columns_of(set(group))] for group in groups]
        return described

    def _columns_of(self, features: set[int]) -> list[int]:
        return [self.n_features + place for place, column in enumerate(self.columns) if column.feature in features]

    def as_sets(self, model: TreeModel) -> TreeModel:
        """Return the model with sets of categories in place of thresholds of their statistics."""
        arrays = {name: array.copy() for name, array in model.to_arrays().items()}
        sets = category_sets(arrays)
        more_left = has_more_on_the_left(arrays)
        feature = arrays["feature"].copy()
        for place, column in enumerate(self.columns):
            statistic = column.sums.statistic()
            of_statistic = feature == self.n_features + place
            is_left = column.sums.prior <= arrays["threshold"]
            for node in np.flatnonzero(of_statistic).tolist():
                sets[node] = packed_set(statistic <= arrays["threshold"][node])
            if column.is_rather_unseen():
                of_feature = feature == column.feature
                arrays["missing_left"] = np.select(
                    [of_statistic, of_feature], [is_left, more_left], arrays["missing_left"]
                ).astype(np.uint8)
            arrays["feature"][of_statistic] = column.feature
            arrays["threshold"][of_statistic] = 0.0
        return TreeModel.from_arrays(with_category_sets(arrays, self.n_categories, sets))


def target_statistics(
    rows: Rows, folds: Folds, categories: Categories | None, n_outputs: int
) -> TargetStatistics | None:
    """Return the statistics of the features of many categories; None if there is none, or none that tells anything."""
    if categories is None or n_outputs > MAX_OUTPUTS or folds.n_folds < MIN_FOLDS:
        return None
    columns = []
    scaled = np.ldexp(rows.y, -math.frexp(np.abs(rows.y).max())[1])  # only their order counts, and squares stay finite
    for feature, values in categories.values.items():
        if len(values) < MIN_CATEGORIES:
            continue
        codes = np.where(np.isnan(rows.X[:, feature]), -1, rows.X[:, feature]).astype(np.intp)
        for output in range(n_outputs):
            target = scaled if n_outputs == 1 else (rows.y == output).astype(np.float64)
            sums = _sums(target, rows.sample_weight, codes, folds, len(values))
            if sums is not None:
                columns.append(_Column(feature, codes, sums))
    n_features = rows.X.shape[1]
    return TargetStatistics(n_features, categories.n_categories(n_features), folds.of_row, columns) if columns else None


def _sums(
    target: Float64, weight: Float64 | None, codes: NDArray[np.intp], folds: Folds, n_categories: int
) -> _Sums | None:
    """Return the sums of a feature, or None if its categories do not differ by more than chance."""
    known = codes >= 0
    cell = np.where(known, folds.of_row * n_categories + codes, folds.n_folds * n_categories)

    def sums_of(values: Float64) -> Float64:
        return _exact_sums(values, weight, cell, folds.n_folds * n_categories + 1)

    weights, targets, squares = sums_of(np.ones(len(target))), sums_of(target), sums_of(target**2)
    by_fold = (folds.n_folds, n_categories)
    sums = _Sums(targets[:-1].reshape(by_fold), weights[:-1].reshape(by_fold), float(weights[-1]), 0.0, 0.0)
    n, total = sums.weight.sum(axis=0), sums.target.sum(axis=0)
    n, total = n[n > 0], total[n > 0]
    all_n, all_total, of_means = math.fsum(n), math.fsum(total), math.fsum(total**2 / n)
    freedom = all_n - len(n)
    if len(n) < 2 or freedom <= 0:
        return None
    within = max(math.fsum(squares[:-1]) - of_means, 0.0) / freedom
    spread = of_means - all_total**2 / all_n - (len(n) - 1) * within
    between = spread / (all_n - math.fsum(n**2) / all_n)
    if not between > 0.0:
        return None
    return replace(sums, prior=all_total / all_n, shrinkage=max(within / between, _LEAST_SHRINKAGE))


def _exact_sums(values: Float64, weight: Float64 | None, cell: NDArray[np.intp], n_cells: int) -> Float64:
    """Return the weighted sums of the values of each cell: of integers, which add up exactly in any order.

    A frequency multiplies the integer of its row, as its copies would add it.
    """
    copies = None
    if weight is not None and are_frequencies(weight):
        copies = weight
    elif weight is not None:
        values = values * weight
    most = float(np.abs(values).max()) * (len(values) if copies is None else float(copies.sum()))
    unit = math.frexp(most)[1] - _EXACT_BITS if most > 0.0 else 0
    whole = np.rint(np.ldexp(values, -unit))
    if copies is not None:
        whole *= copies
    sums: Float64 = np.ldexp(np.bincount(cell, whole, minlength=n_cells), unit)
    return sums
