"""What a fitted estimator says of its fit, computed from the trees and the scores that it keeps."""

from __future__ import annotations

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import TreeModel
from hornbeam._validation import Float64
from hornbeam.boosting._early_stopping import best_iteration


class FittedAttributesMixin(BaseEstimator):
    """Properties that are there once the estimator is fitted."""

    _model: TreeModel
    do_early_stopping_: bool
    train_score_: Float64
    validation_score_: Float64

    @property
    def n_iter_(self) -> int:
        """Number of iterations that were run; every tree of them is kept."""
        check_is_fitted(self)
        return self._model.n_iterations

    @property
    def best_iteration_(self) -> int:
        """The iteration, counted from 1, with the best score; `n_iter_` without early stopping."""
        check_is_fitted(self)
        if not self.do_early_stopping_:
            return self.n_iter_
        scores = self.validation_score_ if len(self.validation_score_) else self.train_score_
        return best_iteration(scores, self.n_iter_)

    @property
    def feature_importances_(self) -> Float64:
        """The summed gain of each feature's splits, divided by the sum over features; zeros if nothing was split."""
        check_is_fitted(self)
        return self._model.feature_importances()
