"""Leaf values learned anew in the trees of a model (docs/boosting.md, section 9)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.reference.binning import midpoint, row_weights
from tests.reference.boosting import Boosted, find_leaf, leaf_steps
from tests.reference.gains import TreeParams
from tests.reference.quantisation import quantise
from tests.reference.splits import TreeData
from tests.reference.trees import bound_values, replace_leaf_values, set_leaf_values

Floats = npt.NDArray[np.float64]


def refit(
    model: Boosted, X: Floats, y: Floats, sample_weight: Floats | None, params: TreeParams, decay: float = 0.0
) -> None:
    """Change the baseline and the leaf values of ``model``."""
    weights = row_weights(sample_weight, len(y))
    counts, factors, bin_weights, factor_exponent = weights
    u, loss = np.array(factors), model.objective
    constant_hessian = loss.constant_hessian and all(factor == 1.0 for factor in factors)

    fresh = np.asarray(loss.baseline(y, counts, factors, bin_weights))
    model.baseline = fresh if decay == 0 else decay * model.baseline + (1 - decay) * fresh
    model.raw = np.tile(model.baseline, (len(X), 1))
    for trees in model.trees:
        loss.start_iteration(model.raw, y, bin_weights)
        gradients, hessians = loss.derivatives(model.raw, y)
        for k, tree in enumerate(trees):
            g, h = gradients[:, k] * u, hessians[:, k] * u
            old = {id(leaf): leaf.value for leaf in tree.leaves()}
            for leaf in tree.leaves():
                leaf.rows = []
            for i, row in enumerate(X):
                find_leaf(tree, row).rows.append(i)
            for node in tree.inner_nodes():
                node.rows = [row for leaf in node.leaves() for row in leaf.rows]
            quantised = quantise(g, h, counts, constant_hessian, factor_exponent)
            data = TreeData(np.empty((0, 0), np.uint8), [], counts, g, h, quantised)
            steps = leaf_steps(loss, model.raw[:, k], y, weights)
            set_leaf_values(tree, data, params, loss.bounded_step)
            replace_leaf_values(tree, lambda rows, steps=steps: steps(rows) if rows else None, params)
            constrained = any(params.monotonic_cst)
            for node in [*tree.inner_nodes(), *tree.leaves()]:
                if not node.rows:
                    node.value = middle_value([old[id(leaf)] for leaf in node.leaves()])
            if constrained:
                bound_values(tree, params.monotonic_cst)
            for leaf in tree.leaves():
                if decay != 0 and (leaf.rows or constrained):
                    leaf.value = decay * old[id(leaf)] + (1 - decay) * leaf.value
        for k, tree in enumerate(trees):
            for leaf in tree.leaves():
                model.raw[leaf.rows, k] += leaf.value


def middle_value(values: list[float]) -> float:
    return midpoint(min(values), max(values))
