"""An ensemble in which every member stops early on rows of its own: cross-validation whose models are all kept.

Breiman's bagging ("Bagging predictors", Machine Learning 24, 1996) with folds in place of bootstrap samples: member k
learns from all folds but the k-th, and the k-th says when to stop. There are two members at least, so every row is
learned from and none is lost to validation. The ensemble's raw score is the mean of its members', which one model holds
(`_averaged.py`).
"""

from __future__ import annotations

import copy
import statistics
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._core import Trainer, TreeModel
from hornbeam._validation import Float64
from hornbeam.boosting._averaged import average
from hornbeam.boosting._rows import Rows, are_frequencies


@dataclass(frozen=True)
class Member:
    """A model of the iteration with the lowest loss on its own fold, and that loss."""

    model: TreeModel
    loss: float
    profile: dict[str, float]


@dataclass(frozen=True)
class Ensemble:
    """The members of a fit."""

    members: list[Member]

    def model(self) -> TreeModel:
        """Return the mean of the members."""
        return average([member.model for member in self.members])

    def profile(self) -> dict[str, float]:
        """Return where the time of all fits went."""
        stages = self.members[0].profile
        return {stage: sum(member.profile[stage] for member in self.members) for stage in stages}


def read_rows(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Rows:
    """Return the rows of a fit as the estimator reads them, having let it learn what it has to know of them."""
    estimator._custom_loss = None
    rows: Rows = estimator._training_rows(X, y, sample_weight, None, None)
    weight = rows.sample_weight
    if weight is None or are_frequencies(weight):
        return rows
    # Frequencies say how much is known, other weights only how rows compare: l2 shall mean the same for all.
    return replace(rows, sample_weight=_divided_by_mean(weight)).drop_weightless()


def count_copies(rows: Rows) -> int:
    """Return the number of rows, each as often as its frequency says if the weights are frequencies."""
    weight = rows.sample_weight
    if weight is None or not are_frequencies(weight):
        return len(rows)
    return int(weight.sum())


def _divided_by_mean(weight: Float64) -> Float64:
    """Divide by a mean that neither depends on the order of rows nor leaves the float64 range."""
    scaled = np.ldexp(weight, -np.frexp(weight.max())[1])
    divided: Float64 = scaled / statistics.fmean(scaled.tolist())
    return divided


def split_off(rows: Rows, is_held_back: NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Return the rows to learn from and those held back.

    If all others have one target, which teaches nothing, those held back are learned from too.
    """
    others = rows.y[~is_held_back]
    teaches = len(others) > 0 and others.min() < others.max()
    return rows.take(~is_held_back) if teaches else rows, rows.take(is_held_back)


def fit_member(estimator: Any, train: Rows, held_back: Rows, *, seed: int, max_iter: int, patience: int) -> Member:
    """Boost until the loss on the rows held back has not fallen for `patience` iterations, and go back to its lowest.

    One iteration is kept even if none lowers the loss.
    """
    estimator._random_seed = seed
    trainer: Trainer = estimator._new_trainer(train, None)
    trainer.set_validation(held_back.X, held_back.y, held_back.sample_weight)
    lowest, best = trainer.validation_loss(), 0
    for iteration in range(1, max_iter + 1):
        trainer.boost()
        loss = trainer.validation_loss()
        if loss < lowest:
            lowest, best = loss, iteration
        if iteration - best >= patience:
            break
    return Member(trainer.model().truncated(max(best, 1)), lowest, trainer.profile())


def with_model(estimator: Any, ensemble: Ensemble, seed: int) -> Any:
    """Return the estimator as if a fit had left it the mean of the members."""
    fitted = copy.copy(estimator)
    fitted.__dict__.update(
        _model=ensemble.model(),
        _random_seed=seed,
        do_early_stopping_=False,
        train_score_=np.empty(0),
        validation_score_=np.empty(0),
        fit_profile_=ensemble.profile(),
    )
    return fitted
