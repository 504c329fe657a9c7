"""Pickles know the version that wrote them: another one may read them, but not in silence."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

from hornbeam._version import __version__

_KEY = "_hornbeam_version"
# What says how a fit went rather than what came of it: equal models shall be equal pickles.
_NOT_PICKLED = {"fit_profile_"}


class VersionedPickleMixin(BaseEstimator):
    """Warns where scikit-learn's own estimators do: when unpickled by another version than they were pickled by."""

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in _NOT_PICKLED} | {_KEY: __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        version = state.get(_KEY, "unknown")
        if version != __version__:
            warnings.warn(
                InconsistentVersionWarning(
                    estimator_name=f"hornbeam.{type(self).__name__}",
                    current_sklearn_version=__version__,
                    original_sklearn_version=version,
                ),
                stacklevel=2,
            )
        super().__setstate__({name: value for name, value in state.items() if name != _KEY})
