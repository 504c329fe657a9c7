"""How long does fitting a table take, binning included?"""

from __future__ import annotations

from typing import Any

import pytest

import hornbeam as hb
from bench.answers import assert_losses_are_as_good, reference_loss
from bench.data import Table
from bench.libraries import HORNBEAM
from bench.peers import Peer, Settings, loss, threads


@pytest.fixture(scope="module")
def loss_to_reach(table: Table, settings: Settings) -> float:
    return reference_loss(table, settings)


@pytest.mark.benchmark(group="fit")
def test_fit(benchmark: Any, peer: Peer, table: Table, settings: Settings, loss_to_reach: float) -> None:
    with threads(settings):
        estimator = benchmark.pedantic(
            lambda: peer.make(table.task, settings.of(table.task)).fit(table.X, table.y), rounds=3, warmup_rounds=0
        )
        found = loss(estimator, table)
    if peer.library is HORNBEAM:
        assert_losses_are_as_good([found], [loss_to_reach])
    benchmark.extra_info |= {
        "table": table.name,
        "version": peer.library.version,
        "n_threads": settings.n_threads,
        "simd_level": hb.config()["simd_level"],
        "training_loss": found,
    }
