"""Tables of every type are read as the numbers they hold; what is wrong is refused by its name."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.neighbors
from scipy.sparse import bsr_array, csr_array, dok_array
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning

import hornbeam as hb
from tests.neighbors.support import answers, assert_same, grid, peer_of, table, target_of
from tests.public_estimators import over_neighbors

pytestmark = pytest.mark.filterwarnings("ignore:One or more samples have no neighbors")
TYPES = ["float16", "float32", "int8", "uint8", "int16", "uint16", "int32", "int64", "uint64", "bool", "longdouble"]
NAMES = ["a", "b", "c"]


@pytest.mark.filterwarnings("ignore:Duplicate values")
@over_neighbors
@pytest.mark.parametrize("dtype", TYPES)
def test_numbers_of_any_type_are_read_as_float64_would_be(estimator: Any, dtype: str) -> None:
    X, Q = grid(80).astype(dtype), grid(20, seed=1).astype(dtype)
    y = target_of(estimator, grid(80))
    expected = clone(estimator).fit(X.astype(np.float64), y)
    model = clone(estimator).fit(X, y)
    for method, answer in answers(expected, Q.astype(np.float64)).items():
        assert_same(answers(model, Q)[method], answer, 1e-6 if dtype == "float32" else 0.0)


def test_float32_rows_are_measured_in_float64() -> None:
    X = table().astype(np.float32)
    distance, _ = hb.NearestNeighbors().fit(X).kneighbors(X.astype(np.float64) + 1e-9)
    assert_same(distance, hb.NearestNeighbors().fit(X.astype(np.float64)).kneighbors(X.astype(np.float64) + 1e-9)[0])


@over_neighbors
@pytest.mark.parametrize("frame_type", [pd.DataFrame, pl.DataFrame])
def test_frames_give_the_bits_of_their_arrays(estimator: Any, frame_type: Any) -> None:
    X, Q = table(60, 3), table(9, 3, seed=1)
    y = target_of(estimator, X)
    frame, queries = (frame_type(dict(zip(NAMES, part.T, strict=True))) for part in (X, Q))
    model, peer = clone(estimator).fit(frame, y), peer_of(estimator).fit(frame, y)
    assert (
        getattr(model, "feature_names_in_", np.array([])).tolist()
        == getattr(peer, "feature_names_in_", np.array([])).tolist()
    )
    if hasattr(model, "outlier_label"):
        model.set_params(outlier_label=0, radius=3.0).fit(frame, y)
    expected = clone(model).fit(X, y)
    for method, answer in answers(expected, Q).items():
        assert_same(answers(model, queries)[method], answer)


def test_a_frame_of_other_columns_is_refused() -> None:
    model = hb.KNeighborsClassifier(1).fit(pd.DataFrame({"a": [0.0, 1.0]}), [0, 1])
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(pd.DataFrame({"b": [0.0]}))


def test_frames_of_targets() -> None:
    X = table()
    y = pd.DataFrame({"one": X[:, 0], "two": X[:, 1]})
    assert_same(hb.KNeighborsRegressor().fit(X, y).predict(X), hb.KNeighborsRegressor().fit(X, y.values).predict(X))
    labels = pd.Series(np.where(X[:, 0] > 0, "yes", "no"))
    assert set(hb.KNeighborsClassifier().fit(X, labels).predict(X)) == {"yes", "no"}


WRONG_ROWS: list[tuple[str, Any, str]] = [
    ("NaN", [[np.nan, 0.0]] * 9, "Input X contains NaN"),
    ("infinite", [[np.inf, 0.0]] * 9, "Input X contains infinity"),
    ("text", [["a", "b"]] * 9, "X: dtype='numeric' is not compatible with arrays of bytes/strings"),
    ("complex", np.ones((9, 2)) * 1j, "Complex data not supported"),
    ("one dimension", np.ones(9), "Expected 2D array"),
    ("three dimensions", np.ones((9, 2, 2)), "Found array with dim 3"),
    ("no rows", np.ones((0, 2)), r"Found array with 0 sample\(s\)"),
    ("no columns", np.ones((9, 0)), r"Found array with 0 feature\(s\)"),
    ("too large", [[10**400, 0]] * 9, "X has a value that is too large for float64"),
]


@over_neighbors
@pytest.mark.parametrize("wrong, message", [case[1:] for case in WRONG_ROWS], ids=[case[0] for case in WRONG_ROWS])
def test_wrong_rows_are_refused_by_fit_and_queries(estimator: Any, wrong: Any, message: str) -> None:
    y = np.arange(len(wrong)) % 2
    with pytest.raises(ValueError, match=message):
        clone(estimator).fit(wrong, y)
    X = table(30, 2)
    model = clone(estimator).fit(X, target_of(estimator, X))
    for method in ("predict", "transform", "kneighbors", "radius_neighbors"):
        if hasattr(model, method):
            with pytest.raises(ValueError, match=message):
                getattr(model, method)(wrong)


@over_neighbors
@pytest.mark.parametrize(
    "wrong", [np.zeros((9, 2), dtype="M8[s]"), np.ma.ones((9, 2)), np.zeros(9, dtype="f8,f8")], ids=str
)
def test_what_is_no_number_is_refused(estimator: Any, wrong: Any) -> None:
    with pytest.raises(TypeError, match="X "):
        clone(estimator).fit(wrong, np.arange(9) % 2)


@over_neighbors
def test_sparse_rows_that_contradict_themselves_are_refused(estimator: Any) -> None:
    wrong = csr_array(np.eye(9))
    wrong.indices[0] = 20
    with pytest.raises(ValueError, match="X is a malformed sparse matrix"):
        clone(estimator).fit(wrong, np.arange(9) % 2)


def test_queries_of_another_width_are_refused() -> None:
    for given in (table(), sklearn.neighbors.KDTree(table())):
        with pytest.raises(ValueError, match="X has 3 features, but"):
            hb.NearestNeighbors().fit(given).kneighbors(np.ones((2, 3)))


WRONG_TARGETS: list[tuple[Any, str]] = [
    (None, "requires y to be passed, but the target y is None"),
    ([0, 1], "inconsistent numbers of samples"),
    ([np.nan, 1.0, 0.0], "y contains NaN|Input contains NaN"),
    ([[[0]], [[1]], [[0]]], "y: Found array with dim 3|y should be"),
]


@pytest.mark.parametrize("name", ["KNeighborsClassifier", "KNeighborsRegressor", "RadiusNeighborsRegressor"])
@pytest.mark.parametrize("wrong, message", WRONG_TARGETS, ids=["none", "too few", "NaN", "three dimensions"])
def test_wrong_targets_are_refused(name: str, wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(hb, name)().fit(table(3), wrong)


def test_kinds_of_targets_are_told_apart() -> None:
    with pytest.raises(ValueError, match="Unknown label type"):
        hb.KNeighborsClassifier().fit(table(3), [0.5, 1.5, 0.1])
    with pytest.raises(ValueError, match="y must be numbers"):
        hb.KNeighborsRegressor().fit(table(3), ["a", "b", "c"])
    with pytest.raises(TypeError, match="y has dtype datetime64"):
        hb.KNeighborsRegressor().fit(table(3), np.zeros(3, dtype="M8[s]"))
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        model = hb.KNeighborsClassifier().fit(table(5), np.arange(5)[:, None] % 2)
    assert model.predict(table(5)).shape == (5,)


def test_numbers_of_neighbours_that_cannot_be_are_refused() -> None:
    model = hb.NearestNeighbors(n_neighbors=60).fit(table())
    with pytest.raises(
        ValueError, match="Expected n_neighbors < n_samples_fit, but n_neighbors = 60, n_samples_fit = 60"
    ):
        model.kneighbors()
    with pytest.raises(ValueError, match=r"n_neighbors <= n_samples_fit, but n_neighbors = 61, .* n_samples = 3"):
        model.kneighbors(table(3), 61)
    with pytest.raises(ValueError, match=r"Expected n_neighbors > 0\. Got 0"):
        model.kneighbors(table(3), 0)
    with pytest.raises(TypeError, match="n_neighbors does not take <class 'float'>"):
        model.kneighbors(table(3), 2.5)
    with pytest.raises(TypeError, match="n_neighbors does not take"):
        hb.NearestNeighbors(n_neighbors=None).fit(table()).kneighbors()


@pytest.mark.parametrize("radius", [-1.0, np.nan, "far", [1.0, 2.0], [[1.0]]])
def test_radii_that_cannot_be_are_refused(radius: Any) -> None:
    with pytest.raises(ValueError, match="radius"):
        hb.NearestNeighbors().fit(table()).radius_neighbors(table(3), radius)


def test_metrics_that_an_algorithm_does_not_know_are_refused_as_by_scikit_learn() -> None:
    for algorithm in ("auto", "ball_tree", "kd_tree", "brute"):
        for metric in sorted(set().union(*sklearn.neighbors.VALID_METRICS.values()) - {"precomputed", "pyfunc"}):
            model = hb.NearestNeighbors(algorithm=algorithm, metric=metric)
            if metric in sklearn.neighbors.VALID_METRICS[algorithm if algorithm != "auto" else "brute"]:
                model.fit(table(10, 2))
            elif algorithm != "auto":
                with pytest.raises(ValueError, match=f"Metric '{metric}' not valid. Use .*{algorithm}"):
                    model.fit(table(10, 2))
    with pytest.raises(ValueError, match="kd_tree does not support callable metric"):
        hb.NearestNeighbors(algorithm="kd_tree", metric=max).fit(table())
    with pytest.raises(ValueError, match="Metric 'canberra' not valid for sparse input"):
        hb.NearestNeighbors(metric="canberra").fit(csr_array(table()))
    with pytest.raises(ValueError, match="not valid for metric='minkowski' with a weight parameter 'w'"):
        hb.NearestNeighbors(algorithm="kd_tree", metric_params={"w": [1.0] * 4}).fit(table())
    with pytest.raises(ValueError, match="p must be a number"):
        hb.NearestNeighbors(p=None).fit(table())
    with pytest.raises(ValueError, match="kd_tree does not work with sparse matrices"):
        hb.NearestNeighbors(algorithm="kd_tree").fit(table()).kneighbors(csr_array(table()))


def test_powers_below_one_warn_unless_a_tree_was_asked_for() -> None:
    for algorithm in ("auto", "brute"):
        model = hb.NearestNeighbors(n_neighbors=1, p=0.5, algorithm=algorithm)
        with pytest.warns(UserWarning, match="Mind that for 0 < p < 1") as caught:
            model.fit([[0.0, 0.0], [1.0, 1.0], [0.0, 3.0]])
        assert caught[0].filename == __file__
        assert_same(model.kneighbors([[0.0, 0.0]], 3)[0], np.array([[0.0, 3.0, 4.0]]), 1e-15)
    with pytest.raises(ValueError, match='algorithm="kd_tree" does not support 0 < p < 1'):
        hb.NearestNeighbors(p=0.5, algorithm="kd_tree").fit(table())
    with pytest.warns(SyntaxWarning, match="Parameter p is found in metric_params") as caught:
        hb.NearestNeighbors(metric_params={"p": 1}).fit(table())
    assert caught[0].filename == __file__


def test_precomputed_distances_that_are_none_are_refused() -> None:
    model = hb.NearestNeighbors(n_neighbors=1, metric="precomputed")
    with pytest.raises(ValueError, match=r"Precomputed matrix must be square\. Input is a 3x2 matrix"):
        model.fit(np.ones((3, 2)))
    with pytest.raises(ValueError, match="Negative values in data passed to precomputed distance matrix"):
        model.fit(-np.ones((3, 3)))
    model.fit(np.ones((3, 3)))
    for wrong in (bsr_array(np.ones((2, 3))), dok_array(np.ones((2, 3)))):
        with pytest.raises(TypeError, match="not supported due to its handling of explicit zeros"):
            model.kneighbors(wrong)
    with pytest.raises(ValueError, match="2 neighbors per samples are required, but some samples have only 1"):
        model.kneighbors(csr_array([[1.0, 2.0, 0.0], [0.0, 3.0, 0.0]]), 2)


def test_nothing_is_said_without_need() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for metric in ("jaccard", "dice", "correlation"):
            hb.NearestNeighbors(metric=metric).fit(table()).kneighbors(table(5))
        hb.NearestNeighbors(algorithm="kd_tree").fit(csr_array(table())).kneighbors()
