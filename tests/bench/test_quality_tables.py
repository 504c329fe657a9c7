"""The tables of the quality benchmark: how frames become columns, and what the two sets promise."""

from __future__ import annotations

import collections

import numpy as np
import pandas as pd
import pytest

from bench.quality.development import DEVELOPMENT
from bench.quality.files import Shipped
from bench.quality.held_out import HELD_OUT
from bench.quality.tables import PublicTable, class_codes, tidy

SHIPPED = [table for table in DEVELOPMENT if isinstance(table.origin, Shipped)]


def test_text_becomes_categories_and_missing_stays_missing() -> None:
    X = tidy(pd.DataFrame({"colour": ["red", None, "blue"]}))
    assert X["colour"].cat.categories.tolist() == ["blue", "red"]
    assert X["colour"].cat.codes.tolist() == [1, -1, 0]


def test_numbers_that_are_names_become_categories_of_strings() -> None:
    X = tidy(pd.DataFrame({"user": [10, 9, 10], "age": [30.5, np.nan, 31.0]}), ["user"])
    assert X["user"].tolist() == ["10", "9", "10"]
    assert X["age"].dtype == np.float64
    assert X["age"].isna().tolist() == [False, True, False]


def test_truth_becomes_0_and_1() -> None:
    assert tidy(pd.DataFrame({"alive": [True, False]}))["alive"].tolist() == [1, 0]


def test_names_keep_letters_digits_and_underscores() -> None:
    assert list(tidy(pd.DataFrame({"a (1:2)": [1], "b": [2]}))) == ["a_1_2_", "b"]
    with pytest.raises(ValueError, match="coincide"):
        tidy(pd.DataFrame({"a-b": [1], "a+b": [2]}))


def test_classes_are_numbered_in_the_order_of_their_labels() -> None:
    assert class_codes(pd.Series(["no", "yes", "maybe", "no"])).tolist() == [1, 2, 0, 1]


def test_leaks_and_rows_without_target_are_left_out() -> None:
    frame = pd.DataFrame({"x": [1, 2, 3], "leak": [4, 5, 6], "id": [7, 8, 9], "y": [0.5, None, 1.5], "late": [0, 0, 1]})
    table = PublicTable(
        name="made up",
        task="regression",
        source="here",
        licence="none",
        origin=Shipped(lambda: frame),
        target="y",
        leaks=("leak",),
        unused=("id",),
        clean=lambda frame: frame.drop(columns="late"),
    )
    rows = table.load()
    assert rows.X.to_dict("list") == {"x": [1, 3]}
    assert rows.y.tolist() == [0.5, 1.5]


@pytest.mark.parametrize("table", SHIPPED, ids=lambda table: table.name)
def test_tables_that_hornbeam_ships_load(table: PublicTable) -> None:
    rows = table.load()
    assert len(rows.X) == len(rows.y) > 0
    assert table.target not in rows.X


def test_the_sets_share_no_source_and_no_name() -> None:
    for what in ("name", "source"):
        first, second = ({getattr(table, what) for table in tables} for tables in (DEVELOPMENT, HELD_OUT))
        assert first.isdisjoint(second)
    assert len({table.name for table in (*DEVELOPMENT, *HELD_OUT)}) == len(DEVELOPMENT) + len(HELD_OUT)


@pytest.mark.parametrize("tables", [DEVELOPMENT, HELD_OUT], ids=["development", "held_out"])
def test_a_set_is_varied(tables: tuple[PublicTable, ...]) -> None:
    tasks = collections.Counter(table.task for table in tables)
    assert len({table.source for table in tables}) >= 12
    assert min(tasks["regression"], tasks["binary"], tasks["multiclass"]) >= 3
    assert any(table.ordered for table in tables)
    assert any(table.categories for table in tables)
