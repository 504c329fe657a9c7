"""Rows that belong together: features, encoded targets, weights, first scores are dropped, split and drawn as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import resample

from hornbeam._validation import Float64, FloatTable


@dataclass(frozen=True)
class Rows:
    """A feature matrix with its float64 targets and, if there are any, its weights and the scores to start from."""

    X: FloatTable
    y: Float64
    sample_weight: Float64 | None
    init_score: Float64 | None = None

    def __len__(self) -> int:
        return len(self.y)

    def take(self, indices: NDArray[Any]) -> Rows:
        """The rows at `indices`, an index array or a mask."""
        weight = None if self.sample_weight is None else self.sample_weight[indices]
        init_score = None if self.init_score is None else self.init_score[indices]
        return Rows(self.X[indices], self.y[indices], weight, init_score)

    def drop_weightless(self) -> Rows:
        """Without the rows of weight zero; nothing is copied if there are none."""
        if self.sample_weight is None or self.sample_weight.all():
            return self
        return self.take(self.sample_weight > 0)

    def split(self, test_size: float, *, stratify: bool, seed: int) -> tuple[Rows, Rows]:
        """Training and held-out rows, drawn as scikit-learn's `train_test_split` draws them."""
        train, held_out = train_test_split(
            np.arange(len(self)), test_size=test_size, stratify=self.y if stratify else None, random_state=seed
        )
        return self.take(train), self.take(held_out)

    def draw(self, size: int, *, stratify: bool, seed: int) -> NDArray[np.intp]:
        """Indices of `size` rows drawn without replacement."""
        drawn: NDArray[np.intp] = resample(
            np.arange(len(self)),
            n_samples=size,
            replace=False,
            stratify=self.y if stratify else None,
            random_state=seed,
        )
        return drawn


def are_frequencies(weight: Float64) -> bool:
    """Whether weights say how often a row is there, as docs/boosting.md §1 defines it."""
    return bool((weight == np.floor(weight)).all() and weight.max() < 2.0**31 and weight.sum() < 2.0**31)
