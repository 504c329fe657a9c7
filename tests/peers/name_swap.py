"""Pytest plugin: scikit-learn's tests of HistGradientBoosting, run against hornbeam's classes.

Loaded with `-p tests.peers.name_swap` before anything is collected, it puts our classes under scikit-learn's names,
so that `from sklearn.ensemble import HistGradientBoostingClassifier` in a test module yields ours. Tests listed in
`tests.peers.deselected` are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn.ensemble

import hornbeam
from tests.peers.deselected import DESELECTED


def pytest_configure() -> None:
    for name in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
        setattr(sklearn.ensemble, name, getattr(hornbeam, name))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if is_deselected(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for module in {item.getparent(pytest.Module) for item in items}:
        assert module.obj.HistGradientBoostingRegressor is hornbeam.HistGradientBoostingRegressor
        use_public_comparison(module.obj)


def is_deselected(item: pytest.Item) -> bool:
    """Whether the table names the item, its function, or its function and one of its parameters."""
    function, _, parameters = item.name.rstrip("]").partition("[")
    keys = {item.name, function, *(f"{function}[{parameter}]" for parameter in parameters.split("-"))}
    return not keys.isdisjoint(DESELECTED.get(item.path.name, {}))


def use_public_comparison(module: Any) -> None:
    """Compare two fitted estimators by their predictions where scikit-learn reads private nodes."""
    if hasattr(module, "_assert_predictor_equal"):
        module._assert_predictor_equal = assert_predictions_equal


def assert_predictions_equal(first: Any, second: Any, X: Any) -> None:
    method = "decision_function" if hasattr(first, "decision_function") else "predict"
    np.testing.assert_array_equal(getattr(first, method)(X), getattr(second, method)(X))
