"""Gradient boosting from beginning to end (docs/boosting.md; Friedman 2001, algorithms 1 and 4).

The twin of the compiled trainer: the same numbers from exact integers and plain loops.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.reference.binning import RowWeights, bin_columns, bin_edges, row_weights
from tests.reference.categories import strangers_missing
from tests.reference.exact import weighted_mean
from tests.reference.gains import TreeParams
from tests.reference.objectives import Objective, difference, make_objective
from tests.reference.quantisation import quantise
from tests.reference.sampling import drawn_rows, probabilities_by_gradient
from tests.reference.splits import Feature, TreeData
from tests.reference.trees import Node, bound_values, grow_tree, replace_leaf_values, set_leaf_values

Floats = npt.NDArray[np.float64]


@dataclass
class Boosted:
    objective: Objective
    baseline: Floats
    n_features: int
    categories: Mapping[int, int] = field(default_factory=dict)  # how many there are of each categorical feature
    trees: list[list[Node]] = field(default_factory=list)  # [iteration][output]
    raw: Floats = field(default_factory=lambda: np.empty((0, 0)))  # of the training rows

    def predict_raw(self, X: Floats, init_score: Floats | None = None) -> Floats:
        """Walk every row through every tree."""
        X = strangers_missing(X, self.categories)
        raw = self.start_raw(len(X), init_score)
        for trees in self.trees:
            for k, tree in enumerate(trees):
                for i, row in enumerate(X):
                    raw[i, k] += find_leaf(tree, row).value
        return raw

    def start_raw(self, n_rows: int, init_score: Floats | None) -> Floats:
        """Return the raw scores before the first tree: the baseline, then what the caller gives."""
        raw = np.tile(self.baseline, (n_rows, 1))
        return raw if init_score is None else raw + init_score

    def mean_loss(self, raw: Floats, y: Floats, sample_weight: Floats | None = None) -> float:
        weights = row_weights(sample_weight, len(y))
        return weighted_mean(self.objective.losses(raw, y), weights.counts, weights.factors)

    def feature_importances(self) -> Floats:
        """Return the summed gain of each feature, normalised to sum 1."""
        gains = np.zeros(self.n_features)
        for trees in self.trees:
            for tree in trees:
                for node in tree.inner_nodes():
                    assert node.split is not None
                    gains[node.split.feature] += node.gain
        return gains / gains.sum() if gains.any() else gains


def find_leaf(node: Node, row: Floats) -> Node:
    """Walk down a tree; what is no category must be NaN in the row."""
    while node.left is not None and node.right is not None:
        assert node.split is not None
        x, left_categories = row[node.split.feature], node.split.left_categories
        if math.isnan(x):
            goes_left = node.split.missing_left
        else:
            goes_left = x <= node.threshold if left_categories is None else x in left_categories
        node = node.left if goes_left else node.right
    return node


def leaf_steps(
    loss: Objective, raw: Floats, y: Floats, weights: RowWeights, divisors: list[float] | None = None
) -> Callable[[list[int]], float | None]:
    """Return the function from the rows of a leaf to the objective's own step for them, if it has one."""
    residuals = difference(y, raw)

    def step_of(rows: list[int]) -> float | None:
        counts = [weights.counts[row] for row in rows]
        factors = [weights.factors[row] for row in rows]
        masses = [weights.bin_weights[row] for row in rows]
        if divisors is not None:
            own = [c * u / divisors[row] for c, u, row in zip(counts, factors, rows, strict=True)]
            counts, factors, masses, _ = row_weights(np.array(own), len(rows))
        return loss.leaf_step(residuals[rows], counts, factors, masses)

    return step_of


def boost(
    X: Floats,
    y: Floats,
    sample_weight: Floats | None = None,
    *,
    init_score: Floats | None = None,
    objective: str = "squared_error",
    n_classes: int = 1,
    n_iterations: int = 10,
    categories: Mapping[int, int] | None = None,
    max_bins: int = 255,
    quantile: float = 0.5,
    power: float = 1.5,
    subsample: float = 1.0,
    gradient_based_sampling: bool = False,
    **tree_params: Any,
) -> Boosted:
    """Fit ``n_iterations`` times K trees; ``tree_params`` are the fields of TreeParams.

    ``categories`` maps a categorical feature to the number of its categories.
    """
    categories = categories or {}
    X = strangers_missing(X, categories)
    if sample_weight is not None:
        kept = sample_weight > 0
        X, y, sample_weight = X[kept], y[kept], sample_weight[kept]
        init_score = None if init_score is None else init_score[kept]
    n_rows, n_features = X.shape
    params = TreeParams(**tree_params)
    loss = make_objective(objective, n_classes, quantile=quantile, power=power)

    weights = row_weights(sample_weight, n_rows)
    counts, factors, bin_weights, factor_exponent = weights
    u = np.array(factors)
    edges = [[] if f in categories else bin_edges(X[:, f], bin_weights, max_bins) for f in range(n_features)]
    bins = bin_columns(X, edges, categories)
    features = [Feature(edges[f], bool(np.isnan(X[:, f]).any()), categories.get(f)) for f in range(n_features)]
    constant_hessian = loss.constant_hessian and all(factor == 1.0 for factor in factors)

    given = init_score is not None
    baseline = np.zeros(loss.n_outputs) if given else loss.baseline(y, counts, factors, bin_weights)
    model = Boosted(loss, baseline, n_features, categories)
    model.raw = model.start_raw(n_rows, init_score)
    for iteration in range(n_iterations):
        loss.start_iteration(model.raw, y, bin_weights)
        gradients, hessians = loss.derivatives(model.raw, y)
        gradients, hessians = gradients * u[:, None], hessians * u[:, None]
        drawn, divisors = list(range(n_rows)), None
        if subsample < 1.0:
            probabilities = [subsample] * n_rows
            if gradient_based_sampling:
                probabilities = divisors = probabilities_by_gradient(gradients, hessians, counts, subsample)
            drawn = drawn_rows(params.seed, iteration, probabilities)
        trees = []
        for k in range(loss.n_outputs):
            tree = Node([], 0, 0)
            if drawn:
                g, h = gradients[drawn, k], hessians[drawn, k]
                if divisors is not None:
                    g, h = g / np.take(divisors, drawn), h / np.take(divisors, drawn)
                of_drawn = RowWeights(*(np.take(column, drawn).tolist() for column in weights[:3]), factor_exponent)
                is_constant = constant_hessian and divisors is None
                quantised = quantise(g, h, of_drawn.counts, is_constant, factor_exponent)
                data = TreeData(bins[drawn], features, of_drawn.counts, g, h, quantised)
                tree = grow_tree(data, params, number=iteration * loss.n_outputs + k)
                set_leaf_values(tree, data, params, loss.bounded_step)
                of_row = None if divisors is None else np.take(divisors, drawn).tolist()
                steps = leaf_steps(loss, model.raw[drawn, k], y[drawn], of_drawn, of_row)
                replace_leaf_values(tree, steps, params)
                bound_values(tree, params.monotonic_cst)
            trees.append(tree)
        for k, tree in enumerate(trees):
            for i, row in enumerate(X):
                model.raw[i, k] += find_leaf(tree, row).value
        model.trees.append(trees)
    return model
