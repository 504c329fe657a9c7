"""Real tables for the demonstration and the tests; `NOTICE.md` names their sources and licences."""

from __future__ import annotations

import csv
import gzip
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


class CaliforniaHousing(NamedTuple):
    """20,640 districts: eight numbers with missing values, one category, the median house value in dollars."""

    numbers: Float64
    category: NDArray[np.str_]
    target: Float64


class Higgs(NamedTuple):
    """28 numbers of simulated collisions and whether each was a Higgs boson: 7,000 for training, 500 for testing."""

    X_train: Float64
    y_train: Float64
    X_test: Float64
    y_test: Float64


def california_housing() -> CaliforniaHousing:
    """Load the districts of California."""
    _, *rows = csv.reader(_text("california_housing.csv.gz").splitlines())
    *numbers, target, category = zip(*rows, strict=True)
    X = np.array([[float(value or "nan") for value in column] for column in numbers]).T
    return CaliforniaHousing(X, np.array(category), np.array(target, dtype=np.float64))


def higgs() -> Higgs:
    """Load the collisions."""
    train, test = (np.loadtxt(_text(f"higgs_7k_{part}.tsv.gz").splitlines()) for part in ("train", "test"))
    return Higgs(train[:, 1:], train[:, 0], test[:, 1:], test[:, 0])


def _text(name: str) -> str:
    return gzip.decompress(files(__name__).joinpath(name).read_bytes()).decode("utf-8")
