"""What a public table is: where it comes from, what it predicts from what, and what is left out and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.data import Task
from bench.quality.files import Origin


@dataclass(frozen=True)
class Rows:
    """Columns as pandas keeps them, and a target: numbers, or classes as codes from 0."""

    X: pd.DataFrame
    y: NDArray[Any]

    def take(self, rows: NDArray[np.int64]) -> Rows:
        return Rows(self.X.iloc[rows].reset_index(drop=True), self.y[rows])


@dataclass(frozen=True)
class PublicTable:
    """A table and the question it asks.

    Parameters
    ----------
    source
        Who collected the data. Two tables of one source are in the same set.
    licence
        The terms of the data itself; those of the package are the package's.
    leaks
        Columns that are known only together with the target or after it.
    unused
        Columns that identify a row, say the same as another column, or are free text.
    categories
        Columns of numbers that are names.
    ordered
        Whether the rows are in the order of time, and later ones are to be predicted from earlier ones.
    max_rows
        A split trains on and is tested on no more, which bounds how long a run takes.
    clean
        What else happens to the frame, before everything else.
    """

    name: str
    task: Task
    source: str
    licence: str
    origin: Origin
    target: str
    leaks: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    ordered: bool = False
    max_rows: int = 50_000
    clean: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    def load(self) -> Rows:
        frame = self.origin.read()
        if self.clean is not None:
            frame = self.clean(frame)
        frame = frame[frame[self.target].notna()].reset_index(drop=True)
        y = frame.pop(self.target)
        X = tidy(frame.drop(columns=[*self.leaks, *self.unused]), self.categories)
        return Rows(X, y.to_numpy(np.float64) if self.task == "regression" else class_codes(y))


def class_codes(labels: Any) -> NDArray[np.int64]:
    """Return the place of each label among the sorted labels: XGBoost wants classes from 0."""
    codes: NDArray[np.int64] = np.unique(labels.to_numpy(), return_inverse=True)[1].astype(np.int64)
    return codes


def tidy(frame: pd.DataFrame, categories: Sequence[str] = ()) -> pd.DataFrame:
    """Return text and `categories` as pandas categories of strings, truth as 0 and 1, other numbers as they are.

    All rows share one list of levels, as they would in a user's frame; a level may occur in test rows alone. Names keep
    letters, digits and underscores: LightGBM and XGBoost refuse some of the rest.
    """
    columns = {}
    for name, column in frame.items():
        if name in categories or not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
            levels = column.astype("category").cat.remove_unused_categories()
            column = levels.cat.rename_categories([str(level) for level in levels.cat.categories])
        elif pd.api.types.is_bool_dtype(column):
            column = column.astype(np.int8)
        columns[re.sub(r"\W+", "_", str(name))] = column
    if len(columns) < frame.shape[1]:
        raise ValueError(f"names of columns coincide: {list(frame.columns)}")
    return pd.DataFrame(columns)
