"""The fits that hornbeam is judged by: what is learned from, and how large the trees are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.data import Table, adult, covtype, flights, flights_in_numbers, make_table
from bench.peers import Settings


@dataclass(frozen=True)
class Workload:
    """A table and the settings of every peer on it; `rounds` is enough for a median that holds."""

    make: Callable[[], Table]
    settings: Settings
    rounds: int = 3


def synthetic(n_rows: int, n_features: int = 28, n_leaves: int = 31, rounds: int = 3) -> Workload:
    """Return a workload of so many training rows; a third as many are held out."""
    return Workload(lambda: make_table(n_rows * 4 // 3, n_features), Settings(n_leaves=n_leaves), rounds)


WORKLOADS: dict[str, Workload] = {
    "million": synthetic(1_000_000),
    "million, 255 leaves": synthetic(1_000_000, n_leaves=255),
    "covtype": Workload(covtype, Settings()),
    "flights": Workload(flights_in_numbers, Settings()),
    "wide": synthetic(50_000, 1_000),
    "ten thousand": synthetic(10_000, rounds=9),
    "thousand": synthetic(1_000, rounds=15),
    "adult, one-hot": Workload(adult, Settings(), rounds=5),
    "flights, one-hot": Workload(flights, Settings()),
}
