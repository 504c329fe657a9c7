"""Training with defaults, data strategies, and the comparison of the engine's arrays with the twin's trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt

from hornbeam import _core
from tests.reference.boosting import Boosted, boost
from tests.reference.trees import Node

Floats = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]

# What the twin's boost() does not know; everything else has the same name on both sides.
ENGINE_DEFAULTS: dict[str, Any] = {
    "objective": "squared_error",
    "n_classes": 1,
    "learning_rate": 0.1,
    "max_leaf_nodes": 0,
    "max_depth": 0,
    "min_samples_leaf": 1,
    "l2_regularization": 0.0,
    "max_features": 1.0,
    "max_bins": 255,
    "cat_smooth": 0.0,
    "cat_l2": 0.0,
    "max_cat_to_onehot": 0,
    "cat_cost": 0.0,
    "seed": 0,
    "n_threads": 1,
}


def train(
    X: npt.NDArray[Any], y: Floats, sample_weight: Floats | None = None, *, n_iterations: int = 1, **params: Any
) -> _core.Trainer:
    """Return the engine's trainer after ``n_iterations``; the default parameters restrain nothing."""
    trainer = _core.Trainer(X, y, sample_weight, **(ENGINE_DEFAULTS | params))
    for _ in range(n_iterations):
        trainer.boost()
    return trainer


def train_both(
    X: Floats, y: Floats, sample_weight: Floats | None = None, **params: Any
) -> tuple[_core.Trainer, Boosted]:
    """Train the engine and the twin on the same data with the same parameters."""
    n_iterations = params.pop("n_iterations", 1)
    categories = params.get("categories")
    engine_params = {name: value for name, value in params.items() if name != "categories"}
    if categories:
        n_categories = [categories.get(feature, 0) for feature in range(X.shape[1])]
        engine_params["n_categories"] = np.array(n_categories, dtype=np.int64)
    engine = train(X, y, sample_weight, n_iterations=n_iterations, **engine_params)
    return engine, boost(X, y, sample_weight, n_iterations=n_iterations, **params)


def case_id(value: Any) -> str:
    """Return the id of a parameter, the same in every process: that of a function would hold its address."""
    return "target" if callable(value) else str(value)


def copy_of(model: _core.TreeModel) -> Arrays:
    return {name: np.array(array) for name, array in model.to_arrays().items()}


