"""A callback as scikit-learn 1.9 calls it."""

from __future__ import annotations

from typing import Any


class Recorder:
    """Notes what it is told, keeps the models, and asks to stop or raises after some of them."""

    def __init__(self, stop_after: int | None = None, error: type[BaseException] | None = None) -> None:
        self.events: list[str] = []
        self.models: list[Any] = []
        self._stop_after = stop_after
        self._error = error

    def setup(self, estimator: Any, context: Any) -> None:
        self.events.append("setup")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator: Any, context: Any, *, fitted_estimator: Any) -> bool:
        self.events.append(f"end {context.task_name}")
        self.models.append(fitted_estimator)
        is_last = len(self.models) == (self._stop_after or 1)
        if is_last and self._error is not None:
            raise self._error
        return context.task_name == "iteration" and len(self.models) == self._stop_after

    def teardown(self, estimator: Any, context: Any) -> None:
        self.events.append("teardown")
