"""Write the fuzzers' seeds from the golden files: `python -m tests.fuzz.make_corpus FOLDER`.

FOLDER/model gets arrays in the encoding of encoding.hpp, FOLDER/file gets model files. Small ones: the fuzzers make
their own large ones, and every byte of a seed is one that they try in vain.
"""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hornbeam as hb
from hornbeam._model_file import to_bytes

GOLDEN = pathlib.Path(__file__).parents[1] / "golden"

# The order of for_each_array in encoding.hpp.
ORDER = ("baseline", "tree_offset", "feature", "threshold", "missing_left", "left", "right", "gain", "node_count")
ORDER += ("leaf_offset", "leaf_value", "leaf_count")
CATEGORIES = ("categorical_feature", "n_categories", "category_node", "category_offset", "category_bits")
PER_NODE = ("feature", "threshold", "missing_left", "left", "right", "gain", "node_count")

Arrays = dict[str, NDArray[Any]]


def encode(arrays: Arrays) -> bytes:
    parts = [arrays["n_features"].astype("<i8").tobytes()]
    for name in ORDER + (CATEGORIES if "categorical_feature" in arrays else ()):
        array = arrays[name]
        parts += [len(array).to_bytes(2, "little"), array.astype(array.dtype.newbyteorder("<")).tobytes()]
    return b"".join(parts)


def first_iterations(arrays: Arrays, n_iterations: int) -> Arrays:
    """The arrays of the model as it was after its first iterations."""
    n_trees = n_iterations * len(arrays["baseline"])
    n_nodes, n_leaves = arrays["tree_offset"][n_trees], arrays["leaf_offset"][n_trees]
    cut = {name: arrays[name][:n_nodes] for name in PER_NODE}
    cut |= {name: arrays[name][:n_leaves] for name in ("leaf_value", "leaf_count")}
    cut |= {name: arrays[name][: n_trees + 1] for name in ("tree_offset", "leaf_offset")}
    return arrays | cut


def one_feature(arrays: Arrays) -> Arrays:
    """The arrays with every node on the first feature: more thresholds than a byte can count."""
    return arrays | {"feature": np.zeros_like(arrays["feature"])}


def main(folder: pathlib.Path) -> None:
    for kind in ("file", "model"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for path in sorted(GOLDEN.glob("v*/*.safetensors")):
        if path.stem.endswith(".expected"):
            continue
        estimator = hb.load(path)
        arrays = estimator._model.to_arrays()
        seed = f"{path.parent.name}-{path.stem}"
        small = {f"{n}": first_iterations(arrays, n) for n in (1, 4)}
        for name, cut in {**small, "one-feature": one_feature(first_iterations(arrays, 10))}.items():
            (folder / "model" / f"{seed}-{name}.bin").write_bytes(encode(cut))
        estimator._model = type(estimator._model).from_arrays(first_iterations(arrays, 1))
        (folder / "file" / f"{seed}.safetensors").write_bytes(to_bytes(estimator))
    write_categories(folder)


def write_categories(folder: pathlib.Path) -> None:
    """Write models with few categories, with many, and with more than a byte can count."""
    rng = np.random.default_rng(20261123)
    X = np.column_stack([rng.normal(size=600), rng.integers(0, 3, 600), rng.integers(0, 40, 600)])
    X[:, 0] = rng.integers(0, 300, 600)
    y = np.sin(X).sum(axis=1)
    model = hb.HistGradientBoostingRegressor(max_iter=2, max_leaf_nodes=6, categorical_features=[0, 1, 2])
    model.fit(X, y)
    (folder / "model" / "categories.bin").write_bytes(encode(model._model.to_arrays()))
    (folder / "file" / "categories.safetensors").write_bytes(to_bytes(model))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
