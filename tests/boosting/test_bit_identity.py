"""The promise of same bits: one digest over thread counts, SIMD levels and layouts of the input.

Enough rows for several blocks and for the pool to be engaged, which is asserted.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import (
    Floats,
    assert_same_arrays,
    matrices,
    same_bits,
    sample_weights,
    targets,
    train,
    tree_params,
)

pytestmark = pytest.mark.isa

N_ROWS = 200_003
N_ITERATIONS = 2
THREADS = [1, 2, 3, 7]
TASKS = ["squared_error", "binary_log_loss", "weighted_multiclass"]


@pytest.fixture(autouse=True)
def runtime() -> Iterator[None]:
    """Let eight threads run on any machine; put everything back."""
    level = _core.simd_level()
    testing.set_core_cap(8)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    _core.set_simd_level(level)


@functools.cache
def make_matrix() -> npt.NDArray[np.float32]:
    """Values that float32 and float64 both hold: few and many distinct ones, missing ones, a heavy zero."""
    rng = np.random.default_rng(12)
    X = rng.normal(size=(N_ROWS, 6)).astype(np.float32)
    X[:, 1] = np.round(X[:, 1])
    X[:, 2] = np.maximum(X[:, 2], 0)
    X[rng.random(X.shape) < 0.05] = np.nan
    X[:, 5] = np.nan_to_num(X[:, 5])
    return X


@functools.cache
def make_target(task: str) -> tuple[Floats, Floats | None, dict[str, Any]]:
    rng = np.random.default_rng(13)
    X = np.nan_to_num(make_matrix()).astype(np.float64)
    signal = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.3 * X[:, 5] + rng.normal(size=N_ROWS)
    if task == "squared_error":
        return signal, None, {"objective": "squared_error"}
    if task == "binary_log_loss":
        return (signal > 1).astype(np.float64), None, {"objective": "binary_log_loss"}
    classes = np.digitize(signal, [-0.5, 0.5]).astype(np.float64)
    return classes, rng.uniform(0.1, 3.0, size=N_ROWS), {"objective": "multiclass_log_loss", "n_classes": 3}


def digest(X: npt.NDArray[Any], task: str, n_threads: int) -> str:
    """Fit, predict, and hash the model and every predicted byte."""
    y, weights, params = make_target(task)
    trainer = train(
        X, y, weights, n_iterations=N_ITERATIONS, max_leaf_nodes=31, min_samples_leaf=20, n_threads=n_threads, **params
    )
    assert testing.last_region_workers() == n_threads
    model = trainer.model()
    prediction = model.predict_raw(X, n_threads=n_threads)
    assert testing.last_region_workers() == n_threads
    sha256 = hashlib.sha256(prediction.tobytes())
    for name, array in sorted(model.to_arrays().items()):
        sha256.update(name.encode() + np.asarray(array).tobytes())
    sha256.update(np.float64(trainer.train_loss()).tobytes() + trainer.raw_predictions().tobytes())
    return sha256.hexdigest()


@functools.cache
def expected_digest(task: str) -> str:
    _core.set_simd_level(_core.simd_levels()[0])
    return digest(make_matrix().astype(np.float64), task, n_threads=1)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("level", _core.simd_levels())
@pytest.mark.parametrize("n_threads", THREADS)
def test_bits_do_not_depend_on_threads_or_simd_level(task: str, level: str, n_threads: int) -> None:
    expected = expected_digest(task)
    _core.set_simd_level(level)
    assert digest(make_matrix().astype(np.float64), task, n_threads) == expected


def layouts() -> dict[str, npt.NDArray[Any]]:
    X32 = make_matrix()
    X = X32.astype(np.float64)
    spaced = np.full((2 * N_ROWS, 12), -1.0)
    spaced[::2, ::2] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    return {
        "float32": X32,
        "float32 Fortran": np.asfortranarray(X32),
        "Fortran": np.asfortranarray(X),
        "strided": spaced[::2, ::2],
        "negative strides": X[::-1, ::-1].copy()[::-1, ::-1],
        "read-only": read_only,
    }


@pytest.mark.parametrize("name", ["float32", "float32 Fortran", "Fortran", "strided", "negative strides", "read-only"])
def test_bits_do_not_depend_on_the_layout_of_the_input(name: str) -> None:
    expected = expected_digest("squared_error")
    _core.set_simd_level(_core.simd_levels()[-1])
    assert digest(layouts()[name], "squared_error", n_threads=7) == expected


@given(data=st.data(), X=matrices(max_rows=30), params=tree_params(), n_threads=st.sampled_from([2, 3, 7]))
def test_bits_of_hostile_data_do_not_depend_on_threads_or_simd_level(
    data: st.DataObject, X: Floats, params: dict[str, Any], n_threads: int
) -> None:
    testing.set_serial_cutoff(0)  # threads for any number of rows; the fixture puts it back
    y, weights = data.draw(targets(len(X))), data.draw(sample_weights(len(X)))
    _core.set_simd_level(_core.simd_levels()[0])
    expected = train(X, y, weights, n_iterations=3, **params)
    for level in _core.simd_levels():
        _core.set_simd_level(level)
        found = train(X, y, weights, n_iterations=3, n_threads=n_threads, **params)
        assert_same_arrays(found.model().to_arrays(), expected.model().to_arrays())
        assert same_bits(found.raw_predictions(), expected.raw_predictions())
        assert same_bits(found.model().predict_raw(X, n_threads=n_threads), expected.raw_predictions())


def test_data_that_float32_cannot_hold_has_other_bits() -> None:
    """The digest is not blind."""
    X = make_matrix().astype(np.float64)
    X[0, 0] += 1e-9
    X[1:100, 5] += 0.5
    assert digest(X, "squared_error", n_threads=1) != expected_digest("squared_error")
