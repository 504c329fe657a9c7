"""Hypothesis strategies for what estimators are given: features, targets, labels and weights, good and bad."""

from __future__ import annotations

from typing import Any

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
from numpy.typing import NDArray

# Few distinct values make ties; the rest are the values that break careless arithmetic.
FEATURE_VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 2.0, np.nan, np.inf, -np.inf, 5e-324, -1e-310, 1e300, -1.7e308, 1.7e308]),
    st.floats(-10, 10, width=32),
)
WEIGHT_VALUES = [0.0, -0.0, 1.0, 3.0, 0.5, 5e-324, 1e-300, 1e300, 1.7e308, 2.0**31]


def mostly(good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One bad value in eight, so that several together are often all good."""
    return st.sampled_from([good] * 7 + [bad]).flatmap(lambda strategy: strategy)


def feature_matrices(max_rows: int = 30, max_features: int = 4) -> st.SearchStrategy[NDArray[np.float64]]:
    """Matrices with ties, missing values, infinities, denormal and huge numbers."""
    shapes = st.tuples(st.integers(2, max_rows), st.integers(1, max_features))
    return shapes.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=FEATURE_VALUES))


@st.composite
def any_matrix(draw: st.DrawFn, max_rows: int = 24, max_features: int = 3) -> NDArray[Any]:
    """Matrices of any type, byte order and memory layout, empty ones and ones that are no numbers among them."""
    some = st.tuples(st.integers(1, max_rows), st.integers(1, max_features))
    shape = draw(mostly(some, st.sampled_from([(0, 2), (5, 0), (0, 0)])))
    kind = draw(mostly(st.sampled_from("fffiubg"), st.sampled_from("OSUcmM")))
    if kind == "f":
        dtype = draw(st.sampled_from(["f8", "f4", "f2"]))
        X = draw(hnp.arrays(np.float64, shape, elements=FEATURE_VALUES))
        with np.errstate(over="ignore"):  # what a narrow type cannot hold is infinite
            X = X.astype(dtype)
    elif kind in "iu":
        X = draw(hnp.arrays(np.dtype(draw(st.sampled_from([f"{kind}{size}" for size in (1, 2, 4, 8)]))), shape))
    elif kind == "b":
        X = draw(hnp.arrays(np.bool_, shape))
    else:
        digits = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 9)))
        X = digits.astype({"m": "m8[s]", "M": "M8[s]"}.get(kind, kind))
    return draw(st.sampled_from(list(layouts(X).values()))) if X.size and kind not in "OmM" else X


def targets(n_rows: int) -> st.SearchStrategy[NDArray[np.float64]]:
    """Finite regression targets, huge ones among them."""
    values = st.one_of(st.floats(-100, 100, width=32), st.sampled_from([0.0, 1e150, -1e150]))
    return hnp.arrays(np.float64, n_rows, elements=values)


def labels(n_rows: int) -> st.SearchStrategy[NDArray[Any]]:
    """Class labels of one type: integers, text, booleans, whole floats."""
    alphabet = st.sampled_from([[0, 1], [-(2**63), 2**63 - 1], ["a", "b", "é"], [True, False], [1.0, -2.0], [7]])
    return alphabet.flatmap(lambda names: hnp.arrays(np.array(names).dtype, n_rows, elements=st.sampled_from(names)))


@st.composite
def any_target(draw: st.DrawFn, n_rows: int) -> Any:
    """Targets and labels, and what is neither: of another length or shape, not finite, mixed, nothing."""
    extreme = st.sampled_from([0.0, 5e-324, 1e300, -1.7e308, np.nan, np.inf])
    good = st.one_of(targets(n_rows), labels(n_rows))
    bad = st.one_of(
        targets(n_rows + 1),
        labels(2 * n_rows).map(lambda y: y.reshape(-1, 2)),
        hnp.arrays(np.float64, n_rows, elements=extreme),
        st.lists(st.sampled_from([None, "a", 1, 2.5, 10**400]), min_size=n_rows, max_size=n_rows).map(
            lambda y: np.array(y, dtype=object)
        ),
        st.sampled_from([None, "y", 1.0, np.array(["NaT"] * n_rows, "M8[s]")]),
    )
    return draw(mostly(good, bad))


def frequencies(n_rows: int) -> st.SearchStrategy[NDArray[np.int64]]:
    """Integer weights, zeros among them but not all zero."""
    return hnp.arrays(np.int64, n_rows, elements=st.integers(0, 3)).filter(np.any)


def any_weight(n_rows: int) -> st.SearchStrategy[Any]:
    """Weights of every size, none, and what no row can weigh."""
    good = hnp.arrays(np.float64, n_rows, elements=st.sampled_from(WEIGHT_VALUES))
    bad = st.one_of(
        hnp.arrays(np.float64, n_rows, elements=st.sampled_from([1.0, -1.0, np.nan, np.inf])),
        hnp.arrays(np.float64, n_rows + 1, elements=st.just(1.0)),
        st.sampled_from(["w", -1.0, np.ones((n_rows, 2)), np.array(["a"] * n_rows)]),
    )
    return mostly(st.one_of(st.none(), good), bad)


def boosting_params() -> st.SearchStrategy[dict[str, Any]]:
    """Parameters at both ends of their ranges, now and then beyond."""
    good: dict[str, list[Any]] = {
        "learning_rate": [0.1, 1.0, 5e-324, 1e-300, 1e300, np.float32(0.1), 2],
        "max_iter": [1, 2, 3],
        "max_leaf_nodes": [2, 31, None, 10**400],
        "max_depth": [None, 1, np.int8(3), 2**64],
        "min_samples_leaf": [1, 2, 10**12],
        "l2_regularization": [0.0, 5e-324, 1.0, 1e300, 1.7e308],
        "subsample": [1.0, 0.5, 5e-324],
        "sampling_method": ["uniform", "gradient_based"],
        "colsample_bytree": [1.0, 0.5, 5e-324],
        "colsample_bylevel": [1.0, 0.5, 5e-324],
        "extra_trees": [False, True],
        "l1_regularization": [0.0, 5e-324, 1.0, 1.7e308],
        "min_split_gain": [0.0, 5e-324, 1.0, 1.7e308],
        "min_child_weight": [0, 5e-324, 1.0, 1.7e308],
        "max_features": [1.0, 0.5, 5e-324],
        "max_bins": [2, 3, 255],
        "early_stopping": [False, "auto", True],
        "validation_fraction": [None, 0.3, 1],
        "n_jobs": [None, 1, -1],
        "random_state": [0],
    }
    bad: dict[str, Any] = {
        "learning_rate": [0.0, -1.0, np.inf, np.nan, "fast", None, 10**400],
        "max_iter": [0, 1.5, None],
        "max_leaf_nodes": [1, -1],
        "max_bins": [1, 256, 10**9],
        "l2_regularization": [-1e-300, np.nan, 10**400],
        "max_features": [0.0, 1.5, None],
        "validation_fraction": [0.0, 1.0, -1],
        "n_jobs": [0, 1.5],
    }
    valid = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in good.items()})
    names = st.sampled_from(sorted(bad))
    invalid = names.flatmap(lambda name: st.sampled_from(bad[name]).map(lambda value: {name: value}))
    return mostly(valid, st.builds(lambda one, other: one | other, valid, invalid))


def layouts(X: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The same numbers in different memory layouts."""
    n_rows, n_features = X.shape
    apart = np.zeros((2 * n_rows, 3 * n_features), X.dtype)
    apart[::2, ::3] = X
    read_only = X.copy()
    read_only.flags.writeable = False
    unaligned = np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)
    return {
        "C": np.ascontiguousarray(X),
        "Fortran": np.asfortranarray(X),
        "negative strides": X[::-1, ::-1].copy()[::-1, ::-1],
        "every second row and third column": apart[::2, ::3],
        "read-only": read_only,
        "unaligned": unaligned,
        "other byte order": X.astype(X.dtype.newbyteorder()),
    }
