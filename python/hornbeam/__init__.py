"""Fast gradient boosting and exact nearest neighbours for scikit-learn on a C++ core.

The namespace is flat and lazy: importing hornbeam loads neither scikit-learn nor the compiled module;
each name below brings its module in when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hornbeam._version import __version__

if TYPE_CHECKING:
    from hornbeam._core import ModelFormatError
    from hornbeam._model_file import load
    from hornbeam._runtime import config, get_num_threads, set_num_threads, show_config
    from hornbeam.boosting import (
        AutoGradientBoostingClassifier,
        AutoGradientBoostingRegressor,
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )
    from hornbeam.neighbors import (
        KNeighborsClassifier,
        KNeighborsRegressor,
        KNeighborsTransformer,
        LocalOutlierFactor,
        NearestCentroid,
        NearestNeighbors,
        RadiusNeighborsClassifier,
        RadiusNeighborsRegressor,
        RadiusNeighborsTransformer,
        kneighbors_graph,
        radius_neighbors_graph,
    )

_HOME_OF = {
    "AutoGradientBoostingClassifier": "hornbeam.boosting",
    "AutoGradientBoostingRegressor": "hornbeam.boosting",
    "HistGradientBoostingClassifier": "hornbeam.boosting",
    "HistGradientBoostingRegressor": "hornbeam.boosting",
    "KNeighborsClassifier": "hornbeam.neighbors",
    "KNeighborsRegressor": "hornbeam.neighbors",
    "KNeighborsTransformer": "hornbeam.neighbors",
    "LocalOutlierFactor": "hornbeam.neighbors",
    "ModelFormatError": "hornbeam._core",
    "NearestCentroid": "hornbeam.neighbors",
    "NearestNeighbors": "hornbeam.neighbors",
    "RadiusNeighborsClassifier": "hornbeam.neighbors",
    "RadiusNeighborsRegressor": "hornbeam.neighbors",
    "RadiusNeighborsTransformer": "hornbeam.neighbors",
    "config": "hornbeam._runtime",
    "get_num_threads": "hornbeam._runtime",
    "kneighbors_graph": "hornbeam.neighbors",
    "load": "hornbeam._model_file",
    "radius_neighbors_graph": "hornbeam.neighbors",
    "set_num_threads": "hornbeam._runtime",
    "show_config": "hornbeam._runtime",
}

__all__ = [
    "AutoGradientBoostingClassifier",
    "AutoGradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "LocalOutlierFactor",
    "ModelFormatError",
    "NearestCentroid",
    "NearestNeighbors",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
    "__version__",
    "config",
    "get_num_threads",
    "kneighbors_graph",
    "load",
    "radius_neighbors_graph",
    "set_num_threads",
    "show_config",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'hornbeam' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
