"""What is no table, or a sparse one whose arrays contradict one another, is refused by the core itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tests.boosting.support import train


def sparse(**changes: Any) -> Any:
    """Three rows of four columns with five values, or something else."""
    arrays = {
        "data": np.arange(1.0, 6.0),
        "indices": np.array([0, 3, 1, 0, 2], dtype=np.int32),
        "indptr": np.array([0, 2, 3, 5], dtype=np.int32),
        "shape": (3, 4),
        "format": "csr",
    }
    return SimpleNamespace(**(arrays | changes))


def int32(*values: int) -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


MALFORMED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"indptr": int32(0, 2, 5)}, ValueError, r"X\.indptr must have 4 elements, got 3"),
    ({"indptr": int32(1, 2, 3, 5)}, ValueError, r"X\.indptr must begin with 0 and end with 5"),
    ({"indptr": int32(0, 2, 3, 4)}, ValueError, r"X\.indptr must begin with 0 and end with 5"),
    ({"indptr": int32(0, 2, 3, 6)}, ValueError, r"X\.indptr must begin with 0 and end with 5"),
    ({"indptr": int32(0, 4, 3, 5)}, ValueError, r"X\.indptr must not descend, but does at row 1"),
    ({"indptr": int32(0, -2, 3, 5)}, ValueError, r"X\.indptr must not descend, but does at row 0"),
    ({"indptr": np.array([0.0, 2, 3, 5])}, TypeError, r"X\.indptr must be a native int32 or int64 array"),
    ({"indptr": np.array([0, 2, 3, 5], ">i4")}, TypeError, r"X\.indptr must be a native int32 or int64 array"),
    ({"format": "csc"}, TypeError, "X must be an array or a matrix in compressed sparse rows"),
    ({"format": None}, TypeError, "X must be an array or a matrix in compressed sparse rows"),
    ({"indptr": np.zeros((4, 1), np.int32)}, ValueError, r"X\.indptr must have 1 dimensions, got 2"),
    ({"indices": int32(0, 4, 1, 0, 2)}, ValueError, r"X\.indices must ascend below 4 in every row, .* row 0"),
    ({"indices": int32(0, 3, 1, 2, 2)}, ValueError, r"X\.indices must ascend below 4 in every row, .* row 2"),
    ({"indices": int32(0, 3, -1, 0, 2)}, ValueError, r"X\.indices must ascend below 4 in every row, .* row 1"),
    ({"indices": int32(0, 3, 1, 0)}, ValueError, r"X\.indices must be as many as X\.data, got 4 and 5"),
    ({"indices": np.array([0, 3, 1, 0, 1 << 31])}, ValueError, r"X\.indices must lie in \[0, 2\^31\)"),
    ({"indices": int32(*range(10))[::2]}, ValueError, r"X\.indices must be contiguous"),
    ({"data": np.arange(5)}, TypeError, r"X\.data must be a native float64 array"),
    ({"data": np.arange(10.0)[::2]}, ValueError, r"X\.data must be contiguous"),
    ({"data": [1.0] * 5}, TypeError, r"X\.data must be an array"),
    ({"shape": (1 << 32, 4)}, ValueError, r"X must have less than 2\^32 rows"),
    ({"shape": (3, 5)}, ValueError, "X has 5 features, but the model expects 4"),
]


@pytest.mark.parametrize(("changes", "error", "message"), MALFORMED)
def test_malformed_tables_are_refused(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    X = np.arange(12.0).reshape(3, 4)
    model = train(X, np.arange(3.0)).model()
    assert model.predict_raw(sparse()).shape == (3, 1)
    with pytest.raises(error, match=message):
        model.predict_raw(sparse(**changes))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match="X must be an array or a matrix in compressed sparse rows"):
        train([[1.0]], np.ones(1))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["csc", "bsr", "coo"])
def test_a_predictor_refuses_other_sparse_formats_even_if_square(kind: str) -> None:
    X = csr_array(np.arange(16.0).reshape(4, 4))
    model = train(X, np.arange(4.0)).model()
    with pytest.raises(TypeError, match="X must be an array or a matrix in compressed sparse rows"):
        model.predict_raw(X.asformat(kind))


def test_sparse_tables_have_no_categories() -> None:
    X = csr_array(np.arange(12.0).reshape(6, 2))
    with pytest.raises(ValueError, match="X must be dense if it has categorical features"):
        train(X, np.arange(6.0), n_categories=np.array([3, 0]))
