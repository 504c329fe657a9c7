"""Edges and bins equal the twin's, whatever the values, the weights and the layout."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam._core import testing
from tests.boosting.support import Floats, make_data, matrices, same_bits, sample_weights
from tests.reference.binning import bin_columns, bin_edges, row_weights

pytestmark = pytest.mark.isa


def twin_edges(X: Floats, weights: Floats | None, max_bins: int) -> list[Floats]:
    masses = row_weights(weights, len(X)).bin_weights
    return [np.array(bin_edges(column, masses, max_bins), dtype=np.float64) for column in X.T]


def assert_same_bins(X: Floats, weights: Floats | None, max_bins: int) -> None:
    expected = twin_edges(X, weights, max_bins)
    found = testing.bin_edges(X, weights, max_bins)
    assert len(found) == X.shape[1]
    for f, edges in enumerate(found):
        np.testing.assert_array_equal(edges, expected[f])
    bins = testing.bin_matrix(X, weights, max_bins)
    assert bins.dtype == np.uint8
    np.testing.assert_array_equal(bins, bin_columns(X, [list(edges) for edges in expected]))


@given(data=st.data(), X=matrices(max_rows=40), max_bins=st.sampled_from([2, 3, 7, 255]))
def test_edges_and_bins_equal_the_twin(data: st.DataObject, X: Floats, max_bins: int) -> None:
    assert_same_bins(X, data.draw(sample_weights(len(X))), max_bins)


@pytest.mark.parametrize("n_values", [254, 255, 256, 257, 400])
def test_edges_equal_the_twin_around_the_largest_number_of_bins(n_values: int) -> None:
    rng = np.random.default_rng(n_values)
    column = rng.permutation(np.concatenate([rng.normal(size=n_values), np.repeat(0.5, 90), [np.nan]]))
    X = column[:, None]
    assert_same_bins(X, None, 255)
    assert_same_bins(X, rng.uniform(0.5, 2.0, size=len(X)), 255)
    assert_same_bins(X, rng.integers(1, 9, size=len(X)).astype(float), 255)


def test_edges_equal_the_twin_on_many_rows() -> None:
    X, _ = make_data(20_000, 2, seed=3)
    X[:, 1] = np.round(X[:, 1], 2)
    expected = twin_edges(X, None, 255)
    for f, edges in enumerate(testing.bin_edges(X, None, 255)):
        np.testing.assert_array_equal(edges, expected[f])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_bins_do_not_depend_on_the_layout(dtype: Any) -> None:
    X = make_data(700, 4)[0].astype(np.float32).astype(dtype)
    expected = testing.bin_matrix(X.astype(np.float64), None, 100)
    wide = np.zeros((700, 8), dtype=dtype)
    wide[:, ::2] = X
    for layout in (np.asfortranarray(X), wide[:, ::2], X[::-1, ::-1].copy()[::-1, ::-1]):
        np.testing.assert_array_equal(testing.bin_matrix(layout, None, 100), expected)


@given(data=st.data(), X=matrices(max_rows=20), max_bins=st.sampled_from([2, 4, 255]))
def test_a_frequency_equals_copies(data: st.DataObject, X: Floats, max_bins: int) -> None:
    frequencies = np.array(data.draw(st.lists(st.integers(1, 6), min_size=len(X), max_size=len(X))))
    weighted = testing.bin_edges(X, frequencies.astype(float), max_bins)
    copied = testing.bin_edges(np.repeat(X, frequencies, axis=0), None, max_bins)
    assert all(same_bits(a, b) for a, b in zip(weighted, copied, strict=True))


@given(X=matrices(max_rows=20), random=st.randoms(use_true_random=False))
def test_edges_do_not_depend_on_the_row_order(X: Floats, random: Any) -> None:
    order = random.sample(range(len(X)), len(X))
    shuffled = testing.bin_edges(X[order], None, 4)
    assert all(same_bits(a, b) for a, b in zip(testing.bin_edges(X, None, 4), shuffled, strict=True))


def test_constant_and_missing_columns_have_no_edges() -> None:
    X = np.column_stack([np.full(5, 7.0), np.full(5, np.nan)])
    assert [len(edges) for edges in testing.bin_edges(X, None, 255)] == [0, 0]
    np.testing.assert_array_equal(testing.bin_matrix(X, None, 255), [[0, 255]] * 5)


def test_infinite_values_have_bins_of_their_own() -> None:
    X = np.array([[-np.inf], [1.0], [2.0], [np.inf]])
    assert_same_bins(X, None, 255)
    np.testing.assert_array_equal(testing.bin_matrix(X, None, 255).ravel(), [0, 1, 2, 3])
