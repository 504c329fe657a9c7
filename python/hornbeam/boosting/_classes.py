"""Classes as numbers: codes of labels, weights of classes as weights of rows, probabilities of two classes or more."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from hornbeam._core import binary_probabilities, softmax
from hornbeam._validation import Float64, reading
from hornbeam.boosting._custom_loss import inverse_link


def codes_of(y: NDArray[Any], classes: NDArray[Any], complaint: str) -> Float64:
    """The index of each label among the classes; ValueError with this complaint if a label is none of them."""
    labels, codes = np.unique(y, return_inverse=True)
    if classes.dtype.kind == "M":
        labels = labels.astype(classes.dtype)  # equal times may be counted in different units
    known = {label: code for code, label in enumerate(classes.tolist())}
    unseen = [label for label in labels.tolist() if label not in known]
    if unseen:
        raise ValueError(f"{complaint}: {unseen[:10]}")
    return np.array([known[label] for label in labels.tolist()], dtype=np.float64)[codes]


def weigh_classes(class_weight: Any, y: NDArray[Any], sample_weight: Float64 | None) -> Float64 | None:
    """The weight of each row times that of its class."""
    if class_weight is None:
        return sample_weight
    by_class = class_weight
    if isinstance(class_weight, str):  # "balanced": a row of weight zero must count as if it were not there
        counted = y if sample_weight is None else y[sample_weight > 0]
        classes = np.unique(counted)
        by_class = dict(zip(classes, compute_class_weight("balanced", classes=classes, y=counted), strict=True))
    with reading("class_weight"):
        weight: Float64 = compute_sample_weight(by_class, y)
    if sample_weight is not None:
        with np.errstate(over="ignore"):  # the check below says what is wrong with it
            weight = weight * sample_weight
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.any()):
        raise ValueError(
            f"class_weight={class_weight!r} times sample_weight must be finite and non-negative, and not zero for "
            "every row"
        )
    return weight


def probabilities(loss: Any, raw: Float64) -> Float64:
    """The probability of each class, a column for each."""
    own = _own_probabilities(loss, raw)
    if own is not None:
        return own
    return softmax(raw) if raw.shape[1] > 1 else binary_probabilities(raw.ravel())


def winners(loss: Any, raw: Float64) -> NDArray[np.intp]:
    """The index of the most probable class, the first of equals."""
    own = _own_probabilities(loss, raw)
    if own is None and raw.shape[1] == 1:  # zero is the tie, and the first class wins it as argmax would have it
        return (raw[:, 0] > 0).astype(np.intp)
    winner: NDArray[np.intp] = (raw if own is None else own).argmax(axis=1)
    return winner


def _own_probabilities(loss: Any, raw: Float64) -> Float64 | None:
    """The probabilities that the loss gives itself, if it does."""
    p = inverse_link(loss, raw)
    if p is None:
        return None
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"loss returned probabilities beyond 0 and 1: {p.min()} to {p.max()}")
    return np.column_stack([1 - p, p]) if p.ndim == 1 else p
