"""The rows that an iteration draws: those of the twin, as many as they should be, sums without bias."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from hornbeam._core import testing
from tests.boosting.support import Floats, finite_floats
from tests.reference.sampling import drawn_rows, is_drawn, probabilities_by_gradient

pytestmark = pytest.mark.isa

SEEDS = st.sampled_from([0, 1, 2**32 + 7, 2**64 - 1])


def sample(
    g: Floats, h: Floats | None = None, counts: Any = None, *, subsample: float, seed: int = 0, **params: Any
) -> tuple[list[int], Floats]:
    """The rows that are drawn, and what gradients are divided by, for g and h of shape (n_rows, n_outputs)."""
    count = np.ones(len(g), np.int64) if counts is None else np.asarray(counts, np.int64)
    flat_h = None if h is None else np.ascontiguousarray(h.T).ravel()
    takes_part, divisor, total = testing.sample_rows(
        np.ascontiguousarray(g.T).ravel(),
        flat_h,
        count,
        subsample=subsample,
        seed=seed,
        **({"gradient_based": True} | params),
    )
    rows = np.flatnonzero(takes_part)
    assert total == count[rows].sum()
    return rows.tolist(), divisor


# Rows of the twin ------------------------------------------------------------------------------------


@given(seed=SEEDS, iteration=st.integers(0, 2**32 - 1), n_rows=st.integers(1, 3000), subsample=st.floats(0, 1))
def test_uniform_rows_equal_the_twin(seed: int, iteration: int, n_rows: int, subsample: float) -> None:
    params: dict[str, Any] = {"gradient_based": False, "seed": seed, "iteration": iteration, "subsample": subsample}
    rows, divisor = sample(np.zeros((n_rows, 1)), **params)
    some = [0, n_rows - 1, *range(0, n_rows, max(1, n_rows // 50))]
    assert [row in rows for row in some] == [is_drawn(seed, iteration, row, subsample) for row in some]
    assert (divisor == 1.0).all()


def test_rows_of_every_block_equal_the_twin() -> None:
    n_rows = 200_000  # more blocks than one
    rows = set(sample(np.zeros((n_rows, 1)), subsample=0.3, seed=5, iteration=9, gradient_based=False)[0])
    some = np.random.default_rng(0).integers(0, n_rows, 300).tolist()
    assert [row in rows for row in some] == [is_drawn(5, 9, row, 0.3) for row in some]


@given(data=st.data(), n_outputs=st.integers(1, 3), n_rows=st.integers(1, 40), subsample=st.floats(1e-3, 1.0))
def test_rows_by_gradient_equal_the_twin(data: st.DataObject, n_outputs: int, n_rows: int, subsample: float) -> None:
    shape = (n_rows, n_outputs)
    g = data.draw(hnp.arrays(np.float64, shape, elements=finite_floats()))
    h = data.draw(st.none() | hnp.arrays(np.float64, shape, elements=finite_floats().map(abs)))
    counts = data.draw(st.none() | st.lists(st.integers(1, 9), min_size=n_rows, max_size=n_rows))
    rows, divisor = sample(g, h, counts, subsample=subsample, seed=3)
    probabilities = probabilities_by_gradient(
        g, np.ones(shape) if h is None else h, [1] * n_rows if counts is None else counts, subsample
    )
    assert divisor.tolist() == probabilities
    assert rows == drawn_rows(3, 0, probabilities)


def test_gradients_that_are_not_finite_are_refused() -> None:
    for g, h in [(np.nan, 1.0), (np.inf, 1.0), (1.0, np.inf)]:
        with pytest.raises(ValueError, match="gradients left the float64 range"):
            sample(np.array([[1.0], [g]]), np.array([[1.0], [h]]), subsample=0.5)


# What draws are worth --------------------------------------------------------------------------------


@pytest.mark.parametrize("subsample", [0.02, 0.5, 0.9])
@pytest.mark.parametrize("gradient_based", [False, True])
def test_the_expected_share_of_rows_is_drawn(subsample: float, gradient_based: bool) -> None:
    g = np.random.default_rng(0).standard_t(3, size=(20_000, 1))
    sizes = [len(sample(g, subsample=subsample, seed=seed, gradient_based=gradient_based)[0]) for seed in range(50)]
    deviation = np.sqrt(20_000 * subsample * (1 - subsample))  # at most: rows of unequal chances vary less
    assert abs(np.mean(sizes) - 20_000 * subsample) < 4 * deviation / np.sqrt(50)
    assert np.std(sizes) < 1.5 * deviation


@pytest.mark.parametrize("tail", ["normal", "heavy", "few values", "one outlier", "mostly zero"])
def test_probabilities_by_gradient_add_up_and_rise_with_it(tail: str) -> None:
    rng = np.random.default_rng(1)
    g = {
        "normal": rng.normal(size=5000),
        "heavy": rng.standard_cauchy(size=5000),
        "few values": rng.integers(-1, 2, size=5000).astype(float),
        "one outlier": np.where(np.arange(5000) == 7, 1e12, rng.normal(size=5000)),
        "mostly zero": np.where(rng.random(5000) < 0.05, rng.normal(size=5000), 0.0),
    }[tail]
    for subsample in (0.01, 0.3, 0.8):
        _, p = sample(g[:, None], subsample=subsample)
        assert p.sum() == pytest.approx(5000 * subsample, rel=1e-12)
        assert (p > 0).all()  # of a Hessian of 1, every row has a chance
        assert (p <= 1).all()
        order = np.argsort(np.abs(g), kind="stable")
        assert (np.diff(p[order]) >= 0).all()


def test_sums_of_drawn_gradients_have_the_right_mean_and_less_variance_than_uniform_ones() -> None:
    rng = np.random.default_rng(2)
    g, leaf = rng.standard_t(3, size=2000), rng.random(2000) < 0.3
    h = rng.uniform(0.1, 1.0, size=2000)
    sums: dict[bool, list[float]] = {False: [], True: []}
    hessians = []
    for seed in range(800):
        for gradient_based, found in sums.items():
            rows, p = sample(g[:, None], h[:, None], subsample=0.3, seed=seed, gradient_based=gradient_based)
            kept = np.array([row for row in rows if leaf[row]])
            found.append(float((g[kept] / (p[kept] if gradient_based else 0.3)).sum()))
            if gradient_based:
                hessians.append(float((h[kept] / p[kept]).sum()))
    for found, x in ((sums[True], g), (sums[False], g), (hessians, h)):
        assert abs(np.mean(found) - x[leaf].sum()) < 4 * np.std(found) / np.sqrt(800)
    assert np.var(sums[True]) < 0.75 * np.var(sums[False])


def test_rows_and_iterations_are_drawn_independently() -> None:
    drawn = np.zeros((40, 3000))
    for iteration in range(40):
        rows, _ = sample(np.zeros((3000, 1)), subsample=0.5, iteration=iteration, gradient_based=False)
        drawn[iteration, rows] = 1.0
    between_iterations = np.corrcoef(drawn)[np.triu_indices(40, 1)]
    assert np.abs(between_iterations).max() < 5 / np.sqrt(3000)
    between_neighbours = [np.corrcoef(row[:-lag], row[lag:])[0, 1] for row in drawn for lag in (1, 2, 16, 64)]
    assert np.abs(between_neighbours).max() < 5 / np.sqrt(3000)
    assert abs(drawn.sum(axis=0) - 20).max() < 5 * np.sqrt(10)
