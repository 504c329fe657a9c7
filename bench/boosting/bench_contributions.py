"""How long does it take to attribute the scores of a batch of rows to the features?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hornbeam as hb
from bench.data import Table
from bench.peers import Peer, Settings, threads

N_ROWS = 2_000

# How a library is asked for contributions, and for the raw scores that they must add up to.
CONTRIBUTE = {
    "hornbeam": lambda model, X: model.predict_contributions(X),
    "lightgbm": lambda model, X: model.predict(X, pred_contrib=True),
}
SCORE = {
    "hornbeam": lambda model, X: model.decision_function(X),
    "lightgbm": lambda model, X: model.predict(X, raw_score=True),
}


@pytest.mark.benchmark(group="contributions")
def test_contributions(benchmark: Any, peer: Peer, table: Table, settings: Settings) -> None:
    if peer.library.module not in CONTRIBUTE:
        pytest.skip("compared with LightGBM alone")
    rows = table.X[:N_ROWS]
    with threads(settings):
        estimator = peer.make(table.task, settings).fit(table.X, table.y)
        contributions = benchmark.pedantic(
            CONTRIBUTE[peer.library.module], args=(estimator, rows), rounds=5, warmup_rounds=1
        )
        scores = SCORE[peer.library.module](estimator, rows)
    np.testing.assert_allclose(contributions.sum(axis=1), scores, rtol=1e-6, atol=1e-6)
    benchmark.extra_info |= {
        "table": table.name,
        "version": peer.library.version,
        "n_threads": settings.n_threads,
        "simd_level": hb.config()["simd_level"],
    }
