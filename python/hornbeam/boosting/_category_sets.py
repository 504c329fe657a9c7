"""The sets of categories in the arrays of a model: which go left at a node, 32 to a word; and where most rows go."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Words = NDArray[np.uint32]


def packed_set(is_in: NDArray[np.bool_]) -> Words:
    """Return the words of a set."""
    padded = np.zeros(-(-len(is_in) // 32) * 32, dtype=bool)
    padded[: len(is_in)] = is_in
    return np.packbits(padded, bitorder="little").view("<u4").astype(np.uint32)


def category_sets(arrays: Arrays) -> dict[int, Words]:
    """Return the set of each node that splits categories."""
    if "category_node" not in arrays:
        return {}
    ends = arrays["category_offset"].tolist()
    return {
        node: arrays["category_bits"][begin:end]
        for node, begin, end in zip(arrays["category_node"].tolist(), ends[:-1], ends[1:], strict=True)
    }


def with_category_sets(arrays: Arrays, n_categories: NDArray[np.int64], sets: dict[int, Words]) -> Arrays:
    """Return the arrays of a model of these features, whose categorical nodes are those of the sets."""
    nodes = sorted(sets)
    features = np.flatnonzero(n_categories)
    return arrays | {
        "n_features": np.array([len(n_categories)], dtype=np.int64),
        "categorical_feature": features.astype(np.int32),
        "n_categories": n_categories[features],
        "category_node": np.array(nodes, dtype=np.int64),
        "category_offset": np.cumsum([0, *(len(sets[node]) for node in nodes)], dtype=np.int64),
        "category_bits": np.concatenate([np.empty(0, np.uint32), *(sets[node] for node in nodes)]),
    }


def has_more_on_the_left(arrays: Arrays) -> NDArray[np.bool_]:
    """Return for each node whether its left child has at least as many rows as its right one."""
    n_nodes = np.diff(arrays["tree_offset"])
    first_node = np.repeat(arrays["tree_offset"][:-1], n_nodes)
    first_leaf = np.repeat(arrays["leaf_offset"][:-1], n_nodes)

    def count(child: NDArray[np.int32]) -> NDArray[np.int64]:
        is_node = child >= 0
        counts = np.empty(len(child), dtype=np.int64)
        counts[is_node] = arrays["node_count"][(first_node + child)[is_node]]
        counts[~is_node] = arrays["leaf_count"][(first_leaf + ~child)[~is_node]]
        return counts

    more: NDArray[np.bool_] = count(arrays["left"]) >= count(arrays["right"])
    return more
