"""Indices and offsets beyond 2^31 and 2^32: views whose numbers lie gigabytes apart, in files that are mostly holes."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from hornbeam import _core
from hornbeam._core import testing
from tests.boosting.support import Floats, assert_same_arrays, copy_of, make_data, same_bits, train, train_both

N_ROWS = 40
N_FEATURES = 3
FAR = 2**27 + 3  # numbers from one row (or feature) to the next: a gigabyte of float64, 40 of them over 2^32 numbers


class HoleFile:
    """A file whose unwritten parts take no disk, seen as one long read-only vector."""

    def __init__(self, path: pathlib.Path, size: int, dtype: Any) -> None:
        with path.open("wb") as file:
            file.truncate(size * np.dtype(dtype).itemsize)
        self._path = path
        self._dtype = np.dtype(dtype)

    def write(self, at: int, values: Any) -> None:
        with self._path.open("r+b") as file:
            file.seek(at * self._dtype.itemsize)
            file.write(np.asarray(values, self._dtype).tobytes())

    def vector(self) -> np.memmap[Any, Any]:
        return np.memmap(self._path, self._dtype, mode="r")


@pytest.fixture(scope="module")
def table() -> tuple[Floats, Floats]:
    return make_data(N_ROWS, N_FEATURES, seed=4)


@pytest.fixture(scope="module", params=[np.float32, np.float64], ids=["float32", "float64"])
def far_apart(
    request: pytest.FixtureRequest, table: tuple[Floats, Floats], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """The table's features as a plain matrix, and as views with far strides of either sign."""
    X = table[0].astype(request.param)
    path = tmp_path_factory.mktemp("holes") / "X"
    holes = HoleFile(path, N_ROWS * FAR, X.dtype)
    for i, row in enumerate(X):
        holes.write(i * FAR, [*row, *row[::-1]])
    item = X.itemsize
    vector = holes.vector()
    rows = as_strided(vector, X.shape, (FAR * item, item), writeable=False)
    backwards = as_strided(vector[N_FEATURES:], X.shape, (FAR * item, item), writeable=False)[:, ::-1]
    last = N_ROWS * FAR - FAR + N_FEATURES - 1
    upwards = as_strided(vector[last:], X.shape, (-FAR * item, -item), writeable=False)[::-1, ::-1]
    yield X, {"rows": rows, "mirrored": backwards, "from the end": upwards}
    path.unlink()


VIEWS = ["rows", "mirrored", "from the end"]


@pytest.mark.parametrize("view", VIEWS)
def test_edges_and_bins_of_numbers_gigabytes_apart(far_apart: tuple[Any, dict[str, Any]], view: str) -> None:
    X, views = far_apart
    np.testing.assert_array_equal(views[view], X)
    for edges, expected in zip(testing.bin_edges(views[view], None, 7), testing.bin_edges(X, None, 7), strict=True):
        assert same_bits(edges, expected)
    np.testing.assert_array_equal(testing.bin_matrix(views[view], None, 7), testing.bin_matrix(X, None, 7))


@pytest.mark.parametrize("view", VIEWS)
def test_training_on_numbers_gigabytes_apart(
    far_apart: tuple[Any, dict[str, Any]], table: tuple[Floats, Floats], view: str
) -> None:
    X, views = far_apart
    params: dict[str, Any] = {"n_iterations": 3, "max_leaf_nodes": 8}
    far, near = train(views[view], table[1], **params), train(X, table[1], **params)
    assert_same_arrays(far.model().to_arrays(), near.model().to_arrays())


@pytest.mark.parametrize("view", VIEWS)
def test_validation_on_numbers_gigabytes_apart(
    far_apart: tuple[Any, dict[str, Any]], table: tuple[Floats, Floats], view: str
) -> None:
    X, views = far_apart
    trainers = [train(X, table[1], n_iterations=0) for _ in range(2)]
    for trainer, rows in zip(trainers, (views[view], X), strict=True):
        trainer.set_validation(rows, table[1], None)
        trainer.boost()
    assert same_bits(*(trainer.validation_raw_predictions() for trainer in trainers))


@pytest.mark.parametrize("n_rows", [3, N_ROWS])  # few rows are walked, many are binned first
@pytest.mark.parametrize("view", VIEWS)
def test_prediction_of_numbers_gigabytes_apart(
    far_apart: tuple[Any, dict[str, Any]], table: tuple[Floats, Floats], view: str, n_rows: int
) -> None:
    X, views = far_apart
    model = train(X, table[1], n_iterations=8).model()
    assert same_bits(model.predict_raw(views[view][-n_rows:]), model.predict_raw(X[-n_rows:]))


def test_targets_and_weights_gigabytes_apart(table: tuple[Floats, Floats], tmp_path: pathlib.Path) -> None:
    X, y = table
    weights = np.linspace(0.5, 2.0, N_ROWS)
    holes = HoleFile(tmp_path / "y", N_ROWS * FAR, np.float64)
    for i in range(N_ROWS):
        holes.write(i * FAR, [y[i], weights[i]])
    far_y, far_weights = holes.vector()[0::FAR], holes.vector()[1::FAR]
    far, near = (train(X, *columns, n_iterations=2) for columns in ((far_y, far_weights), (y, weights)))
    assert_same_arrays(far.model().to_arrays(), near.model().to_arrays())


