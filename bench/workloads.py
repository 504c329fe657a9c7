"""The fits that hornbeam is judged by: what is learned from, and how large the trees are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from bench.data import Table, adult, covtype, flights, flights_in_numbers, make_table
from bench.peers import Settings


@dataclass(frozen=True)
class Workload:
    """A table and the settings of every peer on it; `rounds` is enough for a median that holds.

    `make_round` makes the table of a round. `reference` is the peer whose training loss is to be reached.
    """

    make_round: Callable[[int], Table]
    settings: Settings
    rounds: int = 3
    reference: str = "LightGBM"

    def make(self) -> Table:
        return self.make_round(0)


def of(make: Callable[[], Table], rounds: int = 3, reference: str = "LightGBM") -> Workload:
    """Return a workload of the same table in all rounds."""
    made = cache(make)
    return Workload(lambda _: made(), Settings(), rounds, reference)


def synthetic(n_rows: int, n_features: int = 28, n_leaves: int = 31) -> Workload:
    """Return a workload of so many training rows; a third as many are held out."""
    made = cache(partial(make_table, n_rows * 4 // 3, n_features))
    return Workload(lambda _: made(), Settings(n_leaves=n_leaves))


def small(n_rows: int, rounds: int, reference: str = "LightGBM") -> Workload:
    """Return a workload of another table in each round: the loss of few rows is a matter of luck."""
    return Workload(lambda seed: make_table(n_rows * 4 // 3, seed=seed), Settings(), rounds, reference)


# LightGBM estimates from Hessians how many rows a leaf has: of 1,000 rows, where most leaves have as few as allowed,
# some get 5 in place of the 20 asked for. Of several classes it scales the Hessians, and so takes other steps.
OTHER_RULES = "scikit-learn"


WORKLOADS: dict[str, Workload] = {
    "million": synthetic(1_000_000),
    "million, 255 leaves": synthetic(1_000_000, n_leaves=255),
    "covtype": of(covtype, reference=OTHER_RULES),
    "flights": of(flights_in_numbers),
    "wide": synthetic(50_000, 1_000),
    "ten thousand": small(10_000, rounds=9),
    "thousand": small(1_000, rounds=15, reference=OTHER_RULES),
    "adult, one-hot": of(adult, rounds=5),
    "flights, one-hot": of(flights),
}
