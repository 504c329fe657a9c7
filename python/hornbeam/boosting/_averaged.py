"""Several models as one, whose raw score is the mean of theirs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._core import TreeModel

# Where trees, leaves and sets of categories begin, and the end of the last.
_OFFSETS = {"tree_offset", "leaf_offset", "category_offset"}
# Arrays that the models have in common.
_COMMON = {"n_features", "categorical_feature", "n_categories"}


def average(models: Sequence[TreeModel]) -> TreeModel:
    """Return one model of the trees of all, in their order, each leaf divided by the number of models.

    The models have the same features, categories and outputs.
    """
    arrays = [model.to_arrays() for model in models]
    averaged: dict[str, NDArray[Any]] = {}
    for name in arrays[0]:
        parts = [of_model[name] for of_model in arrays]
        if name in _COMMON:
            averaged[name] = parts[0]
        elif name == "baseline":
            # Exactly, for the sum may leave the float64 range and rounding is a mode of the thread.
            averaged[name] = np.array([statistics.mean(scores) for scores in np.stack(parts, axis=1).tolist()])
        elif name == "leaf_value":
            averaged[name] = np.concatenate(parts) / len(models)
        elif name in _OFFSETS:
            averaged[name] = _joined_offsets(parts)
        elif name == "category_node":
            averaged[name] = _shifted(parts, [len(of_model["feature"]) for of_model in arrays])
        else:
            averaged[name] = np.concatenate(parts)
    return TreeModel.from_arrays(averaged)


def _joined_offsets(parts: list[NDArray[Any]]) -> NDArray[Any]:
    ends = _shifted([offsets[1:] for offsets in parts], [int(offsets[-1]) for offsets in parts])
    return np.concatenate([parts[0][:1], ends])


def _shifted(parts: list[NDArray[Any]], lengths: list[int]) -> NDArray[Any]:
    """Join indices into arrays of these lengths, which are joined as well."""
    starts = np.cumsum([0, *lengths[:-1]])
    return np.concatenate([part + start for part, start in zip(parts, starts, strict=True)]).astype(parts[0].dtype)
