"""The callback protocol of scikit-learn 1.9, reduced to what a boosting loop says: begin, step, end.

Below scikit-learn 1.9 there are no callbacks: the mixin is empty and a `FitTask` does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["CallbackSupportMixin", "FitTask"]

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for scikit-learn's mixin, which adds `set_callbacks`."""


class FitTask:
    """The running fit, as callbacks see it: one root task with one subtask per iteration.

    Parameters
    ----------
    estimator : estimator
        The estimator being fitted. scikit-learn's fit context tears its callbacks down.
    X, y : array-like
        The training data as the user passed them.
    n_iterations : int
        An upper bound of the number of iterations.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, n_iterations: int) -> None:
        self._shown = {"estimator": estimator, "X": X, "y": y}
        self._root = None
        if hasattr(estimator, "_init_callback_context"):
            self._root = estimator._init_callback_context(max_subtasks=n_iterations)
            self._root.call_on_fit_task_begin(**self._shown)

    def begin_iteration(self) -> Callable[[Callable[[], dict[str, Any]]], bool]:
        """Announce an iteration; the function returned ends it and says whether a callback asks to stop.

        That function takes the way to the attributes of the model so far, which is used only if a callback wants it.
        """
        if self._root is None:
            return lambda attributes: False
        step = self._root.subcontext(task_name="iteration")
        step.call_on_fit_task_begin(**self._shown)
        return lambda attributes: bool(step.call_on_fit_task_end(**self._shown, reconstruction_attributes=attributes))

    def end(self) -> None:
        """Announce the end of the fit; the estimator is fitted by now."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._shown, reconstruction_attributes={})
