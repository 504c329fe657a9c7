"""Which value an element of a tensor may have, told from what the tensors mean and not from the validator."""

from __future__ import annotations

import json
import math

from tests.malformed.saved_files import SavedFile


def is_legal_element(file: SavedFile, name: str, value: float) -> bool:
    """Whether the file is still a model when one element of the tensor takes this value, another than it had."""
    match name.removeprefix("trees."):
        case "left" | "right" | "tree_offset" | "leaf_offset":
            return False  # some node or leaf would be reached twice, and another never
        case "feature":
            return 0 <= value < int(file.tensors["trees.n_features"][0])
        case "n_features":
            has_names = json.loads(file.metadata["fitted"])["feature_names"] is not None
            return not has_names and int(file.tensors["trees.feature"].max()) < value < 2**31
        case "missing_left":
            return value in (0, 1)
        case "node_count" | "leaf_count":
            return value >= 0
        case "threshold":
            return not math.isnan(value)
        case "gain":
            return math.isfinite(value) and value >= 0
        case "baseline" | "leaf_value":
            return math.isfinite(value)
        case "train_score" | "validation_score":
            return True  # a scorer may return anything
    raise AssertionError(f"what may {name} hold?")
