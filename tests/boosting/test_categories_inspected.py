"""Trees with sets of categories are explained, cut, refitted and described as those of numbers are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hornbeam import _core
from hornbeam.boosting._tree_text import Labels, model_as_dict, tree_as_text
from tests.boosting.support import Floats, assert_same_arrays, train

N_CATEGORIES = np.array([0, 40, 3])


@pytest.fixture(scope="module")
def rows() -> tuple[Floats, Floats]:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=400), rng.integers(0, 40, 400), rng.integers(0, 3, 400)])
    y = X[:, 0] + np.sin(X[:, 1]) + (X[:, 2] == 1) * X[:, 0]
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, y


def trained(rows: tuple[Floats, Floats], n_iterations: int) -> _core.TreeModel:
    return train(*rows, n_iterations=n_iterations, max_leaf_nodes=12, n_categories=N_CATEGORIES).model()


def test_contributions_add_up_to_the_scores(rows: tuple[Floats, Floats]) -> None:
    model = trained(rows, 5)
    assert len(model.to_arrays()["category_node"])
    X = np.append(rows[0], [[0.0, 99.0, -1.0], [0.0, 1.5, 2.0]], axis=0)
    found = _core.contributions(model, X)
    np.testing.assert_allclose(found.sum(axis=1), model.predict_raw(X), rtol=1e-12, atol=1e-12)
    unused = rows[0].copy()
    unused[:, 1] = 99.0  # no category: as if missing
    missing = rows[0].copy()
    missing[:, 1] = np.nan
    np.testing.assert_array_equal(_core.contributions(model, unused), _core.contributions(model, missing))


def test_truncated_model_is_the_shorter_one(rows: tuple[Floats, Floats]) -> None:
    for n in range(6):
        assert_same_arrays(trained(rows, 5).truncated(n).to_arrays(), trained(rows, n).to_arrays())


def test_training_rows_give_the_training_bits_again(rows: tuple[Floats, Floats]) -> None:
    model = trained(rows, 3)
    found = _core.refit(model, *rows, None, objective="squared_error", decay=0.0)
    assert_same_arrays(found.to_arrays(), model.to_arrays())


def test_description_sends_rows_to_their_leaves(rows: tuple[Floats, Floats]) -> None:
    model = trained(rows, 3)
    leaves = _core.leaf_indices(model, rows[0])[:, :, 0]
    towns, kinds = np.array([f"town {i}" for i in range(40)], dtype=object), np.arange(3.0)
    labels = Labels(["x", "town", "c"], {1: towns, 2: kinds})
    described = model_as_dict(model.to_arrays(), labels)
    for tree, (i, row) in itertools.product(range(3), enumerate(rows[0][:50])):
        at = {"node": 0}
        while "node" in at:
            node = described["trees"][tree]["nodes"][at["node"]]
            x, left = row[node["feature"]], node["missing_left"]
            if not np.isnan(x):
                categories = node["categories_left"]
                name = towns[int(x)] if node["feature_name"] == "town" else x
                left = x <= float(node["threshold"]) if categories is None else name in categories
            at = node["left" if left else "right"]
        assert at["leaf"] == leaves[i, tree]
    assert "town in {town " in tree_as_text(model.to_arrays(), 0, labels, 10, 3)
