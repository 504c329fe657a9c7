"""What a fitted estimator says of its trees: contributions of the features, leaves, and the trees as data and text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from hornbeam._core import TreeModel, contributions, leaf_indices
from hornbeam._fit_guard import of_one_fit
from hornbeam._validation import Float64, check_integer, n_threads
from hornbeam.boosting._categories import Categories, check_features
from hornbeam.boosting._tree_text import Labels, model_as_dict, tree_as_text


class InspectionMixin(BaseEstimator):
    """Looks into the trees that a fit left in `_model`."""

    _model: TreeModel
    _categories: Categories | None
    n_jobs: int | None

    @of_one_fit
    def predict_contributions(self, X: Any) -> Float64:
        """Attribute the raw score of each row to the features: path-dependent TreeSHAP values [1]_.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        contributions : ndarray of shape (n_samples, n_features + 1) or (n_samples, n_features + 1, n_outputs)
            The contribution of each feature and, last, the expected score over the training rows, in units of the raw
            score: what is predicted, or the log-odds of a classifier, or the logarithm of the mean ("poisson", "gamma"
            and "tweedie"). The third dimension is there with three classes or more. A row adds up to its raw score.

        Notes
        -----
        The contribution of feature :math:`i` is its Shapley value

        .. math::

            \\phi_i = \\sum_{S \\not\\ni i} \\frac{|S|! \\, (n - |S| - 1)!}{n!}
            \\left(v(S \\cup \\{i\\}) - v(S)\\right),

        where :math:`v(S)` is the expected score of the row if only the features in :math:`S` are known: at a node of
        another feature both children count, weighted by the numbers of training rows in them (halves where a model
        file says that there were none).

        A leaf's sum over :math:`S` is an integral over :math:`[0, 1]` of a product of linear functions, one for each
        feature on its path. It is computed by Gauss-Legendre quadrature: time grows with nodes times features on a
        path, no term cancels another, and a row's values have the same bits whatever rows and threads are beside it. A
        number beyond the float64 range is clipped to it.

        References
        ----------
        .. [1] S. M. Lundberg, G. G. Erion, S.-I. Lee, "Consistent individualized feature attribution for tree
               ensembles", arXiv:1802.03888, 2018.

        Examples
        --------
        >>> import numpy as np
        >>> from hornbeam import HistGradientBoostingRegressor
        >>> X = np.random.default_rng(0).normal(size=(200, 3))
        >>> model = HistGradientBoostingRegressor(max_iter=20).fit(X, 5 * X[:, 0] - X[:, 1])
        >>> contributions = model.predict_contributions(X)
        >>> contributions.shape
        (200, 4)
        >>> bool(np.allclose(contributions.sum(axis=1), model.predict(X)))
        True
        >>> np.abs(contributions[:, :3]).mean(axis=0).argsort()[::-1].tolist()  # the most important first
        [0, 1, 2]
        """
        check_is_fitted(self)
        X = check_features(self, X, self._categories)
        return _by_output(contributions(self._model, X, n_threads=n_threads(self.n_jobs)))

    @of_one_fit
    def apply(self, X: Any) -> NDArray[np.int32]:
        """Find the leaf that each row reaches in each tree.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Features.

        Returns
        -------
        leaves : ndarray of shape (n_samples, n_iter_) or (n_samples, n_iter_, n_outputs)
            Numbers of leaves, counted from 0 in every tree, in the order of the lists of leaves of `dump_model`. The
            third dimension is there with three classes or more.

        Examples
        --------
        >>> from hornbeam import HistGradientBoostingRegressor
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 0.0, 1.0, 1.0]
        >>> model = HistGradientBoostingRegressor(max_iter=2, min_samples_leaf=1, max_leaf_nodes=2).fit(X, y)
        >>> model.apply(X)
        array([[0, 0],
               [0, 0],
               [1, 1],
               [1, 1]], dtype=int32)
        """
        check_is_fitted(self)
        X = check_features(self, X, self._categories)
        return _by_output(leaf_indices(self._model, X, n_threads=n_threads(self.n_jobs)))

    @of_one_fit
    def dump_model(self) -> dict[str, Any]:
        """Describe the model by lists, dicts, numbers and strings, as JSON has them.

        Returns
        -------
        model : dict
            Its keys are

            - "n_features", "feature_names" (None if X had no names), "n_outputs" and "n_iterations";
            - "baseline", the raw score before the first tree for each output;
            - "trees", a list with the `n_outputs` trees of the first iteration, then those of the second, and so on.

            A tree is a dict of "iteration" and "output", both counted from 0, "nodes" and "leaves". The first node is
            the root; a tree without nodes has one leaf. A node is a dict of

            - "feature", its number, and "feature_name" (None without names);
            - "threshold": a row whose value is at most that goes left. An infinite one is the string "inf" or "-inf",
              which `float` reads, for JSON has no infinities;
            - "categories_left": at a node that asks for a category, whose threshold is None, the categories that go
              left; else None;
            - "missing_left": whether a row whose value is missing goes left;
            - "gain", "count" (the number of training rows) and
            - "left" and "right": {"node": number} or {"leaf": number}. A child's number is higher than its parent's.

            A leaf is a dict of "value" and "count". Nodes refer to one another by number, as nested they could be
            deeper than JSON libraries can read.

        Examples
        --------
        >>> from hornbeam import HistGradientBoostingRegressor
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 0.0, 1.0, 1.0]
        >>> model = HistGradientBoostingRegressor(max_iter=1, min_samples_leaf=1, max_leaf_nodes=2).fit(X, y)
        >>> tree = model.dump_model()["trees"][0]
        >>> tree["nodes"][0]["threshold"], tree["nodes"][0]["right"]
        (1.5, {'leaf': 1})
        >>> tree["leaves"][1]
        {'value': 0.05, 'count': 2}
        """
        check_is_fitted(self)
        return model_as_dict(self._model.to_arrays(), self._tree_labels())

    @of_one_fit
    def export_text(self, iteration: int = 0, *, output: int = 0, max_depth: int = 10, decimals: int = 3) -> str:
        """Write a tree as text.

        Parameters
        ----------
        iteration : int, default=0
            The iteration that grew the tree, counted from 0.
        output : int, default=0
            The output that the tree adds to: with three classes or more the class, else 0.
        max_depth : int, default=10
            Nodes below this depth are left out.
        decimals : int, default=3
            Decimal places of thresholds, gains and values, at most 100.

        Returns
        -------
        text : str
            A line for each branch and each leaf.

        Examples
        --------
        >>> import numpy as np
        >>> from hornbeam import HistGradientBoostingRegressor
        >>> X, y = [[0.0], [1.0], [2.0], [np.nan]], [0.0, 0.0, 1.0, 1.0]
        >>> model = HistGradientBoostingRegressor(max_iter=1, min_samples_leaf=1, max_leaf_nodes=2).fit(X, y)
        >>> print(model.export_text())
        |--- x0 <= 1.500 (gain 1.000, count 4)
        |   |--- value: -0.050 (count 2)
        |--- x0 > 1.500 or missing
        |   |--- value: 0.050 (count 2)
        """
        check_is_fitted(self)
        iteration = check_integer(iteration, 0, self._model.n_iterations - 1, "iteration")
        output = check_integer(output, 0, self._model.n_outputs - 1, "output")
        max_depth = check_integer(max_depth, 0, None, "max_depth")
        decimals = check_integer(decimals, 0, 100, "decimals")
        tree = iteration * self._model.n_outputs + output
        return tree_as_text(self._model.to_arrays(), tree, self._tree_labels(), max_depth, decimals)

    def _tree_labels(self) -> Labels:
        names = vars(self).get("feature_names_in_")
        return Labels(
            None if names is None else names.tolist(), {} if self._categories is None else self._categories.values
        )


def _by_output(values: NDArray[Any]) -> NDArray[Any]:
    """Without the dimension of the outputs if there is one."""
    return values[:, :, 0] if values.shape[2] == 1 else values
