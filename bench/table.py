"""One command, the README's table: `python -m bench.table million --json bench.json`; `all` for every workload.

The peers take turns within one run, so that a busy moment of the machine hits them alike; medians are shown. Rows that
are timed have passed the checks of `bench.answers`.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import hornbeam as hb
from bench.answers import assert_losses_are_as_good, assert_same_leaves
from bench.data import Table
from bench.libraries import HORNBEAM
from bench.peers import PEERS, Peer, Settings, loss, threads
from bench.workloads import WORKLOADS, Workload


@dataclass
class Result:
    peer: Peer
    fit_seconds: list[float] = field(default_factory=list)
    predict_seconds: list[float] = field(default_factory=list)
    training_losses: list[float] = field(default_factory=list)
    test_losses: list[float] = field(default_factory=list)

    @property
    def fit(self) -> float:
        return statistics.median(self.fit_seconds)

    @property
    def predict(self) -> float:
        return statistics.median(self.predict_seconds)

    @property
    def training_loss(self) -> float:
        return statistics.fmean(self.training_losses)

    @property
    def test_loss(self) -> float:
        return statistics.fmean(self.test_losses)


def timed(seconds: list[float], function: Callable[..., Any], *arguments: Any) -> Any:
    start = time.perf_counter()
    result = function(*arguments)
    seconds.append(time.perf_counter() - start)
    return result


def measure(workload: Workload, settings: Settings, n_rounds: int) -> list[Result]:
    """Fit and predict with every installed peer in turn, `n_rounds` times."""
    train, test = workload.make().split()
    results = [Result(peer) for peer in PEERS if peer.library.available]
    with threads(settings):
        for result in results:  # what a library imports or starts once is no part of a fit
            result.peer.make(train.task, settings.of(train.task)).fit(train.X[:500], train.y[:500])
        for number in range(n_rounds):
            train, test = workload.make_round(number).split()
            for result in results:
                estimator = result.peer.make(train.task, settings.of(train.task))
                timed(result.fit_seconds, estimator.fit, train.X, train.y)
                predict = estimator.predict if train.task == "regression" else estimator.predict_proba
                timed(result.predict_seconds, predict, train.X)
                result.training_losses.append(loss(estimator, train))
                result.test_losses.append(loss(estimator, test))
                if result.peer.library is HORNBEAM:
                    assert_same_leaves(estimator, test.X)
    losses = {result.peer.label: result.training_losses for result in results}
    assert_losses_are_as_good(losses["hornbeam"], losses.get(workload.reference, losses["scikit-learn"]))
    return results


def markdown(table: Table, settings: Settings, results: list[Result]) -> str:
    """Return the table; ratios say how many times as long as hornbeam a peer takes."""
    ours, trees = results[0], f"{settings.n_trees} trees of {settings.n_leaves} leaves"
    lines = [
        f"| {table.name}, {trees} | fit, s | ratio | predict, s | ratio | training loss | test loss |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {result.peer.label} {result.peer.library.version} | {result.fit:.3g} | {result.fit / ours.fit:.2f} "
        f"| {result.predict:.3g} | {result.predict / ours.predict:.2f} "
        f"| {result.training_loss:.5g} | {result.test_loss:.5g} |"
        for result in results
    ]
    return "\n".join(lines)


def machine(n_threads: int) -> dict[str, Any]:
    return {**hb.config(), "cpu": cpu_name(), "cores": os.cpu_count(), "n_threads": n_threads}


def cpu_name() -> str:
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def as_json(table: Table, results: list[Result]) -> dict[str, Any]:
    return {
        "table": table.name,
        "peers": [
            {
                "peer": result.peer.label,
                "version": result.peer.library.version,
                "fit_seconds": result.fit_seconds,
                "predict_seconds": result.predict_seconds,
                "training_losses": result.training_losses,
                "test_losses": result.test_losses,
            }
            for result in results
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.table", description=__doc__)
    parser.add_argument("workloads", nargs="+", choices=["all", *WORKLOADS], help="what to fit")
    parser.add_argument("--rounds", type=int, help="in place of the workload's own")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path, help="also write every measurement to this file")
    options = parser.parse_args()

    measurements, refused = [], []
    for name in WORKLOADS if "all" in options.workloads else options.workloads:
        workload = WORKLOADS[name]
        settings = replace(workload.settings, n_threads=options.threads)
        table, n_rounds = workload.make(), options.rounds or workload.rounds
        try:
            results = measure(workload, settings, n_rounds)
        except AssertionError as error:
            refused.append(name)
            print(f"{name}: no time counts, {error}", end="\n\n", flush=True)
            continue
        measurements.append(as_json(table, results))
        print(markdown(table, settings, results), end="\n\n")
        print(f"Medians of times, means of losses, of {n_rounds} rounds in turn.", end="\n\n", flush=True)
    environment = machine(options.threads)
    print(
        f"Binning included; {options.threads} threads, SIMD level {environment['simd_level']}, {environment['cpu']}; "
        "a ratio above 1 means slower than hornbeam."
    )
    if options.json:
        options.json.write_text(json.dumps({"environment": environment, "measurements": measurements}, indent=2))
    if refused:
        raise SystemExit(f"refused: {', '.join(refused)}")


if __name__ == "__main__":
    main()
