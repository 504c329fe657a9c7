"""How long does predicting a batch of rows take?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hornbeam as hb
from bench.answers import assert_same_leaves
from bench.data import Table
from bench.libraries import HORNBEAM
from bench.peers import Peer, Settings, threads


@pytest.mark.benchmark(group="predict")
def test_predict_proba(benchmark: Any, peer: Peer, table: Table, settings: Settings) -> None:
    with threads(settings):
        estimator = peer.make(table.task, settings).fit(table.X, table.y)
        probabilities = benchmark.pedantic(estimator.predict_proba, args=(table.X,), rounds=5, warmup_rounds=1)
    assert probabilities.shape == (len(table.y), 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
    if peer.library is HORNBEAM:
        assert_same_leaves(estimator, table.X)
    benchmark.extra_info |= {
        "table": table.name,
        "version": peer.library.version,
        "n_threads": settings.n_threads,
        "simd_level": hb.config()["simd_level"],
    }
