"""Rows are dropped and drawn together with their targets and weights."""

from __future__ import annotations

import numpy as np

from hornbeam.boosting._rows import Rows

CLASSES = np.repeat([0.0, 1.0], [50, 10])
VALUES = np.arange(60.0)


def rows(y: np.ndarray, sample_weight: np.ndarray | None = None) -> Rows:
    return Rows(VALUES[:, None], y, sample_weight)


def test_nothing_is_copied_if_every_row_counts() -> None:
    for complete in (rows(VALUES), rows(VALUES, VALUES + 1)):
        assert complete.drop_weightless() is complete


def test_row_of_weight_zero_is_dropped_with_all_that_belongs_to_it() -> None:
    left = rows(VALUES, VALUES % 2).drop_weightless()
    np.testing.assert_array_equal(left.X[:, 0], VALUES[1::2])
    np.testing.assert_array_equal(left.y, VALUES[1::2])
    np.testing.assert_array_equal(left.sample_weight, np.ones(30))


def test_rows_are_drawn_once_each_by_their_seed_and_in_proportion_to_the_classes() -> None:
    drawn = rows(CLASSES).draw(30, stratify=True, seed=0)
    assert len(set(drawn)) == 30
    assert CLASSES[drawn].sum() == 5
    np.testing.assert_array_equal(rows(CLASSES).draw(30, stratify=True, seed=0), drawn)
    assert not np.array_equal(rows(CLASSES).draw(30, stratify=True, seed=1), drawn)
    assert len(set(rows(VALUES).draw(30, stratify=False, seed=0))) == 30  # targets that no class repeats