def same_bits(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def assert_same_arrays(a: Arrays, b: Arrays) -> None:
    """Assert that two models are the same, bit for bit."""
    assert a.keys() == b.keys()
    for name in a:
        assert same_bits(np.asarray(a[name]), np.asarray(b[name])), name


# The engine's arrays against the twin's trees ---------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """One tree of TreeModel.to_arrays(): slices of the arrays of nodes and of leaves."""

    nodes: Arrays
    leaf_value: Floats
    leaf_count: npt.NDArray[np.int64]
    left_categories: dict[int, frozenset[int]]  # of the categorical nodes

    @property
    def root(self) -> int:
        """A child as in the arrays: a node, or a leaf as its complement."""
        return 0 if len(self.nodes["feature"]) else ~0


NODE_ARRAYS = ("feature", "threshold", "left", "right", "missing_left", "gain", "node_count")


def left_categories(arrays: Arrays) -> dict[int, frozenset[int]]:
    """The categories that go left at each categorical node."""
    sets = {}
    for split, node in enumerate(arrays.get("category_node", [])):
        words = arrays["category_bits"][slice(*arrays["category_offset"][split : split + 2])]
        bits = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little")
        sets[int(node)] = frozenset(np.flatnonzero(bits).tolist())
    return sets


def trees_of(arrays: Arrays) -> list[Tree]:
    nodes, leaves = arrays["tree_offset"], arrays["leaf_offset"]
    sets = left_categories(arrays)
    return [
        Tree(
            {name: arrays[name][nodes[t] : nodes[t + 1]] for name in NODE_ARRAYS},
            arrays["leaf_value"][leaves[t] : leaves[t + 1], 0],
            arrays["leaf_count"][leaves[t] : leaves[t + 1]],
            {node - nodes[t]: left for node, left in sets.items() if nodes[t] <= node < nodes[t + 1]},
        )
        for t in range(len(nodes) - 1)
    ]


def assert_same_trees(model: _core.TreeModel, twin: Boosted, *, rtol: float = 0.0) -> None:
    """Assert equal structure; gains and leaf values within ``rtol`` (of the tree's largest, for leaves)."""
    expected = [tree for trees in twin.trees for tree in trees]
    engine = trees_of(model.to_arrays())
    assert len(engine) == len(expected)
    for tree, node in zip(engine, expected, strict=True):
        assert len(tree.leaf_value) == len(list(node.leaves()))
        atol = rtol * max(abs(leaf.value) for leaf in node.leaves())
        _assert_same_subtree(tree, tree.root, node, rtol, atol)


def _assert_same_subtree(tree: Tree, child: int, node: Node, rtol: float, atol: float) -> None:
    assert (child < 0) == node.is_leaf
    if node.left is None or node.right is None:
        assert tree.leaf_count[~child] == node.count
        np.testing.assert_allclose(tree.leaf_value[~child], node.value, rtol=rtol, atol=atol)
        return
    assert node.split is not None
    found = {name: tree.nodes[name][child] for name in NODE_ARRAYS}
    assert found["feature"] == node.split.feature
    assert tree.left_categories.get(child) == node.split.left_categories
    assert found["threshold"] == (0.0 if node.split.left_categories is not None else node.threshold)
    assert bool(found["missing_left"]) == node.split.missing_left
    assert found["node_count"] == node.count
    np.testing.assert_allclose(found["gain"], node.gain, rtol=rtol)
    _assert_same_subtree(tree, int(found["left"]), node.left, rtol, atol)
    _assert_same_subtree(tree, int(found["right"]), node.right, rtol, atol)


def chain(n_nodes: int, n_features: int, counts: str = "falling") -> Arrays:
    """Arrays of a tree that is one long path: node i asks feature i mod n_features, and its right child is a leaf."""
    nodes, leaves = np.arange(n_nodes), np.arange(n_nodes + 1)
    ones = np.ones(n_nodes + 1, np.int64)
    leaf_count = {"falling": ones, "zero": 0 * ones, "heavy leaves": ones * 10**15, "heavy end": ones.copy()}[counts]
    if counts == "heavy end":
        leaf_count[-1] = 10**15
    return {
        "n_features": np.array([n_features]),
        "baseline": np.array([0.5]),
        "tree_offset": np.array([0, n_nodes]),
        "feature": (nodes % n_features).astype(np.int32),
        "threshold": np.linspace(1.0, 0.0, n_nodes),
        "missing_left": (nodes % 2).astype(np.uint8),
        "left": np.append(nodes[1:], ~n_nodes).astype(np.int32)[:n_nodes],
        "right": ~nodes.astype(np.int32),
        "gain": np.ones(n_nodes),
        "node_count": leaf_count[::-1].cumsum()[:0:-1].copy(),
        "leaf_offset": np.array([0, n_nodes + 1]),
        "leaf_value": np.sin(leaves + 1.0).reshape(-1, 1),
        "leaf_count": leaf_count,
    }


# Data -------------------------------------------------------------------------------------------------


def make_data(
    n_rows: int, n_features: int, *, seed: int = 0, missing: float = 0.1, n_values: int | None = None
) -> tuple[Floats, Floats]:
    """Return a matrix with missing values and a smooth noisy target of it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features))
    if n_values is not None:
        X = np.floor(X * n_values / 4)
    y = np.sin(2 * X[:, 0]) + 0.5 * X[:, -1] + rng.normal(scale=0.2, size=n_rows)
    X[rng.random(X.shape) < missing] = np.nan
    return X, y


def finite_floats(magnitude: float = 1e300) -> st.SearchStrategy[float]:
    """Floats of every scale, denormals and exact duplicates included."""
    return st.one_of(
        st.integers(-3, 3).map(float),
        st.floats(-magnitude, magnitude),
        st.sampled_from([5e-324, -5e-324, 1e-310, magnitude, -magnitude, 1.0, np.nextafter(1.0, 2.0)]),
    )


@st.composite
def matrices(draw: st.DrawFn, max_rows: int = 24, max_features: int = 3, missing: bool = True) -> Floats:
    """Draw a matrix of hostile values."""
    shape = (draw(st.integers(1, max_rows)), draw(st.integers(1, max_features)))
    elements = st.one_of(finite_floats(), st.just(np.nan)) if missing else finite_floats()
    return draw(hnp.arrays(np.float64, shape, elements=elements))


def targets(n_rows: int, magnitude: float = 1e300) -> st.SearchStrategy[Floats]:
    return hnp.arrays(np.float64, n_rows, elements=finite_floats(magnitude))


def sample_weights(n_rows: int) -> st.SearchStrategy[Floats | None]:
    """Draw no weights, frequencies, or real weights."""
    frequencies = hnp.arrays(np.float64, n_rows, elements=st.integers(1, 5).map(float))
    factors = hnp.arrays(np.float64, n_rows, elements=st.floats(1e-3, 1e3))
    return st.one_of(st.none(), frequencies, factors)


def tree_params() -> st.SearchStrategy[dict[str, Any]]:
    """Draw limits and regularisation of a tree."""
    return st.fixed_dictionaries(
        {
            "learning_rate": st.sampled_from([0.1, 0.5, 1.0]),
            "max_leaf_nodes": st.sampled_from([0, 2, 3, 8]),
            "max_depth": st.sampled_from([0, 1, 3]),
            "min_samples_leaf": st.sampled_from([1, 2, 5]),
            "l2_regularization": st.sampled_from([0.0, 1e-3, 1.0, 100.0]),
            "max_bins": st.sampled_from([2, 3, 5, 255]),
        }
    )
