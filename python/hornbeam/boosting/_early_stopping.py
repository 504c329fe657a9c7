"""Scores of the growing ensemble, and the rule that stops it.

A score is higher for a better model; a loss enters with its sign changed. The first score is that of the ensemble
before its first tree.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring

from hornbeam._core import Trainer, TreeModel
from hornbeam._validation import Float64
from hornbeam.boosting._custom_loss import refuse_without_losses
from hornbeam.boosting._rows import Rows

# A scorer may cost far more than an iteration, so it sees at most this many training rows.
MAX_SCORED_TRAINING_ROWS = 10_000

# The score of the training rows and, if there are any, of the validation rows.
Scores = tuple[float, float | None]


def should_stop(scores: Sequence[float], n_iter_no_change: int, tol: float) -> bool:
    """Whether none of the last `n_iter_no_change` scores exceeds the one before them by more than `tol`."""
    if len(scores) <= n_iter_no_change:
        return False
    reference, *recent = scores[-n_iter_no_change - 1 :]
    return not any(score > reference + tol for score in recent)


def best_iteration(scores: Float64, n_iterations: int) -> int:
    """The first iteration, counted from 1, with the highest of the scores, which end at `n_iterations`.

    The score from before the first tree is no iteration's, and a score that is NaN is never the best.
    """
    scores = scores[-n_iterations:]
    if not len(scores):
        return n_iterations
    return n_iterations - len(scores) + 1 + int(np.argmax(np.where(np.isnan(scores), -np.inf, scores)))


class ScoreRecord:
    """The scores of a fit so far; a warm start keeps those of the fits before."""

    def __init__(self, estimator: Any, *, keep: bool) -> None:
        self._n_iter_no_change = estimator.n_iter_no_change
        self._tol = estimator.tol
        self.train: list[float] = estimator.train_score_.tolist() if keep else []
        self.validation: list[float] = estimator.validation_score_.tolist() if keep else []
        self._validates = False

    def append(self, train: float, validation: float | None) -> None:
        """Record the scores of one iteration."""
        self.train.append(train)
        self._validates = validation is not None
        if validation is not None:
            self.validation.append(validation)

    def should_stop(self) -> bool:
        """Whether the scores stopped improving: those of the validation rows if there are any."""
        return should_stop(self.validation if self._validates else self.train, self._n_iter_no_change, self._tol)

    def attributes(self) -> dict[str, Float64]:
        """The record as fitted attributes."""
        return {
            "train_score_": np.array(self.train),
            "validation_score_": np.array(self.validation),
        }


def scoring_of(estimator: Any, train: Rows, validation: Rows | None, seed: int) -> Callable[[Trainer], Scores]:
    """The function that scores a trainer as the estimator's `scoring` asks."""
    if estimator.scoring == "loss":
        refuse_without_losses(estimator._custom_loss)
        return lambda trainer: (-trainer.train_loss(), None if validation is None else -trainer.validation_loss())
    return ScorerScores(estimator, train, validation, seed)


class ScorerScores:
    """Score by a scikit-learn scorer, reusing the raw predictions that the trainer keeps up to date.

    The scorer is given a copy of the estimator, which answers for the scored rows from those predictions; the estimator
    itself stays as it is. A callable may ask for more: then, and not before, the copy has the trees made.
    """

    def __init__(self, estimator: Any, train: Rows, validation: Rows | None, seed: int) -> None:
        self._scorer = check_scoring(estimator, scoring=estimator.scoring)
        self._classes = estimator.classes_ if is_classifier(estimator) else None
        self._drawn: Any = slice(None)
        if len(train) > MAX_SCORED_TRAINING_ROWS:
            self._drawn = train.draw(MAX_SCORED_TRAINING_ROWS, stratify=self._classes is not None, seed=seed)
            train = train.take(self._drawn)
        self._train = train
        self._validation = validation
        self._estimator = estimator
        self._class = _answering(type(estimator))

    def __call__(self, trainer: Trainer) -> Scores:
        scored = object.__new__(self._class)
        scored.__dict__ = {name: value for name, value in vars(self._estimator).items() if name != "_model"}
        scored._categories = None  # the rows hold their numbers already
        scored._trainer = trainer
        train_score = self._score(scored, self._train, trainer.raw_predictions()[self._drawn])
        if self._validation is None:
            return train_score, None
        return train_score, self._score(scored, self._validation, trainer.validation_raw_predictions())

    def _score(self, scored: Any, rows: Rows, raw: Float64) -> float:
        scored._known = (rows.X, raw)
        y = rows.y if self._classes is None else self._classes[rows.y.astype(np.intp)]
        weight = {} if rows.sample_weight is None else {"sample_weight": rows.sample_weight}
        return float(self._scorer(scored, rows.X, y, **weight))


def _answering(estimator_class: Any) -> Any:
    """The class of estimators that know the raw scores of some rows, and make their trees when they are needed."""

    class Answering(estimator_class):
        @cached_property
        def _model(self) -> TreeModel:
            return cast("TreeModel", self._trainer.model())

        def _raw_predict(self, X: Any, init_score: Any = None) -> Float64:
            known = vars(self).get("_known")  # a clone knows none
            if known is not None and X is known[0] and init_score is None:
                return cast("Float64", known[1])
            return cast("Float64", super()._raw_predict(X, init_score))

    Answering.__name__ = estimator_class.__name__  # scorers may print it
    return Answering
