"""A fit is a transaction: the estimator changes when it is done, as a whole or not at all, and predictions see one fit.

The fitted state is the instance dictionary. A fit works on a draft, an object of the same class with a copy of that
dictionary, which becomes the estimator's own in one assignment. A prediction works on a view, an object that shares the
dictionary of the moment. Hence attributes are bound to new objects and never changed in place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

Estimator = TypeVar("Estimator")
Params = ParamSpec("Params")
Result = TypeVar("Result")


def all_or_nothing(
    fit: Callable[Concatenate[Estimator, Params], Estimator],
) -> Callable[Concatenate[Estimator, Params], Estimator]:
    """Make `fit` work on a draft whose state becomes the estimator's when it is done.

    So a fit that raises, an interrupt included, leaves no trace, and of two fits at once one wins as a whole. This has
    to be the outermost decorator: those inside may set attributes of their own.
    """

    @functools.wraps(fit)
    def fit_draft(self: Estimator, /, *args: Params.args, **kwargs: Params.kwargs) -> Estimator:
        draft = _twin(self, dict(vars(self)))
        fit(draft, *args, **kwargs)
        self.__dict__ = draft.__dict__  # one assignment: an interrupt comes before it or after it
        return self

    return fit_draft


def of_one_fit(
    predict: Callable[Concatenate[Estimator, Params], Result],
) -> Callable[Concatenate[Estimator, Params], Result]:
    """Make a method read the state of one fit to its end, though another thread fits the estimator meanwhile."""

    @functools.wraps(predict)
    def predict_by_view(self: Estimator, /, *args: Params.args, **kwargs: Params.kwargs) -> Result:
        return predict(_twin(self, vars(self)), *args, **kwargs)

    return predict_by_view


def _twin(estimator: Estimator, state: dict[str, Any]) -> Estimator:
    twin: Estimator = object.__new__(type(estimator))
    twin.__dict__ = state
    return twin
