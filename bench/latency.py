"""How long predictions take, a batch and a single row: `python -m bench.latency`.

The models are those of `bench.peers`, and CatBoost's oblivious trees of as many leaves besides, which it predicts
fastest. Rows of 28 float32 features, binary classes, two threads for a batch.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bench.answers import assert_same_leaves
from bench.data import Table, Task, make_table
from bench.libraries import CATBOOST, HORNBEAM
from bench.peers import PEERS, Peer, Settings, catboost, threads

N_ROWS = 200_000
FORESTS = (Settings(n_trees=100, n_leaves=31), Settings(n_trees=500, n_leaves=255))


def catboost_oblivious(task: Task, settings: Settings) -> Any:
    depth = (settings.n_leaves + 1).bit_length() - 1
    estimator = catboost(task, settings)
    return type(estimator)(
        **{
            name: value
            for name, value in estimator.get_params().items()
            if name not in {"grow_policy", "max_leaves", "min_data_in_leaf"}
        }
        | {"depth": depth}
    )


LIBRARIES = (*PEERS, Peer("CatBoost, oblivious", CATBOOST, catboost_oblivious))


def fitted(settings: Settings, table: Table) -> dict[str, Any]:
    """Return the fitted estimator of each installed library; ours is known to find the leaves that a walk finds."""
    estimators = {
        peer.label: peer.make(table.task, settings).fit(table.X, table.y)
        for peer in LIBRARIES
        if peer.library.available
    }
    assert_same_leaves(estimators["hornbeam"], table.X)
    return estimators


def seconds(function: Callable[[], Any], n_calls: int) -> float:
    start = time.perf_counter()
    for _ in range(n_calls):
        function()
    return (time.perf_counter() - start) / n_calls


def in_turn(functions: dict[str, Callable[[], Any]], n_rounds: int, n_calls: int = 1) -> dict[str, float]:
    """Return the median seconds of a call of each function, taking turns."""
    measured: dict[str, list[float]] = {label: [] for label in functions}
    for _ in range(n_rounds):
        for label, function in functions.items():
            measured[label].append(seconds(function, n_calls))
    return {label: statistics.median(times) for label, times in measured.items()}


def batch(estimators: dict[str, Any], table: Table, n_rounds: int) -> dict[str, float]:
    calls = {label: lambda e=estimator: e.predict_proba(table.X) for label, estimator in estimators.items()}
    return in_turn(calls, n_rounds)  # type: ignore[arg-type]


def single(estimators: dict[str, Any], table: Table, n_rounds: int) -> dict[str, float]:
    row = np.ascontiguousarray(table.X[:1])
    calls: dict[str, Callable[[], Any]] = {
        label: lambda e=estimator: e.predict_proba(row)  # type: ignore[misc]
        for label, estimator in estimators.items()
    }
    compiled = estimators["hornbeam"].predictor()
    np.testing.assert_array_equal(compiled.predict_proba(row), estimators["hornbeam"].predict_proba(row))
    return in_turn({"hornbeam, predictor()": lambda: compiled.predict_proba(row), **calls}, n_rounds, 20)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.latency", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    table = make_table(N_ROWS)
    assert HORNBEAM.available
    print(f"| {N_ROWS:,} rows of {table.X.shape[1]}, ns a row | " + " | ".join(p.label for p in LIBRARIES) + " |")
    print("|---|" + "---:|" * len(LIBRARIES))
    for settings in (replace(each, n_threads=options.threads) for each in FORESTS):
        with threads(settings):
            estimators = fitted(settings, table)
            name = f"{settings.n_trees} trees of {settings.n_leaves} leaves"
            cells = (f"{1e9 * found / N_ROWS:.0f}" for found in batch(estimators, table, options.rounds).values())
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
            one = single(estimators, table, options.rounds)
        print("\nOne row, us: " + ", ".join(f"{label} {1e6 * found:.1f}" for label, found in one.items()) + "\n")


if __name__ == "__main__":
    main()
