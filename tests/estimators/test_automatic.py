"""The automatic estimators: what they choose, how they fold, and that one model holds the mean of the members."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split

import hornbeam as hb
from hornbeam import ModelFormatError
from hornbeam._model_file import from_bytes, to_bytes
from hornbeam.boosting._averaged import average
from hornbeam.boosting._folds import draw_folds
from hornbeam.boosting._resolved import Resolved, resolve
from tests.estimators.support import raw_scores, table
from tests.public_estimators import AUTOMATIC, over_automatic

# Folds.


def rows(n_rows: int = 400, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, (n_rows, 6)).astype(float)
    X[rng.random(X.shape) < 0.1] = np.nan
    X[:, 5] = rng.normal(size=n_rows)
    return X, rng.integers(0, 3, n_rows).astype(float)


def test_folds_have_equal_shares_of_the_rows_and_of_each_class() -> None:
    X, y = rows()
    folds = draw_folds(X, y, stratify=True, n_folds=8, seed=1).of_row
    assert set(np.bincount(folds)) <= {50}
    for label in range(3):
        sizes = np.bincount(folds[y == label], minlength=8)
        assert sizes.max() - sizes.min() <= 1


def test_equal_rows_lie_in_one_fold_wherever_they_stand() -> None:
    X, y = rows()
    once = draw_folds(X, y, stratify=True, n_folds=8, seed=1).of_row
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(400), 3))
    again = draw_folds(X[order], y[order], stratify=True, n_folds=8, seed=1).of_row
    np.testing.assert_array_equal(again, once[order])


@pytest.mark.parametrize("form", [scipy.sparse.csr_array, np.asfortranarray, lambda X: X.astype(np.float32)])
def test_folds_do_not_depend_on_how_the_table_is_stored(form: Any) -> None:
    X, y = rows()
    X = X.astype(np.float32).astype(np.float64)
    X[3, 0], X[4, 0] = 0.0, -0.0
    expected = draw_folds(X, y, stratify=False, n_folds=5, seed=2).of_row
    np.testing.assert_array_equal(draw_folds(form(X), y, stratify=False, n_folds=5, seed=2).of_row, expected)


@pytest.mark.parametrize("stratify", [False, True])
def test_seeds_draw_different_folds_of_every_class(stratify: bool) -> None:
    """A class of which every seed drew the same folds would be validated on the same rows for ever."""
    X, y = rows()
    one, other = (draw_folds(X, y, stratify=stratify, n_folds=8, seed=seed).of_row for seed in (1, 2))
    for label in range(3):
        assert (one == other)[y == label].mean() < 0.3  # by chance an eighth


def test_few_rows_have_few_folds() -> None:
    X, _ = rows()
    one = draw_folds(np.ones((5, 2)), np.ones(5), stratify=False, n_folds=8, seed=0)
    assert (one.of_row.tolist(), one.n_folds, one.can_validate) == ([0] * 5, 1, False)
    three = draw_folds(X[:4], np.arange(4.0), stratify=False, n_folds=8, seed=0)
    assert (sorted(three.of_row), three.n_folds, three.can_validate) == ([0, 0, 1, 2], 3, True)


@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize("n_rare", [2, 3, 8, 30])
def test_every_fold_has_a_row_whose_target_is_not_the_most_frequent(n_rare: int, stratify: bool) -> None:
    X, _ = rows()
    y = np.full(len(X), 5.0)
    y[:n_rare] = np.arange(n_rare) % 3 + np.array([0, 9])[np.arange(n_rare) % 2]
    folds = draw_folds(X, y, stratify=stratify, n_folds=8, seed=0)
    assert folds.can_validate
    assert folds.n_folds == min(8, n_rare)
    assert set(folds.of_row[:n_rare]) == set(folds.of_row) == set(range(folds.n_folds))


def test_folds_of_numbers_have_equal_shares_of_neighbours() -> None:
    X, _ = rows()
    y = np.random.default_rng(1).normal(size=len(X))
    folds = draw_folds(X, y, stratify=False, n_folds=8, seed=0).of_row
    for begin in range(0, 400, 80):
        neighbours = np.argsort(y)[begin : begin + 80]
        assert np.ptp(np.bincount(folds[neighbours], minlength=8)) <= 2


# The mean of models.


@pytest.mark.parametrize("n_classes", [2, 3])
def test_one_model_holds_the_mean_of_several(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=500), rng.integers(0, 40, 500), rng.integers(0, 300, 500)])
    y = (X[:, 0] + X[:, 1] % 3 + X[:, 2] % 2 > np.arange(n_classes)[1:, None]).sum(axis=0)
    settings: list[dict[str, Any]] = [{"max_iter": 3}, {"max_iter": 7, "max_leaf_nodes": 5}, {"max_iter": 1}]
    models = [
        hb.HistGradientBoostingClassifier(categorical_features=[1, 2], min_samples_leaf=3, **given).fit(X, y)._model
        for given in settings
    ]
    mean = average(models)
    assert mean.n_iterations == 11
    expected = np.mean([model.predict_raw(X) for model in models], axis=0)
    np.testing.assert_allclose(mean.predict_raw(X), expected, rtol=1e-12, atol=1e-12)
    assert average(models[:1]).to_arrays().keys() == models[0].to_arrays().keys()
    np.testing.assert_array_equal(average(models[:1]).predict_raw(X), models[0].predict_raw(X))


# The estimators.


@over_automatic
def test_members_stop_where_their_own_fold_says(estimator: Any) -> None:
    X, y = table(estimator, n_rows=300)
    fitted = clone(estimator).fit(X, y)
    chosen = fitted.get_resolved_params()
    assert chosen["n_members"] == chosen["n_folds"] == 8
    assert fitted.member_iterations_.shape == fitted.member_losses_.shape == (8,)
    assert fitted.member_iterations_.sum() == fitted.estimator_.n_iter_
    assert (fitted.member_iterations_ < chosen["max_iter"]).all()
    assert len(set(fitted.member_iterations_)) > 1
    assert np.isfinite(fitted.member_losses_).all()


def test_large_tables_get_fewer_members() -> None:
    members = [resolve(n_rows=n).n_members for n in (1, 1000, 40_000, 160_000, 1_000_000, 10**9)]
    assert members == [8, 8, 8, 4, 2, 2]


def test_many_classes_get_fewer_members() -> None:
    assert [resolve(n_rows=20_000, n_outputs=n).n_members for n in (1, 3, 16, 100)] == [8, 8, 4, 2]


@pytest.mark.parametrize("n_positive", [1, 2, 4, 9])
@pytest.mark.parametrize("loss", ["log_loss", "poisson", "squared_error"])
def test_few_rows_that_differ_are_not_learned_by_heart(loss: str, n_positive: int) -> None:
    """A fold in which all targets are the same would never say stop: members went on to their last iteration."""
    rng = np.random.default_rng(0)
    excess = []
    for _ in range(3):
        X, y = rng.normal(size=(600, 4)), np.zeros(600)
        y[:n_positive] = 1.0
        X_new, share = rng.normal(size=(2000, 4)), n_positive / 600
        if loss == "log_loss":
            found = hb.AutoGradientBoostingClassifier(random_state=0).fit(X, y)
            p = found.predict_proba(X_new)[:, 1]
            excess.append(np.mean(-share * np.log(p / share) - (1 - share) * np.log((1 - p) / (1 - share))) / share)
        else:
            found = hb.AutoGradientBoostingRegressor(loss, random_state=0).fit(X, y)
            excess.append(np.mean((found.predict(X_new) - share) ** 2) / share)
        assert found.member_iterations_.max() < 1000
    # In units of the variance of the target: the constant that the rows suggest has about 1 / n_positive itself.
    assert np.mean(excess) < 0.35


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_diabetes], ids=lambda load: load.__name__)
def test_predicts_better_than_the_defaults_of_one_model(load: Any) -> None:
    X, y = load(return_X_y=True)
    regresses = load is load_diabetes
    losses = []
    for cls in (
        (hb.AutoGradientBoostingRegressor, hb.HistGradientBoostingRegressor)
        if regresses
        else (hb.AutoGradientBoostingClassifier, hb.HistGradientBoostingClassifier)
    ):
        of_class = []
        for seed in range(3):
            X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=seed)
            model = cls(random_state=seed).fit(X_train, y_train)
            if regresses:
                of_class.append(root_mean_squared_error(y_test, model.predict(X_test)))
            else:
                of_class.append(log_loss(y_test, model.predict_proba(X_test)))
        losses.append(np.mean(of_class))
    assert losses[0] < losses[1]


@over_automatic
def test_scale_of_weights_that_are_no_frequencies_does_not_matter(estimator: Any) -> None:
    X, y = table(estimator)
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    scores = [raw_scores(clone(estimator).fit(X, y, w), X) for w in (weight, 1e-6 * weight, 1e9 * weight)]
    for other in scores[1:]:
        np.testing.assert_allclose(other, scores[0], rtol=1e-6, atol=1e-6)


@over_automatic
def test_comes_back_from_a_file_and_a_pickle(estimator: Any, tmp_path: Path) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    fitted.save(tmp_path / "model")
    for other in (hb.load(tmp_path / "model"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(raw_scores(other, X), raw_scores(fitted, X))
        assert other.get_params() == fitted.get_params()
        assert other.get_resolved_params() == fitted.get_resolved_params()
        np.testing.assert_array_equal(other.member_iterations_, fitted.member_iterations_)
        np.testing.assert_array_equal(other.member_losses_, fitted.member_losses_)
    assert to_bytes(from_bytes(to_bytes(fitted))) == to_bytes(fitted)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rate": 1}, "resolved parameter 'learning_rate' is no float"),
        ({"patience": 2.0}, "resolved parameter 'patience' is no int"),
        ({"other": 1}, "the resolved parameters are not those of a fit"),
    ],
)
def test_resolved_parameters_of_other_kinds_are_refused(changes: dict[str, Any], message: str) -> None:
    values = AUTOMATIC[0].__class__().fit(*rows(30)).get_resolved_params()
    assert Resolved.from_json(values) == resolve(n_rows=30)
    with pytest.raises(ModelFormatError, match=message):
        Resolved.from_json(values | changes)


@over_automatic
def test_unfitted_estimator_says_so(estimator: Any) -> None:
    unfitted = clone(estimator)
    for ask in (unfitted.predict, unfitted.predict_contributions):
        with pytest.raises(NotFittedError):
            ask([[1.0]])
    for get in (unfitted.get_resolved_params, unfitted.predictor):
        with pytest.raises(NotFittedError):
            get()
    assert not hasattr(unfitted, "n_features_in_")


@over_automatic
def test_contributions_add_up_and_the_predictor_agrees(estimator: Any) -> None:
    X, y = table(estimator, n_classes=2)
    fitted = clone(estimator).fit(X, y)
    np.testing.assert_allclose(fitted.predict_contributions(X).sum(axis=1), raw_scores(fitted, X), atol=1e-9)
    np.testing.assert_array_equal(fitted.predictor().predict(X), fitted.predict(X))
    assert fitted.feature_importances_.sum() == pytest.approx(1.0)
    assert set(fitted.fit_profile_) == set(fitted.estimator_.fit_profile_)
    assert fitted.is_categorical_ is None


def test_constraints_classes_and_losses_are_passed_on() -> None:
    X, y = table(AUTOMATIC[1])
    rising = hb.AutoGradientBoostingRegressor(monotonic_cst=[1, 0, 0, 0], random_state=0).fit(X, y)
    grid = np.column_stack([np.linspace(-3, 3, 50), np.zeros((50, 3))])
    assert (np.diff(rising.predict(grid)) >= 0).all()
    counts = hb.AutoGradientBoostingRegressor(loss="poisson", random_state=0).fit(X, np.exp(y / 4))
    assert (counts.predict(X) > 0).all()
    labels = np.where(y > 1, "rare", "usual")
    model = hb.AutoGradientBoostingClassifier(class_weight="balanced", random_state=0).fit(X, labels)
    assert is_classifier(model)
    assert model.classes_.tolist() == ["rare", "usual"]
    plain = hb.AutoGradientBoostingClassifier(random_state=0).fit(X, labels)
    assert model.predict_proba(X)[:, 0].mean() > plain.predict_proba(X)[:, 0].mean()
