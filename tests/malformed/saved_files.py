"""The files that are damaged: every golden file, and fresh small ones of every public estimator."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

from hornbeam import HistGradientBoostingRegressor
from hornbeam._container import pack, unpack
from hornbeam._model_file import _checksums, to_bytes
from tests.public_estimators import AUTOMATIC, ESTIMATORS, name_of

GOLDEN = sorted((pathlib.Path(__file__).parents[1] / "golden").glob("v*/*.safetensors"))
GOLDEN = [path for path in GOLDEN if not path.stem.endswith(".expected")]

# Numbers of classes of the fresh files, of regressors and classifiers.
CLASSES = {False: (1,), True: (2, 3)}

Tensors = dict[str, NDArray[Any]]
Metadata = dict[str, str]


@dataclass(frozen=True)
class SavedFile:
    name: str
    data: bytes

    @property
    def is_golden(self) -> bool:
        return self.name.startswith("v")

    @property
    def header_length(self) -> int:
        return 8 + int.from_bytes(self.data[:8], "little")

    @functools.cached_property
    def tensors(self) -> Tensors:
        """In one order: safetensors has none."""
        return dict(sorted(unpack(self.data)[0].items()))

    @functools.cached_property
    def metadata(self) -> Metadata:
        """All metadata but the checksums."""
        return {key: text for key, text in unpack(self.data)[1].items() if key != "checksums"}

    def changed(self, tensors: Tensors | None = None, metadata: Metadata | None = None) -> bytes:
        """The file with other content and right sizes, offsets and checksums."""
        tensors = self.tensors if tensors is None else tensors
        metadata = self.metadata if metadata is None else metadata
        return pack(tensors, {**metadata, "checksums": _checksums(tensors, metadata)})


def fresh(estimator: Any, n_classes: int) -> bytes:
    """A file with all that one can hold: scores of early stopping, labels that are strings, names of features.

    Two classes have no names, which leave no choice for the number of features.
    """
    X = np.random.default_rng(20261123).normal(size=(80, 3))
    ranks = X[:, 0].argsort().argsort()
    y = np.array(["low", "middle", "high"])[ranks * n_classes // 80] if n_classes > 1 else ranks / 80.0
    table = X if n_classes == 2 else pd.DataFrame(X, columns=["a", "größe", "x y"])
    small = clone(estimator).set_params(max_leaf_nodes=4, early_stopping=True, validation_fraction=0.25, random_state=0)
    return to_bytes(small.fit(table, y))


def fresh_automatic(estimator: Any, n_classes: int) -> bytes:
    """A small file of an ensemble: four rows and copies of them, from which members learn next to nothing."""
    X, ranks = np.random.default_rng(5).normal(size=(4, 2)), np.array([2, 3, 1, 0])
    y = np.array(["low", "middle", "high"])[ranks * n_classes // 4] if n_classes > 1 else ranks / 4.0
    table = X if n_classes == 2 else pd.DataFrame(X, columns=["größe", "x y"])
    # Of three classes too few for two leaves of what a member sees, otherwise just enough.
    copies = np.repeat(np.arange(4), 4 if n_classes == 3 else 6)
    data = to_bytes(clone(estimator).fit(table[copies] if n_classes == 2 else table.iloc[copies], y[copies]))
    assert len(data) < 4_000, "the members of this table learn: choose another, for every value is mutated"
    return data


def with_categories() -> bytes:
    """A small file of text and of numbers as categories, few and many."""
    rng = np.random.default_rng(20261123)
    few, many = rng.integers(0, 6, 90), rng.integers(0, 300, 90)
    text = np.array(["", "b", "größe", "日本", "x y", "z"], dtype=object)[few]
    table = pd.DataFrame({"few": text, "x": rng.normal(size=90), "many": pd.Categorical(many)})
    model = HistGradientBoostingRegressor(max_iter=3, max_leaf_nodes=4, min_samples_leaf=5, random_state=0)
    return to_bytes(model.fit(table, few % 3 + 0.01 * many))


# Name: how to get the file. Nothing is fitted before it is asked for.
SOURCES: dict[str, Callable[[], bytes]] = {
    **{f"{path.parent.name}-{path.stem}": path.read_bytes for path in GOLDEN},
    **{f"{name_of(e)}-{n}": functools.partial(fresh, e, n) for e in ESTIMATORS for n in CLASSES[is_classifier(e)]},
    **{
        f"{name_of(e)}-{n}": functools.partial(fresh_automatic, e, n)
        for e in AUTOMATIC
        for n in CLASSES[is_classifier(e)]
    },
    "categories": with_categories,
}


@functools.cache
def saved_file(name: str) -> SavedFile:
    return SavedFile(name, SOURCES[name]())
