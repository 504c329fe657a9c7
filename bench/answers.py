"""No time counts before the answer is right: what every benchmark asserts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.data import Table
from bench.peers import PEERS, Settings, loss, threads

# A fit may lose this much of the reference's training loss (without LightGBM, scikit-learn's).
LOSS_TOLERANCE = 0.002


def reference_loss(table: Table, settings: Settings) -> float:
    """Return the training loss that a fit of hornbeam must reach."""
    candidates = [peer for peer in PEERS if peer.library.available and peer.label in {"LightGBM", "scikit-learn"}]
    with threads(settings):
        return loss(candidates[0].make(table.task, settings.of(table.task)).fit(table.X, table.y), table)


def assert_losses_are_as_good(found: list[float], reference: list[float]) -> None:
    """Assert that losses, each beside its reference, are as good on average; where tables differ, beyond doubt."""
    excess = np.array(found) / np.array(reference) - 1
    doubt = 2 * excess.std(ddof=1) / math.sqrt(len(excess)) if len(excess) > 1 else 0.0
    assert excess.mean() <= LOSS_TOLERANCE + doubt, (
        f"loss {np.mean(found):.6f}, reference {np.mean(reference):.6f}: {excess.mean():.2%} above, within {doubt:.2%}"
    )


def assert_same_leaves(estimator: Any, X: NDArray[np.float32], n_rows: int = 100) -> None:
    """Assert that raw predictions are those of a walk from node to node, bit for bit."""
    model = estimator._model
    rows = X[:: max(1, len(X) // n_rows)]
    np.testing.assert_array_equal(model.predict_raw(rows), [walk(model, row) for row in rows])


def walk(model: Any, row: NDArray[np.float32]) -> list[float]:
    arrays = model.to_arrays()
    raw = [float(value) for value in model.baseline()]
    for tree in range(model.n_iterations * model.n_outputs):
        first_node, first_leaf = arrays["tree_offset"][tree], arrays["leaf_offset"][tree]
        child = 0 if arrays["tree_offset"][tree + 1] > first_node else ~0
        while child >= 0:
            node = first_node + child
            x = float(row[arrays["feature"][node]])
            left = arrays["missing_left"][node] if math.isnan(x) else x <= arrays["threshold"][node]
            child = int(arrays["left" if left else "right"][node])
        raw[tree % model.n_outputs] += float(arrays["leaf_value"][first_leaf + ~child, 0])
    return raw
