"""Bad and odd input, over every public estimator: the right error with the estimator untouched, or the right answer."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError

from tests.estimators.support import raw_scores, table
from tests.public_estimators import ESTIMATORS, name_of
from tests.strategies import feature_matrices, layouts

over_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)

ONES = np.ones(6)
NUMBERS = np.arange(12.0).reshape(6, 2)
HALVES = np.array([0, 1, 0, 1, 0, 1])

# name: (X, y, sample_weight, error, message)
REFUSED: dict[str, tuple[Any, Any, Any, type[Exception], str]] = {
    "no rows": (np.empty((0, 2)), np.empty(0), None, ValueError, r"0 sample\(s\)"),
    "no features": (np.empty((6, 0)), HALVES, None, ValueError, r"0 feature\(s\)"),
    "one-dimensional X": (ONES, HALVES, None, ValueError, "Expected 2D array"),
    "three-dimensional X": (np.ones((6, 2, 2)), HALVES, None, ValueError, "dim 3"),
    "ragged X": ([[1.0], [1.0, 2.0]], [0, 1], None, ValueError, "inhomogeneous"),
    "short y": (NUMBERS, HALVES[:5], None, ValueError, r"inconsistent numbers of samples: \[6, 5\]"),
    "two-dimensional y": (NUMBERS, np.ones((6, 2)), None, ValueError, "y should be a 1d array|1d array"),
    "NaN in y": (NUMBERS, ONES * np.nan, None, ValueError, "NaN"),
    "infinite y": (NUMBERS, ONES * np.inf, None, ValueError, "infinity"),
    "complex X": (NUMBERS + 1j, HALVES, None, ValueError, "Complex data not supported"),
    "text": (np.full((6, 2), "a"), HALVES, None, ValueError, "could not convert string to float"),
    "times": (NUMBERS.astype("datetime64[s]"), HALVES, None, TypeError, r"datetime64\[s\]"),
    "masked X": (np.ma.masked_array(NUMBERS, NUMBERS > 5), HALVES, None, TypeError, "masked"),
    "objects": (np.full((6, 2), {}), HALVES, None, TypeError, "argument must be"),
    "sparse X": (scipy.sparse.csr_array(NUMBERS), HALVES, None, TypeError, "(?i)sparse data"),
    "short weights": (NUMBERS, HALVES, ONES[:5], ValueError, r"sample_weight.shape == \(5,\)"),
    "two-dimensional weights": (NUMBERS, HALVES, np.ones((6, 2)), ValueError, "1D array"),
    "weights all zero": (NUMBERS, HALVES, ONES * 0, ValueError, "(?i)weight.*zero"),
    "negative weights": (NUMBERS, HALVES, -ONES, ValueError, "sample_weight"),
    "NaN weights": (NUMBERS, HALVES, ONES * np.nan, ValueError, "sample_weight contains NaN"),
    "infinite weights": (NUMBERS, HALVES, ONES * np.inf, ValueError, "sample_weight contains infinity"),
}

REFUSED_PARAMETERS: list[dict[str, Any]] = [
    {"n_jobs": 0},
    {"n_jobs": 1.5},
    {"learning_rate": float("nan")},
    {"learning_rate": 0.0},
    {"learning_rate": float("inf")},
    {"learning_rate": 10**309},  # too large for a float
    {"max_iter": 0},
    {"max_leaf_nodes": 1},
    {"max_depth": 0},
    {"min_samples_leaf": 0},
    {"l2_regularization": -1.0},
    {"l2_regularization": 10**309},
    {"max_features": 0.0},
    {"max_bins": 1},
    {"max_bins": 10**9},
    {"loss": "unknown"},
    {"early_stopping": "yes"},
    {"validation_fraction": 1.0},
    {"n_iter_no_change": 0},
    {"tol": -1.0},
    {"tol": 10**309},
    {"random_state": "seed"},
    {"interaction_cst": "all"},
]


@over_estimators
@pytest.mark.parametrize("case", REFUSED)
def test_fit_refuses_bad_data_and_leaves_the_estimator_as_it_was(estimator: Any, case: str) -> None:
    X, y, sample_weight, error, message = REFUSED[case]
    fitted = clone(estimator).fit(*table(estimator))
    before = dict(vars(fitted))
    with pytest.raises(error, match=message):
        fitted.fit(X, y, sample_weight)
    assert vars(fitted) == before


@over_estimators
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_fit_refuses_np_matrix(estimator: Any) -> None:
    with pytest.raises(TypeError, match=r"np\.matrix"):
        clone(estimator).fit(np.asmatrix(NUMBERS), HALVES)


@over_estimators
@pytest.mark.parametrize("params", REFUSED_PARAMETERS, ids=lambda params: str(params)[:40])
def test_fit_names_the_parameter_that_is_invalid(estimator: Any, params: dict[str, Any]) -> None:
    (name,) = params
    message = f"'{name}' parameter of {name_of(estimator)} must be .* Got {params[name]!r}"
    with pytest.raises(ValueError, match=message):
        clone(estimator).set_params(**params).fit(*table(estimator))


@over_estimators
def test_predict_before_fit_says_so(estimator: Any) -> None:
    with pytest.raises(NotFittedError):
        estimator.predict(NUMBERS)


@over_estimators
def test_predict_with_another_number_of_features_names_both(estimator: Any) -> None:
    X, y = table(estimator)
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 4 features"):
        clone(estimator).fit(X, y).predict(NUMBERS)


@over_estimators
@pytest.mark.parametrize(
    "X",
    [np.ones((6, 1)), np.full((6, 1), np.nan), np.full((6, 2), [np.nan, 1.0]), np.full((6, 1), np.inf)],
    ids=["constant", "all missing", "missing beside constant", "infinite"],
)
def test_features_without_information_give_a_constant_model(estimator: Any, X: Any) -> None:
    scores = raw_scores(clone(estimator).fit(X, HALVES), X)
    assert np.isfinite(scores).all()
    assert len(np.unique(scores)) == 1


@over_estimators
def test_one_row_gives_a_model_that_predicts_its_target(estimator: Any) -> None:
    assert clone(estimator).fit([[1.0, 2.0]], [1]).predict([[5.0, np.nan]]) == [1]


@over_estimators
@pytest.mark.parametrize("dtype", ["bool", "u1", "i1", "u2", "i4", "i8", "f2", "g", "O"])
def test_other_numeric_types_are_the_same_as_float64(estimator: Any, dtype: str) -> None:
    X = np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 100, size=(50, 3))
    y = X[:, 0] % 3
    expected = raw_scores(clone(estimator).fit(X.astype(np.float64), y), X.astype(np.float64))
    np.testing.assert_array_equal(raw_scores(clone(estimator).fit(X.astype(dtype), y), X.astype(dtype)), expected)


@over_estimators
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layout", layouts(NUMBERS))
def test_memory_layout_does_not_change_a_bit_and_input_is_not_written(estimator: Any, dtype: Any, layout: str) -> None:
    X, y = table(estimator)
    X = X.astype(dtype)
    expected = raw_scores(clone(estimator).fit(X, y), X)
    same = layouts(X)[layout]
    copy_of_same = copy.deepcopy(same)
    np.testing.assert_array_equal(raw_scores(clone(estimator).fit(same, y), same), expected)
    np.testing.assert_array_equal(same, copy_of_same)


@over_estimators
def test_broadcast_rows_of_stride_zero_are_read(estimator: Any) -> None:
    X = np.broadcast_to(np.array([1.0, 2.0]), (6, 2))
    np.testing.assert_array_equal(
        raw_scores(clone(estimator).fit(X, HALVES), X), raw_scores(clone(estimator).fit(X.copy(), HALVES), X.copy())
    )


@over_estimators
@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e300, 1.7e308])
def test_extreme_features_give_finite_scores_and_are_told_apart(estimator: Any, scale: float) -> None:
    X = np.array([[0.0], [1.0]] * 20) * scale
    y = np.array([0, 1] * 20)
    scores = raw_scores(clone(estimator).fit(X, y), X)
    assert np.isfinite(scores).all()
    assert scores[1] > scores[0]


@over_estimators
@pytest.mark.parametrize("weight", [1e-300, 1e-15, 1e15, 1e300])
def test_extreme_weights_give_finite_scores(estimator: Any, weight: float) -> None:
    X, y = table(estimator)
    sample_weight = np.ones(len(y))
    sample_weight[::2] = weight
    assert np.isfinite(raw_scores(clone(estimator).fit(X, y, sample_weight), X)).all()


@over_estimators
@given(data=st.data())
def test_any_matrix_gives_finite_scores(estimator: Any, data: st.DataObject) -> None:
    X = data.draw(feature_matrices())
    y = np.arange(len(X)) % (3 if is_classifier(estimator) else 7)
    assert np.isfinite(raw_scores(clone(estimator).fit(X, y), X)).all()


@over_estimators
def test_mapped_file_gives_the_same_bits_as_its_array(estimator: Any, tmp_path: Path) -> None:
    X, y = table(estimator)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    np.testing.assert_array_equal(
        raw_scores(clone(estimator).fit(mapped, y), mapped), raw_scores(clone(estimator).fit(X, y), X)
    )
