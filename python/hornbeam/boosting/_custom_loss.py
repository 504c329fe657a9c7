"""Losses that are Python objects: the protocol, and what stands between them and the trainer."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hornbeam._validation import BaseLoss, Float64

__all__ = [
    "CustomLoss",
    "CustomObjective",
    "custom_loss_of",
    "inverse_link",
    "refuse_inverse_link",
    "refuse_to_save",
    "refuse_without_losses",
]


class CustomLoss(Protocol):
    """A loss of your own, for the parameter `loss` of the gradient boosting estimators.

    Any callable `loss(y_true, raw_prediction)` that returns the gradient and the hessian will do, such as a function;
    nothing needs to derive from this class. It is called once per iteration, with all training rows.

    An object may have these methods besides:

    `loss(y_true, raw_prediction)`
        The loss of each row, of shape (n_samples,). Early stopping with `scoring="loss"` needs it.
    `baseline(y_true, sample_weight)`
        The raw scores to start from, a number or of shape (n_outputs,); `sample_weight` may be None. Without it they
        are 0. Not called if `fit` is given `init_score`, nor where a warm start continues.
    `inverse_link(raw_prediction)`
        What raw scores predict. For a regressor the targets, of shape (n_samples,), without it the raw scores
        themselves. For a classifier the probabilities, of shape (n_samples,) for the second of two classes or
        (n_samples, n_classes) for more, without it their logistic function or softmax; `predict` then returns the class
        of the highest probability.

    A loss of scikit-learn, `sklearn._loss.loss.HalfPoissonLoss()` for instance, is used through the methods that it
    has for these purposes.

    Notes
    -----
    Targets are float64; a classifier's are the indices of the classes in `classes_`. `n_outputs` is 1 for a regressor
    and for two classes, and the number of the classes for more; with one output `raw_prediction` has shape
    (n_samples,), else (n_samples, n_outputs). The rows are those that are trained on: without the rows of weight zero
    and those that early stopping holds out. Weights are multiplied to gradients, hessians and losses afterwards, as for
    the built-in losses. A leaf has the value :math:`-\\eta \\sum g / (\\lambda + \\sum h)`. Where every hessian is
    exactly 1 and there are no weights other than integers, it is known to be constant and sums are finer.

    The arrays passed are copies that cannot be written to. An exception leaves `fit` as it is, with the estimator as it
    was. As the object is kept, an estimator with such a loss can be pickled if the object can, but not saved.

    Examples
    --------
    >>> import numpy as np
    >>> from hornbeam import HistGradientBoostingRegressor
    >>> def expectile(y_true, raw_prediction):  # errors below count nine times
    ...     error = raw_prediction - y_true
    ...     weight = np.where(error < 0, 0.9, 0.1)
    ...     return weight * error, weight
    >>> X = np.zeros((100, 1))
    >>> y = np.arange(100.0)
    >>> model = HistGradientBoostingRegressor(loss=expectile).fit(X, y)
    >>> model.predict([[0.0]]).round(1)
    array([74.4])
    """

    def __call__(self, y_true: Float64, raw_prediction: Float64) -> tuple[Any, Any]:
        """Compute the derivatives of the loss by the raw scores.

        Parameters
        ----------
        y_true : ndarray of shape (n_samples,)
            Targets.
        raw_prediction : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Raw scores so far.

        Returns
        -------
        gradient, hessian : array-like of the shape of `raw_prediction`
            First and second derivatives of each row's loss, finite; hessians are not negative. ValueError is raised for
            any other.
        """
        ...


class _SklearnLoss:
    """A loss object of scikit-learn as a `CustomLoss`."""

    def __init__(self, loss: Any) -> None:
        if not loss.differentiable:
            raise ValueError(
                f"loss={loss!r} sets the values of leaves itself, as only losses by name can; use "
                "loss='absolute_error', 'quantile' or 'huber'"
            )
        self.wrapped = loss

    def __call__(self, y_true: Float64, raw_prediction: Float64) -> Any:
        return self.wrapped.gradient_hessian(y_true=y_true, raw_prediction=raw_prediction)

    def loss(self, y_true: Float64, raw_prediction: Float64) -> Any:
        return self.wrapped.loss(y_true=y_true, raw_prediction=raw_prediction)

    def baseline(self, y_true: Float64, sample_weight: Float64 | None) -> Any:
        if not self.wrapped.in_y_true_range(y_true):
            raise ValueError(f"y has values that loss={self.wrapped!r} has no value for")
        return self.wrapped.fit_intercept_only(y_true=y_true, sample_weight=sample_weight)

    def inverse_link(self, raw_prediction: Float64) -> Any:
        return self.wrapped.link.inverse(raw_prediction)


def custom_loss_of(loss: Any) -> Any:
    """The parameter `loss` as a `CustomLoss`; None if it is the name of a built-in one."""
    if isinstance(loss, str):
        return None
    return _SklearnLoss(loss) if isinstance(loss, BaseLoss) else loss


class CustomObjective:
    """A custom loss as the trainer calls it: what it returns is an array of the right type and shape, or an error."""

    def __init__(self, loss: Any, n_outputs: int, sample_weight: Float64 | None) -> None:
        self._loss = loss
        self._n_outputs = n_outputs
        self._sample_weight = None if sample_weight is None else sample_weight.view()
        if self._sample_weight is not None:
            self._sample_weight.flags.writeable = False

    def gradients(self, y: Float64, raw: Float64) -> tuple[Float64, Float64]:
        """Gradients and hessians of the shape of the raw scores."""
        returned = self._loss(y, raw)
        if not isinstance(returned, (tuple, list, np.ndarray)) or len(returned) != 2:
            raise ValueError(f"loss must return a gradient and a hessian, got {_described(returned)}")
        return _as_float64("gradient", returned[0], raw.shape), _as_float64("hessian", returned[1], raw.shape)

    def losses(self, y: Float64, raw: Float64) -> Float64:
        """The loss of each row."""
        return _as_float64("loss per row", self._loss.loss(y, raw), y.shape)

    def baseline(self, y: Float64) -> Float64:
        """The raw score to start from of each output."""
        if not _has(self._loss, "baseline"):
            return np.zeros(self._n_outputs)
        values = np.asarray(self._loss.baseline(y, self._sample_weight))
        shape = (self._n_outputs,)
        return _as_float64("baseline", np.broadcast_to(values, shape) if values.ndim == 0 else values, shape)


def refuse_without_losses(loss: Any) -> None:
    """Refuse a custom loss that early stopping cannot score by."""
    if loss is not None and not _has(loss, "loss"):
        raise ValueError(
            f"scoring='loss' needs the loss of each row, but loss={_original(loss)!r} has no method "
            "loss(y_true, raw_prediction): give it one, set scoring to a scorer, or set early_stopping=False"
        )


def refuse_inverse_link(loss: Any) -> None:
    """Refuse a custom loss whose predictions only Python can make."""
    if _has(loss, "inverse_link"):
        raise TypeError(f"loss={_original(loss)!r} has an inverse_link, and a compiled predictor calls no Python")


def inverse_link(loss: Any, raw: Float64) -> Float64 | None:
    """What a custom loss predicts from raw scores of shape (n_samples, n_outputs); None if it leaves that to us."""
    if not _has(loss, "inverse_link"):
        return None
    raw = raw.ravel() if raw.shape[1] == 1 else raw
    predicted = _as_float64("prediction", loss.inverse_link(raw), raw.shape)
    if not np.isfinite(predicted).all():
        raise ValueError("loss returned a prediction that is not finite")
    return predicted


def refuse_to_save(loss: Any) -> None:
    """Refuse a model of a custom loss: a file holds no code."""
    if loss is not None:
        raise TypeError(f"loss={_original(loss)!r} cannot be saved, nor can a model fitted with it")


def _original(loss: Any) -> Any:
    return loss.wrapped if isinstance(loss, _SklearnLoss) else loss


def _has(loss: Any, method: str) -> bool:
    return callable(getattr(loss, method, None))


def _as_float64(name: str, values: Any, shape: tuple[int, ...]) -> Float64:
    array: NDArray[Any] = np.asarray(values)
    if np.ma.isMaskedArray(values) or array.dtype.kind not in "biuf":
        raise TypeError(f"loss returned a {name} of {_described(values)}, expected real numbers")
    if array.shape != shape:
        raise ValueError(f"loss returned a {name} of shape {array.shape}, expected {shape}")
    with np.errstate(over="ignore"):  # of a long double; it is refused for not being finite
        return np.require(array, np.float64, ["ALIGNED"])


def _described(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    return f"type {type(value).__name__}" + ("" if dtype is None else f" and dtype {dtype}")