@pytest.mark.unsanitized  # the sanitizers fill what is allocated, which would touch gigabytes
def test_bins_of_a_block_beyond_4_gigabytes() -> None:
    n_rows, n_features = 2**16, 2**16 + 100  # the memory is asked for and never touched
    columns, stripes = testing.row_block_offsets(n_rows, n_features)
    np.testing.assert_array_equal(columns, np.arange(n_features, dtype=np.int64) * n_rows)
    np.testing.assert_array_equal(stripes, np.arange(len(stripes), dtype=np.int64) * 64 * n_rows)
    assert stripes[-1] > 2**32
    assert len(stripes) == -(-n_features // 64)


# As many features as there can be ---------------------------------------------------------------------

LARGEST = 2**31 - 1
WIDELY = np.array([0, 2**30 + 1, LARGEST - 1])


def model_of_many_features(table: tuple[Floats, Floats]) -> tuple[_core.TreeModel, _core.TreeModel]:
    """A model of three features, and the same over the first, a middle and the last of 2^31 - 1."""
    narrow = train(*table, n_iterations=8).model()
    arrays = copy_of(narrow)
    arrays["feature"] = WIDELY[arrays["feature"]].astype(np.int32)
    arrays["n_features"] = np.array([LARGEST])
    return narrow, _core.TreeModel.from_arrays(arrays)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_rows", [3, 20])
def test_prediction_with_the_largest_number_of_features(
    table: tuple[Floats, Floats], tmp_path: pathlib.Path, n_rows: int, order: Any
) -> None:
    narrow, wide = model_of_many_features(table)
    X32 = table[0][:n_rows].astype(np.float32)
    holes = HoleFile(tmp_path / "X", n_rows * LARGEST, np.float32)
    for i, row in enumerate(X32):
        for feature, value in zip(WIDELY.tolist(), row, strict=True):
            holes.write(i * LARGEST + feature if order == "C" else feature * n_rows + i, value)
    X = holes.vector().reshape((n_rows, LARGEST), order=order)
    for n_threads in (1, 4):
        assert same_bits(wide.predict_raw(X, n_threads=n_threads), narrow.predict_raw(X32))


def test_prediction_of_one_row_broadcast_over_more_numbers_than_32_bits_count(table: tuple[Floats, Floats]) -> None:
    narrow, wide = model_of_many_features(table)
    X = np.broadcast_to(np.float32(0.25), (50, LARGEST))  # 10^11 numbers, all of them one
    assert same_bits(wide.predict_raw(X), narrow.predict_raw(np.full((50, N_FEATURES), 0.25)))


# Beyond what is allowed -------------------------------------------------------------------------------


def zeros(*shape: int) -> Floats:
    return np.broadcast_to(0.0, shape)


@pytest.mark.parametrize("n_rows", [2**31, 2**32, 2**32 + 1, 2**40])
def test_more_rows_than_can_be_counted_are_refused(n_rows: int) -> None:
    with pytest.raises(ValueError, match=rf"fewer than 2\^31 rows, got {n_rows}"):
        train(zeros(n_rows, 1), zeros(n_rows))
    with pytest.raises(ValueError, match=rf"fewer than 2\^31 rows, got {n_rows}"):
        train(zeros(2, 1), zeros(2), n_iterations=0).set_validation(zeros(n_rows, 1), zeros(n_rows), None)


@pytest.mark.parametrize("n_features", [2**31, 2**32, 2**32 + 1, 2**40])
def test_more_features_than_can_be_numbered_are_refused(n_features: int) -> None:
    with pytest.raises(ValueError, match=rf"fewer than 2\^31 features, got {n_features}"):
        train(zeros(2, n_features), zeros(2))


@pytest.mark.parametrize("n_rows", [2**31 + 2, 2**32 + 2])
def test_lengths_that_agree_in_32_bits_only_are_refused(n_rows: int) -> None:
    with pytest.raises(ValueError, match=f"as X has rows .2.*got {n_rows}"):
        train(zeros(2, 1), zeros(n_rows))
    with pytest.raises(ValueError, match=f"as X has rows .2.*got {n_rows}"):
        train(zeros(2, 1), zeros(2), zeros(n_rows))
    model = train(zeros(2, 1), zeros(2)).model()
    with pytest.raises(ValueError, match=rf"out must have shape \({n_rows}, 1\), got \(2, 1\)"):
        model.add_raw(zeros(n_rows, 1), np.zeros((2, 1)), 0, 1)


@pytest.mark.parametrize("n_classes", [2**31, 2**61, 2**63, 2**64 - 1])
def test_more_classes_than_can_be_numbered_are_refused(n_classes: int) -> None:
    with pytest.raises(ValueError, match=f"n_classes must be .*got {n_classes}"):
        train(zeros(8, 1), zeros(8), objective="multiclass_log_loss", n_classes=n_classes)


@pytest.mark.parametrize("make", [lambda n: [n - 7, 4.0, 3.0], lambda n: [n // 2, n - n // 2 - 1, 1.0]])
@pytest.mark.parametrize("total", [2**31 - 1, 2**31, 2**31 + 1, 2**32, 2**33 + 5])
def test_frequencies_around_the_largest_count_equal_the_twin(make: Callable[[int], list[float]], total: int) -> None:
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, -2.0, 5.0])
    engine, twin = train_both(X, y, np.array(make(total), dtype=float), n_iterations=2, learning_rate=1.0)
    np.testing.assert_array_equal(engine.raw_predictions(), twin.raw)
