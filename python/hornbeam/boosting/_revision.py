"""Changes of a fitted model: fewer iterations."""

from __future__ import annotations

from typing import Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import TreeModel
from hornbeam._fit_guard import all_or_nothing
from hornbeam._validation import Float64, check_integer


class RevisionMixin(BaseEstimator):
    """Changes the trees that a fit left in `_model`."""

    _model: TreeModel

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


def first_scores(scores: Float64, n_before: int, n_iter: int, *, early_stopping: bool) -> Float64:
    """The scores up to an iteration of those that a fit of `n_before` iterations recorded.

    Those of a fit with early stopping end at its last iteration; what a fit without kept of fits before begins before
    the first.
    """
    n_kept = max(0, len(scores) - (n_before - n_iter)) if early_stopping else n_iter + 1
    return scores[:n_kept].copy()
