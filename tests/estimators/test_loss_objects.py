"""Loss objects of scikit-learn work as the losses of ours that are named after them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn import ensemble
from sklearn._loss import loss as sklearn_losses
from sklearn.base import clone

import hornbeam as hb
from tests.estimators.custom_loss_support import fit
from tests.estimators.support import table

SKLEARN_LOSSES = {
    "squared_error": sklearn_losses.HalfSquaredError,
    "poisson": sklearn_losses.HalfPoissonLoss,
    "gamma": sklearn_losses.HalfGammaLoss,
}


@pytest.mark.parametrize("name", SKLEARN_LOSSES)
def test_loss_objects_fit_as_they_do_in_scikit_learn(name: str) -> None:
    X, y = table(hb.HistGradientBoostingRegressor())
    y = np.exp(y)
    params: dict[str, Any] = {"max_iter": 20, "early_stopping": True, "random_state": 0, "n_iter_no_change": 30}
    model = hb.HistGradientBoostingRegressor(loss=SKLEARN_LOSSES[name](), **params).fit(X, y)
    theirs = ensemble.HistGradientBoostingRegressor(loss=SKLEARN_LOSSES[name](), **params).fit(X, y)
    np.testing.assert_allclose(model.train_score_, theirs.train_score_, rtol=1e-4)
    # A row that is held out may fall on the other side of a split between float32 sums.
    assert np.isclose(model.predict(X), theirs.predict(X), rtol=1e-4).mean() > 0.99


@pytest.mark.parametrize("n_classes", [2, 3])
def test_class_losses_of_scikit_learn_give_the_probabilities_of_ours(n_classes: int) -> None:
    built_in = hb.HistGradientBoostingClassifier(max_iter=5)
    X, y = table(built_in, n_classes=n_classes)
    loss = (
        sklearn_losses.HalfBinomialLoss() if n_classes == 2 else sklearn_losses.HalfMultinomialLoss(n_classes=n_classes)
    )
    model = clone(built_in).set_params(loss=loss).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), built_in.fit(X, y).predict_proba(X), rtol=1e-9)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), model.predict_proba(X))


def test_a_loss_object_of_scikit_learn_that_sets_leaves_itself_is_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match="use loss='absolute_error', 'quantile' or 'huber'"):
        fit(hb.HistGradientBoostingRegressor(), sklearn_losses.AbsoluteError())


def test_targets_outside_the_range_of_a_loss_object_are_refused() -> None:
    with pytest.raises(ValueError, match=r"y has values that loss=.* has no value for"):
        hb.HistGradientBoostingRegressor(loss=sklearn_losses.HalfGammaLoss()).fit([[0.0], [1.0]], [1.0, -1.0])
