"""A fit that fails leaves no trace: the estimator keeps the state it had before."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

Estimator = TypeVar("Estimator")
Params = ParamSpec("Params")
Result = TypeVar("Result")


def restore_on_failure(
    fit: Callable[Concatenate[Estimator, Params], Result],
) -> Callable[Concatenate[Estimator, Params], Result]:
    """Make `fit` restore the instance dictionary when it raises, an interrupt included.

    The copy is shallow, so a guarded `fit` binds new objects to attributes and never changes one in place.
    It has to be the outermost decorator: those inside may set attributes of their own.
    """

    @functools.wraps(fit)
    def guarded_fit(self: Estimator, /, *args: Params.args, **kwargs: Params.kwargs) -> Result:
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except BaseException:
            self.__dict__ = before  # one assignment: a second interrupt cannot leave half of it
            raise

    return guarded_fit
