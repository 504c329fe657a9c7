"""A case: one split of one table, which every model gets alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from bench.data import Task
from bench.quality.splits import splits
from bench.quality.tables import PublicTable, Rows


@dataclass(frozen=True)
class Case:
    """Training and test rows; the number of the split is the seed of every model."""

    table: str
    task: Task
    split: int
    train: Rows
    test: Rows

    @cached_property
    def digest(self) -> str:
        """Return a digest of everything that a model gets to see."""
        digest = hashlib.sha256()
        for rows in (self.train, self.test):
            digest.update(repr(list(rows.X.dtypes.items())).encode())
            digest.update(pd.util.hash_pandas_object(rows.X, index=False).to_numpy().tobytes())
            digest.update(rows.y.tobytes())
        return digest.hexdigest()


def cases(table: PublicTable, n_splits: int | None = None) -> list[Case]:
    """Return the cases of a table, or the first few of them."""
    rows = table.load()
    classes = None if table.task == "regression" else rows.y
    chosen = splits(len(rows.y), classes, ordered=table.ordered, max_rows=table.max_rows)[:n_splits]
    return [
        Case(table.name, table.task, number, rows.take(split.train), rows.take(split.test))
        for number, split in enumerate(chosen)
    ]
