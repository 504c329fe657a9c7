"""Which value an element of a tensor may have, told from what the tensors mean and not from the validator."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np

from tests.malformed.saved_files import SavedFile


def is_legal_element(file: SavedFile, name: str, index: int, value: float) -> bool:
    """Whether the file is still a model when this element of the tensor takes this value, another than it had."""
    match name.removeprefix("trees."):
        case "left" | "right" | "tree_offset" | "leaf_offset":
            return False  # some node or leaf would be reached twice, and another never
        case "feature":
            old = int(file.tensors[name][index])
            numeric = not {old, value} & set(n_categories(file))
            return numeric and 0 <= value < int(file.tensors["trees.n_features"][0])
        case "n_features":
            fitted = json.loads(file.metadata["fitted"])
            has_names = fitted.get("ensemble", fitted)["feature_names"] is not None
            return not has_names and int(file.tensors["trees.feature"].max()) < value < 2**31
        case "missing_left":
            return value in (0, 1)
        case "node_count" | "leaf_count":
            return value >= 0
        case "threshold":
            is_category_node = index in file.tensors.get("trees.category_node", [])
            return value == 0.0 if is_category_node else not math.isnan(value)
        case "gain":
            return math.isfinite(value) and value >= 0
        case "baseline" | "leaf_value":
            return math.isfinite(value)
        case "train_score" | "validation_score":
            return True  # a scorer may return anything
        case "categorical_feature" | "n_categories" | "category_node" | "category_offset":
            return False  # categories, nodes and their sets would be of different features
        case "category_bits":
            return value < 2 ** n_bits(file, index)
    kind, _, feature = name.rpartition(".")
    assert kind in ("category_numbers", "category_text", "category_text_ends"), f"what may {name} hold?"
    values = categories(file, int(feature), name, index, value)
    return values is not None and all(a < b for a, b in itertools.pairwise(values))


def n_categories(file: SavedFile) -> dict[int, int]:
    """The number of categories of each categorical feature."""
    features, counts = file.tensors.get("trees.categorical_feature", []), file.tensors.get("trees.n_categories", [])
    return {int(feature): int(n) for feature, n in zip(features, counts, strict=True)}


def n_bits(file: SavedFile, word: int) -> int:
    """How many categories a word of a set holds."""
    split = int(np.searchsorted(file.tensors["trees.category_offset"], word, side="right")) - 1
    feature = int(file.tensors["trees.feature"][file.tensors["trees.category_node"][split]])
    before = 32 * (word - int(file.tensors["trees.category_offset"][split]))
    return min(32, n_categories(file)[feature] - before)


def categories(file: SavedFile, feature: int, name: str, index: int, value: float) -> list[float] | list[str] | None:
    """The categories of a feature if this element of their tensors had this value; None if they were none."""
    numbers = file.tensors.get(f"category_numbers.{feature}")
    if numbers is not None:
        found = [value if i == index else float(number) for i, number in enumerate(numbers)]
        return None if any(map(math.isnan, found)) else found
    text, ends = (list(file.tensors[f"{kind}.{feature}"]) for kind in ("category_text", "category_text_ends"))
    (ends if name.startswith("category_text_ends") else text)[index] = value
    places = [0, *ends]
    if places != sorted(places) or places[-1] != len(text):
        return None
    try:
        return [bytes(text[a:b]).decode("utf-8", "surrogatepass") for a, b in itertools.pairwise(places)]
    except UnicodeDecodeError:
        return None
