"""Statistics of features with many categories: their values, what rows see of them, and the sets that they become."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier

import hornbeam as hb
from hornbeam._core import TreeModel
from hornbeam._model_file import from_bytes, to_bytes
from hornbeam.boosting._categories import Categories
from hornbeam.boosting._category_sets import has_more_on_the_left, packed_set
from hornbeam.boosting._ensemble import fit_member, read_rows, split_off
from hornbeam.boosting._folds import Folds, draw_folds
from hornbeam.boosting._rows import Rows
from hornbeam.boosting._target_statistics import TargetStatistics, target_statistics
from tests.estimators.support import raw_scores
from tests.public_estimators import over_automatic
from tests.reference import target_statistics as twin

N_CATEGORIES, N_ROWS, N_FOLDS = 120, 600, 4


def rows_of(y: NDArray[Any], codes: NDArray[Any], weight: NDArray[Any] | None = None) -> Rows:
    """Rows of one number and one category."""
    number = np.random.default_rng(1).normal(size=len(y))
    return Rows(np.column_stack([number, codes]), y.astype(float), weight)


def some_rows(seed: int = 0, weight: NDArray[Any] | None = None) -> tuple[Rows, NDArray[np.intp]]:
    """Rows whose targets differ by category, and their folds."""
    rng = np.random.default_rng(seed)
    codes = np.append(np.arange(N_CATEGORIES), rng.integers(0, N_CATEGORIES, N_ROWS - N_CATEGORIES))
    y = np.sin(codes) + rng.normal(size=N_ROWS)
    return rows_of(y, codes, weight), rng.integers(0, N_FOLDS, N_ROWS)


def statistics_of(rows: Rows, folds: NDArray[np.intp], n_categories: int = N_CATEGORIES) -> TargetStatistics | None:
    categories = Categories({1: np.arange(n_categories, dtype=float)})
    return target_statistics(rows, Folds(folds, N_FOLDS, can_validate=True), categories, n_outputs=1)


def column_of(rows: Rows, folds: NDArray[np.intp], held_back: int) -> NDArray[np.float64]:
    """The statistics that a member sees, in the order of the rows."""
    statistics = statistics_of(rows, folds)
    assert statistics is not None
    column: NDArray[np.float64] = statistics.add_to(rows, held_back).X[:, 2]
    return column


def test_statistics_are_those_of_the_twin() -> None:
    rows, folds = some_rows()
    codes = rows.X[:, 1].astype(int).tolist()
    scale = 2.0 ** -np.frexp(np.abs(rows.y).max())[1]  # statistics are in units of the largest target's power of two
    for held_back in (0, 3):
        found = column_of(rows, folds, held_back)
        for i in range(0, N_ROWS, 7):
            left_out = {held_back, int(folds[i])}
            expected = twin.statistic((rows.y * scale).tolist(), codes, folds.tolist(), codes[i], left_out)
            assert found[i] == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


def test_targets_of_the_own_fold_and_the_one_held_back_matter_by_the_prior_alone() -> None:
    rows, folds = some_rows()
    held_back = 0

    def parts(y: NDArray[Any]) -> NDArray[np.float64]:
        """The statistics without what they are shrunk by: the sums of the categories."""
        statistics = statistics_of(Rows(rows.X, y, None), folds)
        assert statistics is not None
        (column,) = statistics.columns
        weight = np.array([column.sums.weight[np.setdiff1d(range(N_FOLDS), [f, held_back])].sum(axis=0) for f in folds])
        of_row = weight[np.arange(N_ROWS), column.codes]
        shrunk = statistics.add_to(rows, held_back).X[:, 2] * (of_row + column.sums.shrinkage)
        return shrunk - column.sums.shrinkage * column.sums.prior  # type: ignore[no-any-return]

    for fold in range(N_FOLDS):
        y = rows.y.copy()
        y[folds == fold] = y[folds == fold][::-1]
        y[folds == held_back] = y[folds == held_back][::-1]
        own = folds == fold
        np.testing.assert_allclose(parts(y)[own], parts(rows.y)[own], atol=1e-9)
        assert np.abs(
            parts(y)[~own & (folds != held_back)] - parts(rows.y)[~own & (folds != held_back)]
        ).max() > 0.01 or (fold == held_back)


def test_order_of_the_rows_changes_no_bit() -> None:
    rows, folds = some_rows()
    order = np.random.default_rng(2).permutation(N_ROWS)
    shuffled = column_of(rows.take(order), folds[order], 1)
    np.testing.assert_array_equal(shuffled, column_of(rows, folds, 1)[order])


def test_frequency_equals_so_many_copies() -> None:
    weight = np.random.default_rng(3).integers(1, 4, N_ROWS).astype(float)
    rows, folds = some_rows(weight=weight)
    copies = np.repeat(np.arange(N_ROWS), weight.astype(int))
    copied = Rows(rows.X[copies], rows.y[copies], None)
    np.testing.assert_array_equal(column_of(copied, folds[copies], 1), column_of(rows, folds, 1)[copies])


def test_unit_of_the_targets_changes_no_bit() -> None:
    rows, folds = some_rows()
    for exponent in (-900, 900):
        scaled = Rows(rows.X, np.ldexp(rows.y, exponent), None)
        np.testing.assert_array_equal(column_of(scaled, folds, 1), column_of(rows, folds, 1))


def test_few_categories_or_none_that_differ_have_no_statistic() -> None:
    rows, folds = some_rows()
    assert statistics_of(rows, folds) is not None
    assert statistics_of(rows_of(rows.y, rows.X[:, 1] % 99), folds, 99) is None
    constant = rows_of(np.ones(N_ROWS), rows.X[:, 1])
    assert statistics_of(constant, folds) is None
    every_row_another = rows_of(rows.y, np.arange(N_ROWS))
    assert statistics_of(every_row_another, folds, N_ROWS) is None
    of_categories = Categories({1: np.arange(N_CATEGORIES, dtype=float)})
    assert target_statistics(rows, Folds(folds % 2, 2, can_validate=True), of_categories, n_outputs=1) is None
    assert target_statistics(rows, Folds(folds, N_FOLDS, can_validate=True), of_categories, n_outputs=11) is None


def test_rows_without_a_category_have_no_statistic() -> None:
    rows, folds = some_rows()
    is_missing = np.random.default_rng(4).random(N_ROWS) < 0.1
    X = rows.X.copy()
    X[is_missing, 1] = np.nan
    np.testing.assert_array_equal(np.isnan(column_of(Rows(X, rows.y, None), folds, 0)), is_missing)


def frame(n_rows: int, seed: int = 0) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """A number and a name of many values, with a few missing, and a target that depends on both."""
    rng = np.random.default_rng(seed)
    name = rng.integers(0, 150, n_rows)
    x = rng.normal(size=n_rows)
    signal = np.sin(3.0 * name) + x + 0.3 * rng.normal(size=n_rows)
    text = np.array([f"name {number}" for number in name], dtype=object)
    text[rng.random(n_rows) < 0.02] = None
    return pd.DataFrame({"x": x, "name": pd.Categorical(text)}), signal


def target_of(estimator: Any, signal: NDArray[np.float64], n_classes: int = 3) -> NDArray[Any]:
    return np.digitize(signal, np.linspace(-1, 1, n_classes - 1)) if is_classifier(estimator) else signal


@over_automatic
def test_sets_send_every_row_where_its_statistic_would(estimator: Any) -> None:
    X, signal = frame(900)
    trees = estimator._new_estimator().set_params(max_leaf_nodes=8, min_samples_leaf=5)
    rows = read_rows(trees, X, target_of(estimator, signal), None)
    folds = draw_folds(rows.X, rows.y, stratify=is_classifier(estimator), n_folds=4, seed=0)
    statistics = target_statistics(rows, folds, trees._categories, trees.n_trees_per_iteration_)
    assert statistics is not None
    assert len(statistics.columns) == trees.n_trees_per_iteration_
    halves = split_off(statistics.add_to(rows, 0), folds.of_row == 0)
    member = fit_member(statistics.describe(trees), *halves, seed=0, max_iter=10, patience=10)
    of_statistics = member.model.to_arrays()["feature"] >= 2
    assert of_statistics.any()

    converted = statistics.as_sets(member.model)
    known = ~np.isnan(rows.X[:, 1])
    final = [column.sums.statistic()[column.codes[known]] for column in statistics.columns]
    expected = member.model.predict_raw(np.column_stack([rows.X[known], *final]))
    np.testing.assert_array_equal(converted.predict_raw(rows.X[known]), expected)


@pytest.mark.parametrize("share_of_new_names", [0.0, 0.2])
def test_a_name_that_is_not_known_counts_as_new_where_that_is_frequent_and_else_as_none(
    share_of_new_names: float,
) -> None:
    X, y = frame(1_500)
    y[X["name"].isna()] = 30.0  # rows without a name are all alike
    names = X["name"].astype(object).to_numpy(copy=True)
    is_new = (np.random.default_rng(6).random(len(X)) < share_of_new_names) & X["name"].notna().to_numpy()
    names[is_new] = [f"once {i}" for i in range(is_new.sum())]
    fitted = hb.AutoGradientBoostingRegressor(random_state=0).fit(X.assign(name=pd.Categorical(names)), y)
    (score,) = fitted.predict(pd.DataFrame({"x": [0.0], "name": pd.Categorical(["never seen"])}))
    assert (score < 5.0) if share_of_new_names else (score > 25.0)


def test_of_every_class_a_new_name_goes_where_the_prior_does() -> None:
    X, signal = frame(1_200)
    trees = hb.AutoGradientBoostingClassifier()._new_estimator().set_params(max_leaf_nodes=8, min_samples_leaf=5)
    names = X["name"].astype(object).to_numpy(copy=True)
    names[::4] = [f"once {i}" for i in range(len(names[::4]))]
    rows = read_rows(trees, X.assign(name=pd.Categorical(names)), np.digitize(signal, [-0.5, 0.5]), None)
    folds = draw_folds(rows.X, rows.y, stratify=True, n_folds=4, seed=0)
    statistics = target_statistics(rows, folds, trees._categories, 3)
    assert statistics is not None
    halves = split_off(statistics.add_to(rows, 0), folds.of_row == 0)
    model = fit_member(statistics.describe(trees), *halves, seed=0, max_iter=10, patience=10).model
    before, after = model.to_arrays(), statistics.as_sets(model).to_arrays()
    for place, column in enumerate(statistics.columns):
        nodes = before["feature"] == 2 + place
        assert nodes.any()
        np.testing.assert_array_equal(after["missing_left"][nodes], column.sums.prior <= before["threshold"][nodes])


@over_automatic
def test_many_names_are_learned_and_come_back_from_a_file(estimator: Any) -> None:
    X, signal = frame(3_000)
    unseen, truth = frame(1_000, seed=1)
    fitted = clone(estimator).fit(X, target_of(estimator, signal))
    assert fitted.score(unseen, target_of(estimator, truth)) > (0.75 if is_classifier(estimator) else 0.85)
    again = from_bytes(to_bytes(fitted))
    np.testing.assert_array_equal(raw_scores(again, unseen), raw_scores(fitted, unseen))


def test_constraints_of_a_feature_bind_its_statistic() -> None:
    X, signal = frame(900)
    X["other"] = np.random.default_rng(5).normal(size=len(X))
    y = signal * X["other"].to_numpy()
    apart = hb.AutoGradientBoostingRegressor(interaction_cst=[{0, 1}, {2}], random_state=0).fit(X, y)
    base = X[:1]
    names = X["name"].dropna().unique()[:40]
    grid = pd.concat([base.assign(name=pd.Categorical([name], categories=X["name"].cat.categories)) for name in names])
    low, high = grid.assign(other=-1.0), grid.assign(other=1.0)
    np.testing.assert_allclose(np.ptp(apart.predict(high) - apart.predict(low)), 0.0, atol=1e-9)
    with pytest.raises(ValueError, match="integer indices in \\[0, n_features - 1\\] = \\[0, 2\\]"):
        hb.AutoGradientBoostingRegressor(interaction_cst=[{0, 1, 3}], random_state=0).fit(X, y)


def test_words_of_a_set_are_its_bits() -> None:
    is_in = np.zeros(70, dtype=bool)
    is_in[[0, 31, 32, 69]] = True
    np.testing.assert_array_equal(packed_set(is_in), np.array([1 | 1 << 31, 1, 1 << 5], dtype=np.uint32))


def test_sides_are_compared_by_their_rows() -> None:
    X = np.repeat(np.arange(10.0), [1, 1, 1, 1, 1, 1, 1, 1, 1, 11])[:, None]
    y = (X[:, 0] >= 9).astype(float) * 10 + (X[:, 0] < 2)
    model: TreeModel = (
        hb.HistGradientBoostingRegressor(max_iter=1, min_samples_leaf=1, max_leaf_nodes=3).fit(X, y)._model
    )
    arrays = model.to_arrays()
    assert dict(zip(arrays["threshold"].tolist(), has_more_on_the_left(arrays).tolist(), strict=True)) == {
        8.5: False,  # 9 rows and 11
        1.5: False,  # 2 and 7
    }
    for share, more_left in [(0.7, True), (0.5, True), (0.4, False)]:
        is_left = np.arange(100) < 100 * share
        model = hb.HistGradientBoostingRegressor(max_iter=1).fit(~is_left[:, None], is_left)._model
        assert has_more_on_the_left(model.to_arrays()).tolist() == [more_left]
