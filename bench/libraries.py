"""The libraries that are compared. One that is not installed is left out, or asked for by name."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A module, and the distributions that may have brought it."""

    module: str
    distributions: tuple[str, ...]

    @property
    def available(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        for name in self.distributions:
            try:
                return importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                continue
        return str(importlib.import_module(self.module).__version__)


HORNBEAM = Library("hornbeam", ("hornbeam",))
LIGHTGBM = Library("lightgbm", ("lightgbm",))
XGBOOST = Library("xgboost", ("xgboost", "xgboost-cpu"))
CATBOOST = Library("catboost", ("catboost",))
SKLEARN = Library("sklearn", ("scikit-learn",))
