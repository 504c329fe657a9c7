"""`python -m hornbeam` and the tables that ship with it."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from hornbeam.data import california_housing, higgs


def test_demonstration_runs_and_prints_both_errors() -> None:
    # On a busy machine OpenMP threads that spin while they wait make scikit-learn's fit a hundred times slower.
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    command = [sys.executable, "-m", "hornbeam"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    lines = [line.split() for line in done.stdout.splitlines()]
    ours = [float(line[1]) for line in lines if line[:1] == ["hornbeam"] and line[-1:] == ["ms"]]
    theirs = [float(line[1]) for line in lines if line[:1] == ["scikit-learn"] and line[-1:] == ["ms"]]
    assert len(ours) == len(theirs) == 3
    assert ours == pytest.approx(theirs, rel=0.05)
    assert ours[2] == pytest.approx(theirs[2], rel=1e-9)  # exact search has one answer
    assert done.stderr == ""  # the progress bar is for terminals


def test_housing_has_the_published_shape_and_gaps() -> None:
    data = california_housing()
    assert data.numbers.shape == (20_640, 8)
    assert np.isnan(data.numbers).sum(axis=0).tolist() == [0, 0, 0, 0, 207, 0, 0, 0]
    assert len(np.unique(data.category)) == 5
    assert data.target.max() == 500_001


def test_higgs_has_the_published_shape() -> None:
    data = higgs()
    assert data.X_train.shape == (7_000, 28)
    assert data.X_test.shape == (500, 28)
    assert np.unique(data.y_train).tolist() == [0.0, 1.0]


def test_every_table_is_named_in_the_notice() -> None:
    folder = files("hornbeam.data")
    notice = folder.joinpath("NOTICE.md").read_text(encoding="utf-8")
    for file in folder.iterdir():
        if file.name.endswith(".gz"):
            assert file.name in notice
            assert gzip.decompress(file.read_bytes())
