"""What a file keeps of a fitted gradient boosting estimator, and how it is checked on the way back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import TreeModel
from hornbeam._model_file import FittedState, SaveMixin
from hornbeam._plain_json import decode_labels, encode_labels, expect
from hornbeam.boosting._categories import Categories
from hornbeam.boosting._custom_loss import refuse_to_save
from hornbeam.boosting._parameters import ADDED_CONSTRAINTS

# Tensors of the trees carry this prefix; TreeModel.from_arrays knows which there are and checks every value.
_TREES = "trees."
_SCORES = ("train_score", "validation_score")
_SCALARS = {"classes", "do_early_stopping", "feature_names", "random_seed"}
# Only there if true, so that files without it stay as they always were.
_LOG_LINK = "log_link"


class PersistentBoosting(SaveMixin):
    """Turns the fitted attributes into scalars and tensors and back."""

    _saved_unless_default = frozenset(ADDED_CONSTRAINTS)

    def _fitted_state(self) -> FittedState:
        check_is_fitted(self)
        own = vars(self)
        refuse_to_save(own.get("_custom_loss"))
        scalars = {
            "classes": encode_labels(own["classes_"]) if is_classifier(self) else None,
            "do_early_stopping": own["do_early_stopping_"],
            "feature_names": own["feature_names_in_"].tolist() if "feature_names_in_" in own else None,
            "random_seed": own["_random_seed"],
        }
        if own.get("_has_log_link"):
            scalars[_LOG_LINK] = True
        tensors = {_TREES + name: array for name, array in own["_model"].to_arrays().items()}
        tensors |= {name: own[name + "_"] for name in _SCORES}
        if own.get("_categories") is not None:
            tensors |= own["_categories"].to_tensors()
        return FittedState(scalars, tensors)

    def _restore_fitted_state(self, state: FittedState) -> None:
        scalars, tensors = state
        known = set(scalars) - {_LOG_LINK}
        expect(known == _SCALARS, f"fitted scalars are {sorted(scalars)}, expected {sorted(_SCALARS)}")
        expect(scalars.get(_LOG_LINK, True) is True, "log_link is not true")
        arrays = {name.removeprefix(_TREES): array for name, array in tensors.items() if name.startswith(_TREES)}
        others = {name: array for name, array in tensors.items() if not name.startswith(_TREES)}
        scores_found = {name: others.pop(name) for name in _SCORES if name in others}
        expect(set(scores_found) == set(_SCORES), f"tensors of scores are {sorted(scores_found)}, expected {_SCORES}")
        for name, scores in scores_found.items():
            expect(scores.ndim == 1 and scores.dtype == np.float64, f"tensor {name!r} is not a float64 vector")
        model = TreeModel.from_arrays(arrays)
        expect(set(arrays) == set(model.to_arrays()), "there are tensors that no tree has")
        expect(model.n_iterations > 0, "the model has no iteration")
        n_categories = {
            int(feature): int(n)
            for feature, n in zip(arrays.get("categorical_feature", ()), arrays.get("n_categories", ()), strict=True)
        }
        categories = Categories.from_tensors(others, n_categories)
        expect(type(scalars["do_early_stopping"]) is bool, "do_early_stopping is not a boolean")
        seed = scalars["random_seed"]
        expect(type(seed) is int and 0 <= seed < 2**64, "random_seed is not an unsigned 64-bit integer")
        restored: dict[str, Any] = {
            "n_features_in_": model.n_features,
            "n_trees_per_iteration_": model.n_outputs,
            "is_categorical_": None if categories is None else categories.mask(model.n_features),
            "_categories": categories,
            "do_early_stopping_": scalars["do_early_stopping"],
            "_random_seed": seed,
            "_model": model,
            "_custom_loss": None,
            **{name + "_": scores.copy() for name, scores in scores_found.items()},  # else they would keep the file
        }
        if scalars["feature_names"] is not None:
            restored["feature_names_in_"] = _feature_names(scalars["feature_names"], model.n_features)
        if is_classifier(self):
            restored["classes_"] = classes = _classes(scalars["classes"], model.n_outputs)
            raises_score = any((arrays[name] > 0).any() for name in ("baseline", "leaf_value"))
            expect(_LOG_LINK not in scalars, "a classifier has no log_link")
            expect(len(classes) > 1 or not raises_score, "the trees of one class vote for a second")
        else:
            expect(scalars["classes"] is None and model.n_outputs == 1, "a regressor has no classes and one output")
            restored["_has_log_link"] = _LOG_LINK in scalars
        self.__dict__.update(restored)


def _feature_names(names: Any, n_features: int) -> NDArray[np.object_]:
    expect(isinstance(names, list) and all(isinstance(name, str) for name in names), "feature_names are not strings")
    expect(len(names) == n_features, f"there are {len(names)} feature_names for {n_features} features")
    return np.array(names, dtype=object)


def _classes(encoded: Any, n_outputs: int) -> NDArray[Any]:
    expect(n_outputs != 2, "no classifier has two outputs: two classes need one")
    classes = decode_labels(encoded, counts=(1, 2) if n_outputs == 1 else (n_outputs,))
    expect(all(a < b for a, b in itertools.pairwise(classes)), "classes are not sorted and distinct")
    return classes
