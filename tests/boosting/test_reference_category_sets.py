"""The twin's categorical splits against all subsets (Fisher 1958), and predicted rows against trained ones."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from tests.reference.boosting import boost
from tests.reference.gains import TreeParams
from tests.reference.quantisation import quantise
from tests.reference.splits import Feature, TreeData, best_split


def gain_of(left: set[int], groups: dict[int, tuple[int, int]]) -> Fraction:
    """The exact gain of a set of bins against the others; groups are sums of gradients and hessians."""

    def score(bins: set[int]) -> Fraction:
        return Fraction(sum(groups[b][0] for b in bins) ** 2, sum(groups[b][1] for b in bins))

    return score(left) + score(set(groups) - left) - score(set(groups))


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 6), st.integers(-9, 9), st.sampled_from([1, 2, 16]), st.integers(1, 3)),
        min_size=2,
        max_size=14,
    )
)
def test_the_best_set_of_the_sorted_order_is_the_best_of_all_sets(rows: list[tuple[int, int, int, int]]) -> None:
    n_categories = 6  # and the missing bin
    codes, g, h, counts = (list(column) for column in zip(*rows, strict=True))
    quantised = quantise(np.array(g, float), np.array(h, float), counts, constant_hessian=False)
    feature = Feature([], n_categories in codes, n_categories)
    data = TreeData(np.array(codes)[:, None], [feature], counts, np.array(g, float), np.array(h, float), quantised)
    split = best_split(list(range(len(rows))), data, TreeParams(), [0])

    groups = {
        b: (
            sum(c * x for code, x, _, c in rows if code == b),
            sum(c * x for code, _, x, c in rows if code == b),
        )
        for b in set(codes)
    }
    first, *others = groups
    subsets = [{first, *some} for k in range(len(others)) for some in itertools.combinations(others, k)]
    best = max((gain_of(subset, groups) for subset in subsets), default=Fraction(0))
    if split is None:
        assert best == 0
        return
    found = {b for b in groups if split.goes_left(b, n_categories)}
    assert gain_of(found, groups) == best
    unit = 2 * quantised.gradient_unit - quantised.hessian_unit
    assert math.ldexp(split.gain, unit) == pytest.approx(float(best))


@given(data=st.data())
def test_rows_are_predicted_as_they_were_trained(data: st.DataObject) -> None:
    n_rows = data.draw(st.integers(1, 20))
    values = st.one_of(st.integers(-1, 5).map(float), st.sampled_from([math.nan, 0.5, -0.0, math.inf]))
    X = data.draw(hnp.arrays(np.float64, (n_rows, 2), elements=values))
    y = data.draw(hnp.arrays(np.float64, n_rows, elements=st.integers(-9, 9).map(float)))
    params = {
        "max_cat_to_onehot": data.draw(st.sampled_from([0, 4])),
        "cat_cost": data.draw(st.sampled_from([0.0, 0.25])),
        "cat_smooth": data.draw(st.sampled_from([0.0, 1.0])),
    }
    model = boost(X, y, n_iterations=2, categories={0: 4}, **params)
    np.testing.assert_array_equal(model.predict_raw(X), model.raw)
