"""What the two histogram gradient boosting estimators share: parameters, the fitting loop, raw predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length, check_random_state

from hornbeam._callbacks import CallbackSupportMixin, FitTask
from hornbeam._core import Trainer, TreeModel
from hornbeam._fit_guard import all_or_nothing
from hornbeam._validation import (
    Float64,
    FloatTable,
    check_init_score,
    check_sample_weight,
    check_target,
    fit_context,
    n_threads,
    reading,
)
from hornbeam._versioned_pickle import VersionedPickleMixin
from hornbeam.boosting._categorical_features import categorical_mask
from hornbeam.boosting._categories import check_features, learn_categories
from hornbeam.boosting._constraints import interaction_limits, monotonic_signs
from hornbeam.boosting._custom_loss import CustomObjective, custom_loss_of
from hornbeam.boosting._early_stopping import ScoreRecord, scoring_of
from hornbeam.boosting._fitted_attributes import FittedAttributesMixin
from hornbeam.boosting._fitted_trees import FittedTreesMixin
from hornbeam.boosting._parameters import PARAMETER_CONSTRAINTS, tree_options
from hornbeam.boosting._persistence import PersistentBoosting
from hornbeam.boosting._report import Report
from hornbeam.boosting._rows import Rows

# Above this many rows early_stopping="auto" means True.
AUTO_EARLY_STOPPING_ROWS = 10_000


def _same_mask(a: NDArray[np.bool_] | None, b: NDArray[np.bool_] | None) -> bool:
    return b is None if a is None else b is not None and np.array_equal(a, b)


class BaseHistGradientBoosting(
    CallbackSupportMixin,
    FittedAttributesMixin,
    FittedTreesMixin,
    PersistentBoosting,
    VersionedPickleMixin,
    ABC,
):
    """Base of the classifier and the regressor, which add the target's encoding and the link function."""

    _model: TreeModel
    _random_seed: int
    n_trees_per_iteration_: int
    n_features_in_: int
    is_categorical_: NDArray[np.bool_] | None

    _parameter_constraints: dict[str, list[Any]] = PARAMETER_CONSTRAINTS

    @abstractmethod
    def _encode_target(self, y: NDArray[Any]) -> Float64:
        """Set what the estimator learns from y alone and return y as the trainer reads it."""

    @abstractmethod
    def _encode_validation_target(self, y: NDArray[Any]) -> Float64:
        """Return validation targets in the encoding of the training targets."""

    @abstractmethod
    def _objective(self) -> str:
        """The trainer's name of a built-in loss."""

    def _objective_options(self) -> dict[str, float]:
        """What the trainer has to know of the loss besides."""
        return {}

    def _weigh_classes(self, y: NDArray[Any], sample_weight: Float64 | None) -> Float64 | None:
        return sample_weight

    @all_or_nothing
    @fit_context
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        init_score: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        init_score_val: Any = None,
    ) -> Self:
        """Fit the model.

        A fit that raises, an interrupt included, leaves the estimator as it was. Until it is done the estimator keeps
        the state it had; what is set on it meanwhile is lost. Of two fits at once in two threads the one that is done
        last wins.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features. NaN is a missing value. float32 and float64 are read where they lie, without a copy. What
            `categorical_features` marks may be text. A sparse matrix is never made dense; what it does not store is
            zero, and it has no categorical features.
        y : array-like of shape (n_samples,)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights. A row of weight zero counts for nothing. If all weights are integers they are
            frequencies: weight k means k copies of the row.
        init_score : array-like of shape (n_samples,) or (n_samples, n_trees_per_iteration_), default=None
            Raw scores that training starts from in place of a constant, such as another model's `decision_function` or
            the logarithm of an exposure. They are no part of the model: give them to `predict` too, and again to a fit
            that continues this one (`warm_start`).
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Features of the rows that early stopping scores, in place of rows split off X.
        y_val : array-like of shape (n_val,), default=None
            Targets of `X_val`.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of `X_val`.
        init_score_val : array-like, default=None
            First scores of `X_val`, shaped as `init_score`; to be given if that is.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._custom_loss = custom_loss_of(self.loss)
        continued = self._continued_model()
        begin = 0 if continued is None else continued.n_iterations
        task = FitTask(self, X, y, self.max_iter - begin)
        train = self._training_rows(X, y, sample_weight, init_score, continued)
        validation = self._validation_rows(X_val, y_val, sample_weight_val, init_score_val)
        if validation is not None and (init_score is None) != (init_score_val is None):
            raise ValueError("init_score and init_score_val go together: give both or neither")
        if continued is None:
            # Drawn as scikit-learn draws it, so that one random_state gives the same validation rows in both.
            self._random_seed = int(check_random_state(self.random_state).randint(np.iinfo(np.uint32).max, dtype="u8"))
        train, validation = self._hold_out(train, validation)

        report = Report(self, train, validation)
        trainer = self._new_trainer(train, continued)
        if validation is not None:
            trainer.set_validation(
                validation.X, validation.y, validation.sample_weight, init_score=validation.init_score
            )
        record = ScoreRecord(self, keep=continued is not None)
        score = scoring_of(self, train, validation, self._random_seed) if self.do_early_stopping_ else None
        if score is not None and continued is None:
            record.append(*score(trainer))
        for iteration in range(begin, self.max_iter):
            end_iteration = task.begin_iteration()
            trainer.boost()
            if score is not None:
                record.append(*score(trainer))
            report.iteration(iteration, record)
            asked_to_stop = end_iteration(lambda: {"_model": trainer.model(), **record.attributes()})
            if asked_to_stop or (score is not None and record.should_stop()):
                break

        self.__dict__.update(_model=trainer.model(), fit_profile_=trainer.profile(), **record.attributes())
        report.end(self._model)
        task.end()
        return self

    def _continued_model(self) -> TreeModel | None:
        """The model that a warm start continues."""
        model = getattr(self, "_model", None) if self.warm_start else None
        if model is not None and self.max_iter < model.n_iterations:
            raise ValueError(
                f"max_iter={self.max_iter} must be larger than or equal to n_iter_={model.n_iterations} when "
                "warm_start==True"
            )
        return model

    def _training_rows(self, X: Any, y: Any, sample_weight: Any, init_score: Any, continued: TreeModel | None) -> Rows:
        known_classes = getattr(self, "classes_", None)
        X = self._training_features(X, continued)
        y = check_target(self, y)
        check_consistent_length(X, y)
        with reading("y"):
            encoded = self._encode_target(y)
        if continued is not None:
            if continued.n_features != self.n_features_in_:
                raise ValueError(
                    f"X has {self.n_features_in_} features, but warm_start=True continues a model of "
                    f"{continued.n_features} features"
                )
            if known_classes is not None and not np.array_equal(known_classes, self.classes_):
                raise ValueError(
                    f"y has the classes {self.classes_}, but warm_start=True continues a model of the classes "
                    f"{known_classes}"
                )
        weight = None if sample_weight is None else check_sample_weight(sample_weight, X)
        weight = self._weigh_classes(y, weight)
        rows = Rows(X, encoded, weight, self._first_scores(init_score, X, "init_score")).drop_weightless()
        if self._categories is not None and len(rows) < len(X) and continued is None:
            self._categories = self._categories.without_absent(rows.X)
        return rows

    def _training_features(self, X: Any, continued: TreeModel | None) -> FloatTable:
        """Return X as the core reads it, having learned the categories if there is no model that knows them."""
        is_categorical = categorical_mask(X, self.categorical_features)
        if continued is None:
            self._categories = None if is_categorical is None else learn_categories(X, is_categorical)
        elif not _same_mask(is_categorical, self.is_categorical_):
            raise ValueError("X has other categorical features than the model that warm_start=True continues")
        self.is_categorical_ = is_categorical
        return check_features(self, X, self._categories, reset=True)

    def _first_scores(self, init_score: Any, X: Any, name: str) -> Float64 | None:
        if init_score is None:
            return None
        return check_init_score(init_score, X.shape[0], self.n_trees_per_iteration_, name=name)

    def _validation_rows(self, X_val: Any, y_val: Any, sample_weight_val: Any, init_score_val: Any) -> Rows | None:
        if X_val is None and y_val is None:
            if init_score_val is not None:
                raise ValueError("init_score_val is provided, but X_val and y_val were not provided.")
            return None
        if y_val is None:
            raise ValueError("X_val is provided, but y_val was not provided.")
        if X_val is None:
            raise ValueError("y_val is provided, but X_val was not provided.")
        if not self.early_stopping:
            raise ValueError(
                "X_val and y_val are passed to fit while at the same time early_stopping is False. They are used by "
                "early stopping only: set early_stopping to 'auto' or True."
            )
        X_val = check_features(self, X_val, self._categories, name="X_val")
        y_val = check_target(self, y_val, name="y_val")
        with reading("y_val"):
            check_consistent_length(X_val, y_val)
            encoded = self._encode_validation_target(y_val)
        weight = None
        if sample_weight_val is not None:
            weight = check_sample_weight(sample_weight_val, X_val, name="sample_weight_val")
        init_score = self._first_scores(init_score_val, X_val, "init_score_val")
        return Rows(X_val, encoded, weight, init_score).drop_weightless()

    def _hold_out(self, train: Rows, validation: Rows | None) -> tuple[Rows, Rows | None]:
        """Decide on early stopping and split validation rows off if it needs them and none were given."""
        if self.early_stopping == "auto":
            self.do_early_stopping_ = len(train) > AUTO_EARLY_STOPPING_ROWS
        else:
            self.do_early_stopping_ = bool(self.early_stopping)
        if not self.do_early_stopping_:
            return train, None
        if validation is None and self.validation_fraction is not None:
            with reading("validation_fraction"):
                return train.split(self.validation_fraction, stratify=is_classifier(self), seed=self._random_seed)
        return train, validation

    def _new_trainer(self, train: Rows, continued: TreeModel | None) -> Trainer:
        return Trainer(
            train.X,
            train.y,
            train.sample_weight,
            init_score=train.init_score,
            **self._leaf_options(train.sample_weight),
            **interaction_limits(self.interaction_cst, train.X.shape[1]),
            **tree_options(self),
            seed=self._random_seed,
            n_categories=None if self._categories is None else self._categories.n_categories(self.n_features_in_),
            init_model=continued,
        )

    def _leaf_options(self, sample_weight: Float64 | None) -> dict[str, Any]:
        """What the values of leaves depend on besides the rows."""
        custom = CustomObjective(self._custom_loss, self.n_trees_per_iteration_, sample_weight)
        return {
            "objective": self._objective() if self._custom_loss is None else custom,
            **self._objective_options(),
            "n_classes": self.n_trees_per_iteration_,
            "learning_rate": float(self.learning_rate),
            "l1_regularization": float(self.l1_regularization),
            "l2_regularization": float(self.l2_regularization),
            "monotonic_cst": monotonic_signs(self),
            "n_threads": n_threads(self.n_jobs),
        }

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        return tags
