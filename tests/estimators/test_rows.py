"""Rows are dropped and drawn together with their targets and weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hornbeam.boosting._rows import Rows

CLASSES = np.repeat([0.0, 1.0], [50, 10])
VALUES = np.arange(60.0)


def rows(y: np.ndarray, sample_weight: np.ndarray | None = None) -> Rows:
    return Rows(VALUES[:, None], y, sample_weight)


def test_rows_are_not_exchanged_under_those_who_share_them() -> None:
    shared = rows(VALUES)
    with pytest.raises(dataclasses.FrozenInstanceError):
        shared.y = CLASSES  # type: ignore[misc]


def test_nothing_is_copied_if_every_row_counts() -> None:
    for complete in (rows(VALUES), rows(VALUES, VALUES + 1)):
        assert complete.drop_weightless() is complete


def test_row_of_weight_zero_is_dropped_with_all_that_belongs_to_it() -> None:
    left = rows(VALUES, VALUES % 2).drop_weightless()
    np.testing.assert_array_equal(left.X[:, 0], VALUES[1::2])
    np.testing.assert_array_equal(left.y, VALUES[1::2])
    np.testing.assert_array_equal(left.sample_weight, np.ones(30))


def test_rows_are_drawn_by_their_seed_once_each_and_in_proportion_to_the_classes_if_asked() -> None:
    for stratify in (False, True):
        draws = [rows(CLASSES).draw(30, stratify=stratify, seed=seed) for seed in range(5)]
        assert all(len(set(drawn)) == 30 for drawn in draws)
        assert len({tuple(drawn) for drawn in draws}) == 5
        np.testing.assert_array_equal(rows(CLASSES).draw(30, stratify=stratify, seed=4), draws[4])
        n_of_the_rare = {CLASSES[drawn].sum() for drawn in draws}
        assert (n_of_the_rare == {5.0}) is stratify
