"""Targets as estimators of neighbours keep them: codes of classes, or float64 numbers; one output or several."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import check_consistent_length
from sklearn.utils.multiclass import check_classification_targets

from hornbeam._fit_guard import all_or_nothing
from hornbeam._validation import Float64, check_targets, fit_context, reading
from hornbeam.neighbors._base import NeighborsBase

__all__ = ["ClassTargetsMixin", "NumericTargetsMixin"]


class ClassTargetsMixin(ClassifierMixin, NeighborsBase):
    """Classes as codes, with the labels of each output."""

    classes_: Any
    outputs_2d_: bool
    _y: NDArray[np.intp]

    def _fit_targets(self, y: Any) -> None:
        """Set what a fit learns from y alone."""
        y = check_targets(self, y)
        check_consistent_length(self._fit_X, y)
        with reading("y"):
            check_classification_targets(y)
        self.outputs_2d_ = y.ndim == 2 and y.shape[1] != 1
        if y.ndim == 2 and not self.outputs_2d_:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please change the shape of y to "
                "(n_samples,), for example using ravel().",
                DataConversionWarning,
                stacklevel=6,
            )
        with reading("y"):
            found = [np.unique(output, return_inverse=True) for output in y.reshape(len(y), -1).T]
        codes = np.stack([code for _, code in found], axis=1).astype(np.intp)
        self._y = codes if self.outputs_2d_ else codes.ravel()
        self.classes_ = [labels for labels, _ in found] if self.outputs_2d_ else found[0][0]

    def _outputs(self) -> list[tuple[NDArray[Any], NDArray[np.intp]]]:
        """Labels and codes of each output."""
        if self.outputs_2d_:
            return list(zip(self.classes_, self._y.T, strict=True))
        return [(self.classes_, self._y)]

    def _join(self, outputs: list[Any]) -> Any:
        """What was made of each output, as predictions have it: for one output alone no list."""
        return outputs if self.outputs_2d_ else outputs[0]

    def _join_labels(self, outputs: list[NDArray[Any]]) -> NDArray[Any]:
        """Labels of each output as an array of the shape that y had."""
        return np.stack(outputs, axis=1) if self.outputs_2d_ else outputs[0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class NumericTargetsMixin(RegressorMixin, NeighborsBase):
    """Numbers, of which predictions are means."""

    _y: Float64

    @all_or_nothing
    @fit_context
    def fit(self, X: Any, y: Any) -> Self:
        """Keep the rows and their targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features), or (n_samples, n_samples) if \
                metric="precomputed"
            Rows. They are not copied, so do not change them as long as the estimator is used.
        y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_outputs)
            Targets.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._fit_rows(X)
        self._fit_targets(y)
        return self

    def _fit_targets(self, y: Any) -> None:
        """Set what a fit learns from y alone."""
        y = check_targets(self, y)
        check_consistent_length(self._fit_X, y)
        if y.dtype.kind in "US":
            raise ValueError(f"y must be numbers, got {y.dtype}")
        with reading("y"):
            self._y = y.astype(np.float64)
        if not np.isfinite(self._y).all():
            raise ValueError("y has values that are not finite in float64")

    def _join_means(self, means: Float64) -> Float64:
        """Means, a column for each output, in the shape that y had."""
        return means.ravel() if self._y.ndim == 1 else means
