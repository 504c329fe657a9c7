"""The splits of the quality benchmark: the same everywhere, disjoint, fair to classes and to time."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from bench.quality.splits import number_of_splits, ordered_split, random_split, splits

CLASSES = st.lists(st.integers(0, 4), min_size=20, max_size=300).map(np.array)


def test_splits_are_pinned() -> None:
    assert random_split(0, 12).test.tolist() == [2, 7, 9]
    assert random_split(1, 12).test.tolist() == [4, 8, 11]
    assert random_split(0, 12, np.repeat([0, 1], 6)).test.tolist() == [3, 10]
    assert splits(20_000, None, ordered=False, max_rows=3)[1].train.tolist() == [281, 8905, 16449]


@given(CLASSES, st.integers(0, 9))
def test_every_row_is_on_one_side(classes: np.ndarray, seed: int) -> None:
    for labels in (None, classes):
        split = random_split(seed, len(classes), labels)
        np.testing.assert_array_equal(np.sort(np.concatenate(split)), np.arange(len(classes)))


@given(CLASSES, st.integers(0, 9))
def test_a_quarter_of_every_class_is_tested_on(classes: np.ndarray, seed: int) -> None:
    split = random_split(seed, len(classes), classes)
    np.testing.assert_array_equal(np.bincount(classes[split.test], minlength=5), np.bincount(classes, minlength=5) // 4)


def test_seeds_differ() -> None:
    assert not np.array_equal(random_split(0, 1_000).test, random_split(1, 1_000).test)


@pytest.mark.parametrize("n_rows", [100, 8_645, 45_312])
def test_ordered_windows_follow_their_training_rows_and_one_another(n_rows: int) -> None:
    n_splits = number_of_splits(n_rows)
    found = [ordered_split(index, n_splits, n_rows) for index in range(n_splits)]
    tested = np.concatenate([split.test for split in found])
    np.testing.assert_array_equal(tested, np.arange(int(0.6 * n_rows), n_rows))
    for split in found:
        np.testing.assert_array_equal(split.train, np.arange(split.test[0]))


def test_sampling_keeps_order_and_sides() -> None:
    plain, sampled = (splits(20_000, None, ordered=False, max_rows=most)[0] for most in (20_000, 1_000))
    for side, all_rows in zip(sampled, plain, strict=True):
        assert len(side) == 1_000
        assert np.all(np.diff(side) > 0)
        assert np.isin(side, all_rows).all()


def test_small_tables_get_more_splits() -> None:
    assert [len(splits(n, None, ordered=False, max_rows=n)) for n in (500, 5_000, 50_000)] == [8, 4, 2]
