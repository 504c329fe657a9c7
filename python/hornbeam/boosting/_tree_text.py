"""The arrays of a model as dicts that JSON can hold, and one tree of them as text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Labels:
    """What the numbers of features, and of the categories of a feature, stand for."""

    features: list[str] | None
    categories: Mapping[int, NDArray[Any]]


def model_as_dict(arrays: Arrays, labels: Labels) -> dict[str, Any]:
    """Describe all trees, as `dump_model` documents it."""
    categories = _categories_left(arrays, labels)
    n_outputs = len(arrays["baseline"])
    n_trees = len(arrays["tree_offset"]) - 1
    return {
        "n_features": int(arrays["n_features"][0]),
        "feature_names": labels.features,
        "n_outputs": n_outputs,
        "n_iterations": n_trees // n_outputs,
        "baseline": arrays["baseline"].tolist(),
        "trees": [
            {
                "iteration": tree // n_outputs,
                "output": tree % n_outputs,
                **_tree_as_dict(arrays, tree, labels.features, categories),
            }
            for tree in range(n_trees)
        ],
    }


def _tree_as_dict(
    arrays: Arrays, tree: int, feature_names: list[str] | None, categories: Mapping[int, list[Any]]
) -> dict[str, Any]:
    nodes = slice(*arrays["tree_offset"][tree : tree + 2].tolist())
    leaves = slice(*arrays["leaf_offset"][tree : tree + 2].tolist())
    columns = ("feature", "threshold", "missing_left", "gain", "node_count", "left", "right")
    return {
        "nodes": [
            {
                "feature": feature,
                "feature_name": feature_names and feature_names[feature],
                "threshold": None if node in categories else _json_number(threshold),
                "categories_left": categories.get(node),
                "missing_left": bool(missing_left),
                "gain": gain,
                "count": count,
                "left": _child(left),
                "right": _child(right),
            }
            for node, feature, threshold, missing_left, gain, count, left, right in zip(
                range(nodes.start, nodes.stop), *(arrays[name][nodes].tolist() for name in columns), strict=True
            )
        ],
        "leaves": [
            {"value": value, "count": count}
            for value, count in zip(
                arrays["leaf_value"][leaves, 0].tolist(), arrays["leaf_count"][leaves].tolist(), strict=True
            )
        ],
    }


def _json_number(x: float) -> float | str:
    return x if math.isfinite(x) else str(x)


def _categories_left(arrays: Arrays, labels: Labels) -> dict[int, list[Any]]:
    """The categories that go left, by node, of the nodes that ask for categories."""
    if "category_node" not in arrays:
        return {}
    offset = arrays["category_offset"].tolist()
    left = {}
    for node, begin, end in zip(arrays["category_node"].tolist(), offset, offset[1:], strict=False):
        numbers = np.flatnonzero(np.unpackbits(_octets(arrays["category_bits"][begin:end]), bitorder="little"))
        known = labels.categories[int(arrays["feature"][node])]
        left[node] = [_json_category(value) for value in known[numbers[numbers < len(known)]].tolist()]
    return left


def _json_category(value: float | str) -> float | str:
    return value if isinstance(value, str) else _json_number(value)


def _octets(words: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return words.astype("<u4").view(np.uint8)


def _child(child: int) -> dict[str, int]:
    return {"node": child} if child >= 0 else {"leaf": ~child}


def tree_as_text(arrays: Arrays, tree: int, labels: Labels, max_depth: int, decimals: int) -> str:
    """Draw a tree, as `export_text` documents it. Without recursion: it may be deep."""
    described = _tree_as_dict(arrays, tree, labels.features, _categories_left(arrays, labels))
    nodes, leaves = described["nodes"], described["leaves"]
    lines: list[str] = []
    # Depth, and what is there: a child, or the text of a branch.
    waiting: list[tuple[int, dict[str, int] | str]] = [(0, {"node": 0} if nodes else {"leaf": 0})]
    while waiting:
        depth, what = waiting.pop()
        if isinstance(what, str):
            lines.append(_line(depth, what))
        elif "leaf" in what:
            leaf = leaves[what["leaf"]]
            lines.append(_line(depth, f"value: {leaf['value']:z.{decimals}f} (count {leaf['count']})"))
        elif depth >= max_depth:
            lines.append(_line(depth, "..."))
        else:
            node = nodes[what["node"]]
            left, right = _questions(node, decimals)
            size = f" (gain {node['gain']:z.{decimals}f}, count {node['count']})"
            waiting += [(depth + 1, node["right"]), (depth, right), (depth + 1, node["left"]), (depth, left + size)]
    return "\n".join(lines)


def _line(depth: int, text: str) -> str:
    return "|   " * depth + "|--- " + text


def _questions(node: Mapping[str, Any], decimals: int) -> tuple[str, str]:
    """What the rows have in common that go left, and those that go right."""
    name = node["feature_name"] or f"x{node['feature']}"
    if node["categories_left"] is None:
        threshold = f"{float(node['threshold']):z.{decimals}f}"
        left, right = f"{name} <= {threshold}", f"{name} > {threshold}"
    else:
        categories = ", ".join(map(str, node["categories_left"]))
        left, right = f"{name} in {{{categories}}}", f"{name} not in {{{categories}}}"
    return (f"{left} or missing", right) if node["missing_left"] else (left, f"{right} or missing")
