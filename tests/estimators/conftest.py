"""Fixtures of the estimators' tests."""

from __future__ import annotations

import pytest

import hornbeam as hb
from hornbeam._model_file import to_bytes
from tests.estimators.support import table


@pytest.fixture(scope="session")
def saved() -> bytes:
    """A small classifier as the bytes of its file."""
    model = hb.HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=2)
    return to_bytes(model.fit(*table(model)))
