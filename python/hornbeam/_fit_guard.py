"""A fit is a transaction: the estimator changes when the fit is done, as a whole, or not at all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

Estimator = TypeVar("Estimator")
Params = ParamSpec("Params")


def all_or_nothing(
    fit: Callable[Concatenate[Estimator, Params], Estimator],
) -> Callable[Concatenate[Estimator, Params], Estimator]:
    """Make `fit` work on a draft of the estimator, whose state becomes the estimator's when it is done.

    So a fit that raises, an interrupt included, leaves no trace, and other threads see the state of one fit, never of
    two. The draft is a shallow copy: a `fit` binds new objects to attributes and never changes one in place. This has
    to be the outermost decorator: those inside may set attributes of their own.
    """

    @functools.wraps(fit)
    def fit_draft(self: Estimator, /, *args: Params.args, **kwargs: Params.kwargs) -> Estimator:
        draft = object.__new__(type(self))
        draft.__dict__ = dict(vars(self))
        fit(draft, *args, **kwargs)
        self.__dict__ = draft.__dict__  # one assignment: an interrupt comes before it or after it
        return self

    return fit_draft
