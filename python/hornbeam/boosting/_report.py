"""What `verbose` prints: a summary of the fit, and from 2 on a line for every iteration."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from hornbeam._core import TreeModel
from hornbeam.boosting._early_stopping import ScoreRecord
from hornbeam.boosting._rows import Rows


class Report:
    """Prints the course of one fit on standard output."""

    def __init__(self, estimator: Any, train: Rows, validation: Rows | None) -> None:
        self._verbose = int(estimator.verbose)
        self._max_iter = estimator.max_iter
        # Scores of "loss" are negative losses.
        self._name, self._sign = ("loss", -1.0) if estimator.scoring == "loss" else ("score", 1.0)
        self._begin = self._last = perf_counter()
        if self._verbose:
            held_out = "" if validation is None else f", {len(validation)} rows for validation"
            print(f"Training on {len(train)} rows of {train.X.shape[1]} features{held_out}.")

    def iteration(self, iteration: int, record: ScoreRecord) -> None:
        """Print the scores of the iteration that has just ended."""
        if self._verbose < 2:
            return
        now = perf_counter()
        scores = "".join(
            f", {rows} {self._name} {self._sign * values[-1]:.5f}"
            for rows, values in (("train", record.train), ("validation", record.validation))
            if values
        )
        print(f"[{iteration + 1}/{self._max_iter}] {now - self._last:.3f} s{scores}")
        self._last = now

    def end(self, model: TreeModel) -> None:
        """Print what was built and how long it took."""
        if self._verbose:
            n_trees = model.n_iterations * model.n_outputs
            seconds = perf_counter() - self._begin
            print(f"Built {n_trees} trees with {model.n_leaves} leaves in {seconds:.3f} s.")
