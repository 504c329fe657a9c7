"""From losses to the number of the quality benchmark, worked out by hand and by what must not matter."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from bench.quality.scores import Scale, geometric_mean, mean_rank, normalise, score, table_score

REFERENCES = ("good", "middling", "bad")
AMONG_REFERENCES = Scale(REFERENCES, REFERENCES)


def test_a_normalised_loss_lies_between_two_losses() -> None:
    assert [normalise(value, 2.0, 4.0) for value in (2.0, 3.0, 4.0)] == [0.0, 0.5, 1.0]


def test_normalised_losses_end_at_1_and_minus_1() -> None:
    assert [normalise(value, 2.0, 4.0) for value in (9.0, 1.5, -9.0)] == [1.0, -0.25, -1.0]


@pytest.mark.parametrize("one", [2.0, 1.5])
def test_where_there_is_no_width_only_the_side_counts(one: float) -> None:
    assert [normalise(value, 2.0, one) for value in (1.0, 2.0, 3.0)] == [-1.0, 0.0, 1.0]


def test_the_best_reference_is_0_and_the_worst_of_the_others_1() -> None:
    losses = {"good": [1.0, 3.0], "bad": [4.0, 4.0], "constant": [8.0, 6.0], "worse": [20.0, 20.0]}
    references = ["good", "bad"]
    assert table_score(losses, "bad", Scale(references, ["constant"])).mean == (4.0 - 2.0) / (7.0 - 2.0)
    assert table_score(losses, "bad", Scale(references, references)).mean == 1.0
    assert table_score(losses, "good", Scale(references, ["constant"])).mean == 0.0
    assert table_score(losses, "worse", Scale(references, ["constant"])).mean == 1.0


def test_a_score_is_the_mean_over_tables_whatever_their_splits() -> None:
    losses = {
        "one split": {"good": [1.0], "middling": [2.0], "bad": [3.0], "own": [1.5]},
        "two splits": {"good": [0.0, 2.0], "middling": [5.0, 5.0], "bad": [10.0, 12.0], "own": [13.0, 15.0]},
    }
    assert score(losses, "own", AMONG_REFERENCES).mean == (0.25 + 1.0) / 2
    assert score(losses, "middling", AMONG_REFERENCES).mean == (0.5 + 0.4) / 2


def test_the_error_of_a_table_is_that_of_the_difference_to_the_references() -> None:
    losses = {"good": [1.0, 3.0], "bad": [5.0, 7.0], "own": [2.0, 5.0], "constant": [10.0, 10.0]}
    # The references' mean rises by 2 from split to split, the model by 3: differences -1 and 0.
    error = np.std([-1.0, 0.0], ddof=1) / np.sqrt(2)
    for worst_of, width in (["good", "bad"], 4.0), (["constant"], 8.0):
        found = table_score(losses, "own", Scale(["good", "bad"], worst_of))
        assert found.standard_error == pytest.approx(error / width)


def test_errors_of_tables_add_as_variances() -> None:
    table = {"good": [1.0, 3.0], "bad": [5.0, 7.0], "own": [2.0, 5.0]}
    scale = Scale(["good", "bad"], ["bad"])
    one = table_score(table, "own", scale).standard_error
    four = score({str(number): table for number in range(4)}, "own", scale).standard_error
    assert four == pytest.approx(one / 2)


def test_one_split_has_no_error() -> None:
    assert table_score({"good": [1.0], "bad": [2.0]}, "bad", Scale(["good"], ["bad"])).standard_error == 0.0


@given(
    st.lists(st.tuples(*[st.floats(0, 100)] * 4), min_size=2, max_size=5),
    st.floats(0.01, 100),
    st.lists(st.floats(-100, 100), min_size=5, max_size=5),
)
def test_neither_units_nor_hard_splits_matter(
    losses: list[tuple[float, ...]], unit: float, hardness: list[float]
) -> None:
    names = (*REFERENCES, "own")
    plain = dict(zip(names, map(list, zip(*losses, strict=True)), strict=True))
    means = [np.mean(plain[name]) for name in REFERENCES]
    if np.ptp(means) < 1e-3:
        return
    changed = {
        name: [unit * (value + extra) for value, extra in zip(values, hardness, strict=False)]
        for name, values in plain.items()
    }
    expected, found = (table_score(table, "own", AMONG_REFERENCES) for table in (plain, changed))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_equal_models_share_the_better_rank() -> None:
    losses = {"a": {"x": [1.0], "y": [1.0], "z": [2.0]}, "b": {"x": [3.0, 5.0], "y": [1.0, 1.0], "z": [2.0, 2.0]}}
    assert [mean_rank(losses, name) for name in "xyz"] == [2.0, 1.0, 2.5]


def test_twice_as_long_and_half_as_long_make_one() -> None:
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)
