"""What the two automatic estimators share: choosing parameters, fitting an ensemble, predicting by it."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import asdict, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from hornbeam._callbacks import CallbackSupportMixin, FitTask
from hornbeam._core import CompiledPredictor
from hornbeam._fit_guard import all_or_nothing, of_one_fit
from hornbeam._model_file import FittedState, SaveMixin, malformed_if_invalid
from hornbeam._plain_json import expect
from hornbeam._validation import Float64, fit_context, validate_parameters
from hornbeam._versioned_pickle import VersionedPickleMixin
from hornbeam.boosting._ensemble import Ensemble, count_copies, fit_member, read_rows, split_off, with_model
from hornbeam.boosting._folds import draw_folds
from hornbeam.boosting._parameters import PARAMETER_CONSTRAINTS
from hornbeam.boosting._resolved import Resolved, as_drawn, resolve
from hornbeam.boosting._target_statistics import target_statistics

_SHARED = ("categorical_features", "monotonic_cst", "interaction_cst", "random_state", "n_jobs")
_ENSEMBLE, _RESOLVED, _ITERATIONS, _LOSSES = "ensemble", "resolved", "member_iterations", "member_losses"


class BaseAutoGradientBoosting(CallbackSupportMixin, SaveMixin, VersionedPickleMixin, BaseEstimator, ABC):
    """Fits an ensemble of histogram gradient boosting estimators, and answers by the estimator that holds its mean."""

    estimator_: Any
    member_iterations_: NDArray[np.int64]
    member_losses_: Float64
    _resolved: Resolved

    _parameter_constraints: dict[str, list[Any]] = {name: PARAMETER_CONSTRAINTS[name] for name in _SHARED}

    @abstractmethod
    def _new_estimator(self) -> Any:
        """Return the unfitted estimator of the members, with what the user has set."""

    @all_or_nothing
    @fit_context
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the ensemble.

        A fit that raises, an interrupt included, leaves the estimator as it was.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features. NaN is a missing value. What `categorical_features` marks may be text; a sparse matrix has no
            categorical features.
        y : array-like of shape (n_samples,)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights. A row of weight zero counts for nothing. If all weights are integers they are
            frequencies, weight k means k copies of the row; others are divided by their mean.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        estimator = self._new_estimator()
        rows = read_rows(estimator, X, y, sample_weight)
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.uint32).max, dtype="u8"))
        resolved = resolve(n_rows=count_copies(rows), n_outputs=estimator.n_trees_per_iteration_)
        folds = draw_folds(rows.X, rows.y, stratify=is_classifier(self), n_folds=resolved.n_folds, seed=seed)
        resolved = as_drawn(resolved, n_folds=folds.n_folds, can_validate=folds.can_validate)
        estimator.set_params(**resolved.tree_parameters())
        statistics = target_statistics(rows, folds, estimator._categories, estimator.n_trees_per_iteration_)
        task = FitTask(self, X, y, resolved.n_members)
        members = []
        for k in range(resolved.n_members):
            end_member = task.begin_iteration()
            member = fit_member(
                statistics.describe(estimator) if statistics else estimator,
                *split_off(statistics.add_to(rows, k) if statistics else rows, folds.of_row == k),
                seed=seed + (k << 32),
                max_iter=resolved.max_iter,
                patience=resolved.patience,
            )
            members.append(replace(member, model=statistics.as_sets(member.model)) if statistics else member)
            if end_member(lambda: self._fitted(estimator, Ensemble(members), resolved, seed)):
                break
        self.__dict__.update(self._fitted(estimator, Ensemble(members), resolved, seed))
        task.end()
        return self

    def _fitted(self, estimator: Any, ensemble: Ensemble, resolved: Resolved, seed: int) -> dict[str, Any]:
        """Return the attributes of a fit of these members."""
        return {
            "estimator_": with_model(estimator, ensemble, seed),
            "member_iterations_": np.array([member.model.n_iterations for member in ensemble.members]),
            "member_losses_": np.array([member.loss for member in ensemble.members]),
            "_resolved": resolved,
        }

    def get_resolved_params(self) -> dict[str, Any]:
        """Return what the fit chose.

        Returns
        -------
        params : dict
            The parameters of the members, named as those of `HistGradientBoosting*`, then `n_folds` (each member holds
            one of them back), `n_members`, `max_iter` (of a member) and `patience` (iterations without a lower loss on
            the fold held back, after which a member stops).
        """
        check_is_fitted(self)
        return asdict(self._resolved)

    @property
    def n_features_in_(self) -> int:
        """Number of features of the training rows."""
        return int(self.estimator_.n_features_in_)

    @property
    def feature_names_in_(self) -> NDArray[np.object_]:
        """Names of the features, if all are strings."""
        names: NDArray[np.object_] = self.estimator_.feature_names_in_
        return names

    @property
    def is_categorical_(self) -> NDArray[np.bool_] | None:
        """Which features are categorical; None if none is."""
        mask: NDArray[np.bool_] | None = self.estimator_.is_categorical_
        return mask

    @property
    def feature_importances_(self) -> Float64:
        """The summed gain of each feature's splits, divided by the sum over features."""
        check_is_fitted(self)
        importances: Float64 = self.estimator_.feature_importances_
        return importances

    @property
    def fit_profile_(self) -> dict[str, float]:
        """Seconds that the members' fits took, by stage."""
        profile: dict[str, float] = self.estimator_.fit_profile_
        return profile

    def predict_contributions(self, X: Any) -> Float64:
        """Attribute the raw score of each row to the features.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        contributions : ndarray of shape (n_samples, n_features + 1) or (n_samples, n_features + 1, n_classes)
            As of `HistGradientBoostingRegressor.predict_contributions`.
        """
        contributions: Float64 = self._fitted_estimator().predict_contributions(X)
        return contributions

    def predictor(self) -> CompiledPredictor:
        """Make an object that predicts as the estimator does now, in microseconds.

        Returns
        -------
        predictor : object
            As of `HistGradientBoostingRegressor.predictor`.
        """
        predictor: CompiledPredictor = self._fitted_estimator().predictor()
        return predictor

    def _fitted_estimator(self) -> Any:
        """Return the estimator that answers, with the threads that are set now and not those of the fit."""
        check_is_fitted(self)
        fitted = self.estimator_
        return fitted if fitted.n_jobs == self.n_jobs else copy.copy(fitted).set_params(n_jobs=self.n_jobs)

    @of_one_fit
    def _fitted_state(self) -> FittedState:
        scalars, tensors = self._fitted_estimator()._fitted_state()
        own = {
            _ENSEMBLE: scalars,
            _RESOLVED: asdict(self._resolved),
            _ITERATIONS: self.member_iterations_.tolist(),
            _LOSSES: self.member_losses_.tolist(),
        }
        return FittedState(own, tensors)

    def _restore_fitted_state(self, state: FittedState) -> None:
        scalars, tensors = state
        expected = {_ENSEMBLE, _RESOLVED, _ITERATIONS, _LOSSES}
        expect(set(scalars) == expected, f"fitted scalars are {sorted(scalars)}, expected {sorted(expected)}")
        expect(isinstance(scalars[_ENSEMBLE], dict), "the ensemble is not a JSON object")
        iterations, losses = scalars[_ITERATIONS], scalars[_LOSSES]
        expect(_are(iterations, int) and min(iterations, default=0) > 0, "member_iterations are not positive integers")
        expect(_are(losses, float) and len(losses) == len(iterations), "member_losses are not a number for each member")
        resolved = Resolved.from_json(scalars[_RESOLVED])
        expect(len(iterations) <= resolved.n_members, "there are more members than were resolved")
        expect(max(iterations) <= resolved.max_iter, "member_iterations are more than were resolved")
        estimator = self._new_estimator().set_params(**resolved.tree_parameters())
        with malformed_if_invalid():
            validate_parameters(estimator)
        estimator._restore_fitted_state(FittedState(scalars[_ENSEMBLE], tensors))
        expect(estimator.n_iter_ == sum(iterations), "member_iterations do not add up to the trees")
        self.estimator_ = estimator
        self.member_iterations_ = np.array(iterations)
        self.member_losses_ = np.array(losses)
        self._resolved = resolved

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags


def _are(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(type(value) is kind for value in values)
