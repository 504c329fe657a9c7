"""Histogram gradient boosting for classification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets

from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64, StrOptions
from hornbeam.boosting._base import BaseHistGradientBoosting
from hornbeam.boosting._classes import codes_of, probabilities, weigh_classes, winners
from hornbeam.boosting._custom_loss import CustomLoss
from hornbeam.boosting._docs import share_docs


@share_docs
class HistGradientBoostingClassifier(ClassifierMixin, BaseHistGradientBoosting):
    """Histogram gradient boosting for classification.

    A drop-in replacement of scikit-learn's class of this name, with `n_jobs` and a few attributes more.

    Parameters
    ----------
    loss : {"log_loss"} or callable, default="log_loss"
        The loss: logistic for two classes, multinomial for more. A callable is a loss of your own, see
        `hornbeam.boosting.CustomLoss`.
    {LEARNING}
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, which multiplies the weights of its rows. "balanced" weighs a class by
        `n_samples / (n_classes * n_samples_of_the_class)`; rows of weight zero are not counted.
    {ADDED}
    {THREADS}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted. A class whose rows all have weight zero is among them.
    {FITTED}

    See Also
    --------
    HistGradientBoostingRegressor : The same for regression.
    hornbeam.load : Load a saved estimator.

    Notes
    -----
    With two classes and :math:`p = 1 / (1 + e^{-F(x)})` the loss of a row is
    :math:`\\log(1 + e^{F(x)}) - y F(x)`, so :math:`g = p - y` and :math:`h = p (1 - p)`, each times the weight. With
    more classes every iteration adds a tree per class, :math:`p` is the softmax of the raw scores, and
    :math:`g_k = p_k - [y = k]`, :math:`h_k = p_k (1 - p_k)`.

    {TREES}

    References
    ----------
    {REFERENCES}

    Examples
    --------
    >>> import hornbeam as hb
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = hb.HistGradientBoostingClassifier(max_iter=50).fit(X, y)
    >>> model.predict_proba(X[:2]).shape
    (2, 3)
    >>> bool(model.score(X, y) > 0.95)
    True
    """

    classes_: NDArray[Any]

    _parameter_constraints = {
        **BaseHistGradientBoosting._parameter_constraints,
        "loss": [StrOptions({"log_loss"}), callable],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        loss: str | CustomLoss = "log_loss",
        *,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int | None = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        max_features: float = 1.0,
        max_bins: int = 255,
        categorical_features: Any = "from_dtype",
        monotonic_cst: Any = None,
        interaction_cst: Any = None,
        warm_start: bool = False,
        early_stopping: bool | str = "auto",
        scoring: str | Callable[..., float] | None = "loss",
        validation_fraction: float | None = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-7,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        class_weight: dict[Any, float] | str | None = None,
        subsample: float = 1.0,
        sampling_method: str = "uniform",
        colsample_bytree: float = 1.0,
        colsample_bylevel: float = 1.0,
        l1_regularization: float = 0.0,
        min_split_gain: float = 0.0,
        min_child_weight: float = 1e-3,
        extra_trees: bool = False,
        cat_smooth: float = 10.0,
        cat_l2: float = 10.0,
        max_cat_to_onehot: int = 4,
        cat_cost: float = 1.0,
        n_jobs: int | None = None,
    ) -> None:
        self.loss = loss
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.class_weight = class_weight
        self.subsample = subsample
        self.sampling_method = sampling_method
        self.colsample_bytree = colsample_bytree
        self.colsample_bylevel = colsample_bylevel
        self.l1_regularization = l1_regularization
        self.min_split_gain = min_split_gain
        self.min_child_weight = min_child_weight
        self.extra_trees = extra_trees
        self.cat_smooth = cat_smooth
        self.cat_l2 = cat_l2
        self.max_cat_to_onehot = max_cat_to_onehot
        self.cat_cost = cat_cost
        self.n_jobs = n_jobs

    @of_one_fit
    def predict(self, X: Any, *, init_score: Any = None) -> NDArray[Any]:
        """Predict the class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Added to the raw scores, of which the classes are made.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            The label of the most probable class; of equally probable ones the first.
        """
        return self._labels(self._raw_predict(X, init_score))

    @of_one_fit
    def predict_proba(self, X: Any, *, init_score: Any = None) -> Float64:
        """Predict the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Added to the raw scores, of which the probabilities are made.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return self._probabilities(self._raw_predict(X, init_score))

    @of_one_fit
    def decision_function(self, X: Any, *, init_score: Any = None) -> Float64:
        """Compute the raw scores, the sums of the leaf values.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Added to the raw scores.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            The log-odds of the second of two classes, or with more classes a column for each.
        """
        return self._decision(self._raw_predict(X, init_score))

    @of_one_fit
    def staged_predict(self, X: Any, *, init_score: Any = None) -> Iterator[NDArray[Any]]:
        """Predict the class after each iteration.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Added to the raw scores, of which the classes are made.

        Yields
        ------
        y : ndarray of shape (n_samples,)
            Labels, as `predict` returns them.
        """
        return map(self._labels, self._staged_raw_predict(X, init_score))

    @of_one_fit
    def staged_predict_proba(self, X: Any, *, init_score: Any = None) -> Iterator[Float64]:
        """Predict the probability of each class after each iteration.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Added to the raw scores, of which the probabilities are made.

        Yields
        ------
        probabilities : ndarray of shape (n_samples, n_classes)
            Probabilities, as `predict_proba` returns them.
        """
        return map(self._probabilities, self._staged_raw_predict(X, init_score))

    @of_one_fit
    def staged_decision_function(self, X: Any, *, init_score: Any = None) -> Iterator[Float64]:
        """Compute the raw scores after each iteration.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.
        init_score : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Added to the raw scores.

        Yields
        ------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Scores, as `decision_function` returns them.
        """
        return map(self._decision, self._staged_raw_predict(X, init_score))

    def _labels(self, raw: Float64) -> NDArray[Any]:
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(raw))
        labels: NDArray[Any] = self.classes_[winners(self._custom_loss, raw)]
        return labels

    def _probabilities(self, raw: Float64) -> Float64:
        return np.ones((len(raw), 1)) if len(self.classes_) == 1 else probabilities(self._custom_loss, raw)

    def _decision(self, raw: Float64) -> Float64:
        return raw.ravel() if raw.shape[1] == 1 else raw

    def _encode_target(self, y: NDArray[Any]) -> Float64:
        check_classification_targets(y)
        encoder = LabelEncoder()
        codes = encoder.fit_transform(y)
        self.classes_ = encoder.classes_
        n_classes = len(self.classes_)
        self.n_trees_per_iteration_ = n_classes if n_classes > 2 else 1
        return np.ascontiguousarray(codes, dtype=np.float64)

    def _encode_refit_target(self, y: NDArray[Any]) -> Float64:
        return codes_of(y, self.classes_, "y has labels that classes_ has not")

    def _encode_validation_target(self, y: NDArray[Any]) -> Float64:
        return codes_of(y, self.classes_, "y_val has labels that y has not")

    def _objective(self) -> str:
        return "multiclass_log_loss" if self.n_trees_per_iteration_ > 1 else "binary_log_loss"

    def _weigh_classes(self, y: NDArray[Any], sample_weight: Float64 | None) -> Float64 | None:
        return weigh_classes(self.class_weight, y, sample_weight)
