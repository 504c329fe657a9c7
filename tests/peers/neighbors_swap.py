"""Pytest plugin: scikit-learn's tests of neighbours, run against hornbeam's classes and functions.

Loaded with `-p tests.peers.neighbors_swap` before anything is collected, it puts ours under scikit-learn's names in
`sklearn.neighbors`. What modules of scikit-learn import by these names later, such as its clusterings, is ours too.
Tests listed in `tests.peers.deselected` are left out.
"""

from __future__ import annotations

import pytest
import sklearn.neighbors
import sklearn.neighbors._base

import hornbeam
import hornbeam.neighbors
from hornbeam.neighbors._nearest import KNeighborsMixin
from tests.peers.name_swap import is_deselected


def pytest_configure() -> None:
    for name in hornbeam.neighbors.__all__:
        setattr(sklearn.neighbors, name, getattr(hornbeam, name))
    sklearn.neighbors._base.KNeighborsMixin = KNeighborsMixin  # one test asks whether a class searches for k neighbours


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if is_deselected(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for module in {item.getparent(pytest.Module) for item in items}:
        used = [name for name in hornbeam.neighbors.__all__ if hasattr(module.obj, name)]
        assert used or module.obj.neighbors is sklearn.neighbors
        assert all(getattr(module.obj, name) is getattr(hornbeam, name) for name in used)
