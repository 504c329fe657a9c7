"""Changes of a fitted model: fewer iterations, or other leaf values."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import TreeModel, refit
from hornbeam._fit_guard import all_or_nothing
from hornbeam._validation import (
    Float64,
    check_init_score,
    check_integer,
    check_sample_weight,
    check_share,
    check_target,
    reading,
    validate_parameters,
)
from hornbeam.boosting._categories import Categories, check_features
from hornbeam.boosting._custom_loss import custom_loss_of
from hornbeam.boosting._rows import Rows


class RevisionMixin(BaseEstimator):
    """Changes the trees that a fit left in `_model`."""

    _model: TreeModel
    _categories: Categories | None
    loss: Any

    @abstractmethod
    def _encode_refit_target(self, y: NDArray[Any]) -> Float64:
        """Return the targets of other rows as the trainer reads them."""

    @abstractmethod
    def _weigh_classes(self, y: NDArray[Any], sample_weight: Float64 | None) -> Float64 | None: ...

    @abstractmethod
    def _leaf_options(self, sample_weight: Float64 | None) -> dict[str, Any]: ...

    @all_or_nothing
    def truncate(self, n_iter: int) -> Self:
        """Keep the first iterations only.

        What is left predicts, saves and goes on with `warm_start` as if the fit had ended there. Parameters stay as
        they are, `max_iter` too, and so does `fit_profile_`.

        Parameters
        ----------
        n_iter : int
            Number of iterations to keep, from 1 to `n_iter_`.

        Returns
        -------
        self : object
            The estimator.

        Examples
        --------
        >>> import hornbeam as hb
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = hb.HistGradientBoostingRegressor(early_stopping=True, random_state=0).fit(X, y)
        >>> model.truncate(model.best_iteration_).n_iter_ == model.best_iteration_
        True
        """
        check_is_fitted(self)
        n_before = self._model.n_iterations
        n_iter = check_integer(n_iter, 1, n_before, "n_iter")
        own = vars(self)
        scores = {
            name: first_scores(own[name], n_before, n_iter, early_stopping=own["do_early_stopping_"])
            for name in ("train_score_", "validation_score_")
        }
        self.__dict__.update(_model=self._model.truncated(n_iter), **scores)
        return self

    @all_or_nothing
    def refit(self, X: Any, y: Any, sample_weight: Any = None, *, init_score: Any = None, decay: float = 0.0) -> Self:
        """Learn the leaf values anew on other rows; the trees keep their splits.

        Goes through the iterations as `fit` does, with the present parameters and all rows: their gradients at the raw
        scores so far give the leaves that they reach new values. A leaf that no row reaches keeps its value. Counts and
        gains of the trees remain those of the fit, and with them the weights of `predict_contributions`.
        `train_score_` and `validation_score_`, which were those of the old values, become empty. A refit that raises
        leaves the estimator as it was.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        y : array-like of shape (n_samples,)
            Targets; labels have to be among `classes_`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, as of `fit`.
        init_score : array-like of shape (n_samples,) or (n_samples, n_trees_per_iteration_), default=None
            Raw scores to start from in place of a constant, as of `fit`.
        decay : float, default=0.0
            From 0 to 1, how much of the old values remains: `decay * old + (1 - decay) * new`, likewise of the constant
            that the trees are added to.

        Returns
        -------
        self : object
            The estimator.

        Examples
        --------
        >>> import hornbeam as hb
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = hb.HistGradientBoostingRegressor(early_stopping=False).fit(X, y)
        >>> double = model.predict(X[:5]) * 2
        >>> bool((model.refit(X, 2 * y).predict(X[:5]) == double).all())
        True
        """
        check_is_fitted(self)
        validate_parameters(self)
        self._custom_loss = custom_loss_of(self.loss)
        decay = check_share(decay, "decay")
        X = check_features(self, X, self._categories)
        y = check_target(self, y)
        check_consistent_length(X, y)
        with reading("y"):
            encoded = self._encode_refit_target(y)
        weight = None if sample_weight is None else check_sample_weight(sample_weight, X)
        if init_score is not None:
            init_score = check_init_score(init_score, X.shape[0], self._model.n_outputs)
        rows = Rows(X, encoded, self._weigh_classes(y, weight), init_score).drop_weightless()
        model = refit(
            self._model,
            rows.X,
            rows.y,
            rows.sample_weight,
            init_score=rows.init_score,
            decay=decay,
            **self._leaf_options(rows.sample_weight),
        )
        self.__dict__.update(_model=model, train_score_=np.empty(0), validation_score_=np.empty(0))
        return self


def first_scores(scores: Float64, n_before: int, n_iter: int, *, early_stopping: bool) -> Float64:
    """The scores up to an iteration of those that a fit of `n_before` iterations recorded.

    Those of a fit with early stopping end at its last iteration; what a fit without kept of fits before begins before
    the first.
    """
    n_kept = max(0, len(scores) - (n_before - n_iter)) if early_stopping else n_iter + 1
    return scores[:n_kept].copy()
