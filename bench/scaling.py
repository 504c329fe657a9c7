"""What threads bring: `python -m bench.scaling thousand "ten thousand" --threads 1 2`.

Fits with different numbers of threads take turns, and every one has to give the same bits.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import replace

import numpy as np

from bench.data import Table
from bench.peers import Settings, hornbeam, threads
from bench.table import timed
from bench.workloads import WORKLOADS


def fit_in_turn(table: Table, settings: Settings, n_threads: list[int], n_rounds: int) -> dict[int, list[float]]:
    """Return the seconds of each fit, by number of threads."""
    seconds: dict[int, list[float]] = {n: [] for n in n_threads}
    first = None
    for _ in range(n_rounds):
        for n in n_threads:
            estimator = hornbeam(table.task, replace(settings.of(table.task), n_threads=n))
            with threads(replace(settings, n_threads=n)):
                timed(seconds[n], estimator.fit, table.X, table.y)
            raw = estimator._model.predict_raw(table.X[:1000])
            first = raw if first is None else first
            np.testing.assert_array_equal(raw, first)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("workloads", nargs="+", choices=list(WORKLOADS))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    print("| fit, s, and the median ratio to the first | " + " | ".join(map(str, options.threads)) + " |")
    print("|---|" + "---:|" * len(options.threads))
    for name in options.workloads:
        train, _ = WORKLOADS[name].make().split()
        seconds = fit_in_turn(train, WORKLOADS[name].settings, options.threads, options.rounds)
        first = seconds[options.threads[0]]
        cells = [
            f"{statistics.median(each):.4g} ({statistics.median(np.divide(each, first)):.2f})"
            for each in seconds.values()
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
