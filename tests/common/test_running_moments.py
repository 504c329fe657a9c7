"""Running moments against two-pass sums; merging summaries equals summarising the concatenation."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbeam._core import testing

pytestmark = pytest.mark.isa

VALUES = st.floats(-1e6, 1e6, allow_subnormal=False)
WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
SAMPLES = st.lists(st.tuples(VALUES, WEIGHTS), max_size=40)

Sample = list[tuple[float, float]]


def moments(sample: Sample) -> testing.RunningMoments:
    running = testing.RunningMoments()
    for value, weight in sample:
        running.add(value, weight)
    return running


def exact_moments(sample: Sample) -> tuple[float, float, float]:
    """Weight, mean and M2 in rational arithmetic."""
    weight = sum((Fraction(w) for _, w in sample), Fraction(0))
    mean = sum((Fraction(w) * Fraction(v) for v, w in sample), Fraction(0)) / weight
    m2 = sum((Fraction(w) * (Fraction(v) - mean) ** 2 for v, w in sample), Fraction(0))
    return float(weight), float(mean), float(m2)


def assert_summarises(running: testing.RunningMoments, sample: Sample) -> None:
    present = [(v, w) for v, w in sample if w > 0]
    assert running.count == len(present)
    if not present:
        assert running.weight == 0
        assert math.isnan(running.mean)
        assert math.isnan(running.variance())
        return
    weight, mean, m2 = exact_moments(present)
    scale = max(abs(v) for v, _ in present)
    assert running.weight == pytest.approx(weight, rel=1e-14)
    assert running.mean == pytest.approx(mean, rel=1e-13, abs=1e-13 * scale)
    # The error of M2 is relative to it plus what rounding the mean leaves, far below the square of the values.
    assert running.m2 == pytest.approx(
        m2, rel=1e-12, abs=1e-20 * weight * scale**2 + 1e-13 * scale * math.sqrt(m2 * weight)
    )
    assert running.m2 >= 0


@given(SAMPLES)
def test_adding_values_equals_rational_arithmetic(sample: Sample) -> None:
    assert_summarises(moments(sample), sample)


@given(SAMPLES, SAMPLES)
def test_merging_summaries_equals_summarising_the_concatenation(left: Sample, right: Sample) -> None:
    merged = moments(left)
    merged.merge(moments(right))
    assert_summarises(merged, left + right)


def test_variance_equals_numpy_for_frequencies() -> None:
    rng = np.random.default_rng(0)
    values, repeats = rng.normal(3, 2, 500), rng.integers(1, 5, 500)
    running = moments(list(zip(values.tolist(), repeats.astype(float).tolist(), strict=True)))
    copied = np.repeat(values, repeats)
    assert running.variance() == pytest.approx(copied.var(), rel=1e-13)
    assert running.variance(1) == pytest.approx(copied.var(ddof=1), rel=1e-13)


def test_a_large_offset_does_not_cancel() -> None:
    pattern = [4.0, 7.0, 13.0, 16.0]
    assert moments([(1e9 + v, 1.0) for v in pattern] * 100).variance() == pytest.approx(22.5, rel=1e-9)


def test_a_constant_has_variance_zero() -> None:
    assert moments([(0.1, 1.0)] * 1000).variance() == 0


def test_one_value_has_no_sample_variance() -> None:
    assert math.isnan(moments([(5.0, 1.0)]).variance(1))


def test_a_summary_may_be_merged_into_itself() -> None:
    running = moments([(1.0, 1.0), (4.0, 2.0)])
    running.merge(running)
    assert (running.count, running.weight, running.mean, running.m2) == (4, 6.0, 3.0, 12.0)
