"""Raw scores of a fitted estimator, and the compiled object that predicts without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import CompiledPredictor, TreeModel
from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64, FloatTable, check_init_score, n_threads
from hornbeam.boosting._categories import Categories, check_features
from hornbeam.boosting._custom_loss import refuse_inverse_link


class RawPredictionMixin(BaseEstimator):
    """Predicts by the trees that a fit left in `_model`."""

    _model: TreeModel
    _categories: Categories | None = None
    n_jobs: int | None
    _custom_loss: Any = None  # unless a fit says otherwise

    @of_one_fit
    def predictor(self) -> CompiledPredictor:
        """Make an object that predicts as the estimator does now, in microseconds.

        Its methods, `predict` and for a classifier `predict_proba`, take a two-dimensional array, or compressed sparse
        rows, of native float32 or float64 with a column per feature: names are not compared, other types raise
        TypeError. It
        keeps the present trees, classes and `n_jobs`, is safe to share between threads and can be pickled. It takes no
        `init_score`.

        Returns
        -------
        predictor : object
            The compiled predictor.

        Raises
        ------
        ValueError
            If there are categorical features whose categories are not 0, 1, 2, ...: the object compares numbers only.
        TypeError
            If `loss` is an object with an `inverse_link`, which only Python can call.

        Examples
        --------
        >>> import numpy as np
        >>> from hornbeam import HistGradientBoostingRegressor
        >>> X = np.arange(100.0).reshape(-1, 1)
        >>> predictor = HistGradientBoostingRegressor(max_iter=50).fit(X, X.ravel()).predictor()
        >>> predictor.predict(X[:1]).shape
        (1,)
        """
        check_is_fitted(self)
        if self._categories is not None and not self._categories.are_numbered():
            raise ValueError("a compiled predictor needs categories that are numbered 0, 1, 2, ..., these are not")
        own = vars(self)
        refuse_inverse_link(self._custom_loss)
        classes = own["classes_"].copy() if "classes_" in own else None
        return CompiledPredictor(
            self._model,
            classes,
            has_log_link=own.get("_has_log_link", False),
            n_threads=n_threads(self.n_jobs),
        )

    def _raw_predict(self, X: Any, init_score: Any = None) -> Float64:
        """Return the raw score of each row and output, shape (n_samples, n_trees_per_iteration_)."""
        X, init_score = self._check_rows(X, init_score)
        return self._model.predict_raw(X, init_score=init_score, n_threads=n_threads(self.n_jobs))

    def _staged_raw_predict(self, X: Any, init_score: Any = None) -> Iterator[Float64]:
        """Yield the raw scores after each iteration."""
        X, init_score = self._check_rows(X, init_score)
        raw = self._model.start_raw(X.shape[0], init_score)
        for iteration in range(self._model.n_iterations):
            self._model.add_raw(X, raw, iteration, iteration + 1, n_threads=n_threads(self.n_jobs))
            yield raw.copy()

    def _check_rows(self, X: Any, init_score: Any) -> tuple[FloatTable, Float64 | None]:
        check_is_fitted(self)
        X = check_features(self, X, self._categories)
        if init_score is None:
            return X, None
        return X, check_init_score(init_score, X.shape[0], self._model.n_outputs)
