"""One digest per small fit: what the promise of same bits means, in numbers.

The tables are integers divided by powers of two, made by integer arithmetic: the same on every machine. Every value is
exact in float16, in float32 or at least in float64, as the case says. `digests.json` pins the digests.

    python -m tests.golden.digests            prints them
    python -m tests.golden.digests --write    pins them, after a change that is meant
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import pathlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hornbeam as hb
from hornbeam._container import pack, unpack
from hornbeam._model_file import to_bytes

PINNED = pathlib.Path(__file__).with_name("digests.json")

# "file" covers every byte of the saved model, "predictions" what it answers for its training rows.
Digests = dict[str, dict[str, str]]
Arrange = Callable[[NDArray[np.float64]], NDArray[Any]]


@dataclass(frozen=True)
class Case:
    """A fit: the narrowest dtype that holds X says which others may stand in for it."""

    model: Any
    X: NDArray[np.float64]
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None = None
    validation: tuple[NDArray[np.float64], NDArray[Any]] | None = None
    narrowest: str = "float16"


def words(n_rows: int, n_columns: int, stream: int) -> NDArray[np.int64]:
    """Return non-negative pseudorandom integers: SplitMix64 (Steele et al. 2014) of the positions."""
    z = np.arange(1, n_rows * n_columns + 1, dtype=np.uint64) + np.uint64(stream << 32)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(1)).astype(np.int64).reshape(n_rows, n_columns)


def integers(n_rows: int, n_columns: int, stream: int) -> NDArray[np.int64]:
    """Return columns of many distinct values, of few, and half of them zero; float16 holds an eighth of each."""
    values = words(n_rows, n_columns, stream) % 4095 - 2047
    values[:, 1::3] //= 256
    values[:, 2::3] = np.maximum(values[:, 2::3], 0)
    return values


def table(n_rows: int, n_columns: int, stream: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return features with missing values and a noisy target that depends on the first three of them."""
    values = integers(n_rows, n_columns, stream)
    missing = words(n_rows, n_columns, stream + 1) % 16 == 0
    missing[:, n_columns - 1] = False
    signal = np.abs(values[:, 0]) + 64 * values[:, 1] - np.where(missing[:, 2], 512, values[:, 2])
    y = (signal + words(n_rows, 1, stream + 2)[:, 0] % 1024) / 8
    return np.where(missing, np.nan, values / 8), y


def terciles(y: NDArray[np.float64]) -> NDArray[np.str_]:
    return np.array(["low", "middle", "high"])[np.digitize(y, [-64.0, 64.0])]


def regressor(**params: Any) -> Any:
    return hb.HistGradientBoostingRegressor(**{"max_iter": 5, "random_state": 0} | params)


def classifier(**params: Any) -> Any:
    return hb.HistGradientBoostingClassifier(**{"max_iter": 5, "random_state": 0} | params)


def make_cases() -> dict[str, Case]:
    X, y = table(600, 5)
    other_X, other_y = table(200, 5, stream=10)
    wide_X, wide_y = table(200, 70, stream=20)
    long_X, long_y = table(20_000, 3, stream=30)  # several blocks of rows
    longer_X, longer_y = table(70_000, 3, stream=60)  # more rows than 16 bits count
    quarters = (1 + words(20_000, 1, 40)[:, 0] % 8) / 4
    counts = (words(600, 1, 41)[:, 0] % 4).astype(np.float64)
    columns_missing = X.copy()
    columns_missing[:, 0] = np.nan
    columns_missing[: len(X) - 30, 2] = np.nan
    limits = {"max_leaf_nodes": 7, "max_depth": 3, "min_samples_leaf": 5, "l2_regularization": 2.5, "max_bins": 13}
    plain = {"max_iter": 2, "early_stopping": False}
    stopped = {"max_iter": 50, "early_stopping": True, "n_iter_no_change": 2, "learning_rate": 0.5}
    extremes = X.copy()
    extremes[::7, 1] = np.tile([np.inf, -np.inf, 1e300, -1e300, 5e-324, -0.0], 15)[: len(extremes[::7])]
    extremes[:, 2] = np.ldexp(X[:, 2], -1060)
    extremes[:, 3] += 2.0**-40 * integers(600, 1, 50)[:, 0]
    categories = X.copy()
    categories[:, 1] = words(600, 1, 70)[:, 0] % 3
    categories[:, 2] = words(600, 1, 71)[:, 0] % 40
    noise = words(100, 1, 80)[:, 0] % 64  # the members of an ensemble learn little of it, so they are soon done
    rare, common = words(600, 1, 72)[:, 0] % 900, words(600, 1, 73)[:, 0] % 8
    categories[:, 3] = np.where(common < 3, common, rare)  # more than a byte counts, most of them once
    by_category = y / 8 + 64 * (categories[:, 1] == 1) + 64 * (categories[:, 2] % 3) + 256 * (categories[:, 3] == 1)
    categories[::9, 1:3] = np.nan
    return {
        "regressor": Case(regressor(), X, y),
        "binary": Case(classifier(), X, y > 0),
        "multiclass": Case(classifier(), X, terciles(y)),
        "weighted": Case(regressor(), X, y, quarters[:600]),
        "frequencies": Case(regressor(), X, y, counts),
        "validation split": Case(regressor(**stopped, validation_fraction=0.25), X, y),
        "validation set": Case(classifier(**stopped), X, y > 0, validation=(other_X, other_y > 0)),
        "sampled features": Case(regressor(max_features=0.5), X, y),
        "drawn": Case(regressor(subsample=0.5, colsample_bytree=0.7, colsample_bylevel=0.8), X, y, counts),
        "drawn by gradient": Case(classifier(subsample=0.5, sampling_method="gradient_based"), X, terciles(y)),
        "extra trees": Case(regressor(extra_trees=True, loss="huber", subsample=0.7), X, y),
        "penalties": Case(regressor(l1_regularization=64.0, min_split_gain=2.0**14, min_child_weight=30.0), X, y),
        "categories": Case(regressor(categorical_features=[1, 2, 3], min_samples_leaf=5), categories, by_category),
        "automatic regressor": Case(hb.AutoGradientBoostingRegressor(random_state=0), X[:100], noise / 8, counts[:100]),
        "automatic classifier": Case(
            hb.AutoGradientBoostingClassifier(random_state=0), X[:60], terciles(noise[:60] * 4.0 - 128)
        ),
        "limits": Case(regressor(**limits), X, y),
        "columns missing": Case(regressor(), columns_missing, y),
        "wide": Case(regressor(max_iter=3), wide_X, wide_y),
        "subnormal": Case(regressor(), np.ldexp(X, -140), y, narrowest="float32"),
        "extremes": Case(classifier(), extremes, y > 0, narrowest="float64"),
        "absolute error": Case(regressor(loss="absolute_error"), X, y / 3, counts),
        "quantile": Case(regressor(loss="quantile", quantile=0.8), X, y / 3, quarters[:600]),
        "huber": Case(regressor(loss="huber"), X, y),
        "poisson": Case(regressor(loss="poisson"), X, y / 256 + 1),
        "gamma": Case(regressor(loss="gamma"), X, y / 256 + 1, quarters[:600]),
        "tweedie": Case(regressor(loss="tweedie"), X, np.maximum(y, 0.0)),
        "long multiclass": Case(classifier(**plain), long_X, terciles(long_y), quarters),
        "long binary": Case(classifier(**plain), long_X, long_y > 0),
        "longer": Case(regressor(**plain), longer_X, longer_y),
    }


@functools.cache
def cases() -> dict[str, Case]:
    return make_cases()


def fit(case: Case, arrange: Arrange = np.asarray) -> Any:
    """Fit a new estimator to the case, with the features laid out in memory as `arrange` wishes."""
    model = type(case.model)(**case.model.get_params())
    validation = {}
    if case.validation is not None:
        validation = {"X_val": arrange(case.validation[0]), "y_val": case.validation[1]}
    return model.fit(arrange(case.X), case.y, case.sample_weight, **validation)


def predictions(model: Any, X: NDArray[Any]) -> list[NDArray[Any]]:
    if hasattr(model, "predict_proba"):
        return [model.decision_function(X), model.predict_proba(X), model.classes_.searchsorted(model.predict(X))]
    return [model.predict(X)]


def file_bytes(model: Any) -> bytes:
    """Return the bytes of the model's file without the version that wrote it."""
    data = to_bytes(model)
    tensors, metadata = unpack(data)
    assert pack(tensors, metadata) == data, "unpacking hides bytes of the file"
    checksums = {"tensors": json.loads(metadata["checksums"])["tensors"]}
    return pack(tensors, metadata | {"lib_version": "", "checksums": json.dumps(checksums, sort_keys=True)})


def digest_of(model: Any, X: NDArray[Any]) -> dict[str, str]:
    sha256 = hashlib.sha256()
    for array in predictions(model, X):
        dtype = array.dtype.newbyteorder("<")
        sha256.update(dtype.str.encode() + array.astype(dtype).tobytes())
    return {"file": hashlib.sha256(file_bytes(model)).hexdigest(), "predictions": sha256.hexdigest()}


def digests(names: Iterable[str] | None = None, arrange: Arrange = np.asarray) -> Digests:
    """Fit the named cases, by default all of them, and digest each."""
    chosen = {name: cases()[name] for name in (cases() if names is None else names)}
    return {name: digest_of(fit(case, arrange), arrange(case.X)) for name, case in chosen.items()}


def pinned() -> Digests:
    expected: Digests = json.loads(PINNED.read_text())
    return expected


def name_of_pins() -> str:
    """Return the name by which CHANGELOG.md speaks of the digests that are pinned now."""
    return hashlib.sha256(PINNED.read_bytes()).hexdigest()[:12]


def assert_pinned(found: Digests) -> None:
    """Fail with the names of the digests that are not the pinned ones."""
    expected = pinned()
    changed = [f"{name}: {part}" for name in found for part in found[name] if found[name][part] != expected[name][part]]
    assert not changed, (
        f"digests differ from {PINNED.name}: {changed}. Changed on purpose? Then pin them by "
        "`python -m tests.golden.digests --write` and tell why in CHANGELOG.md under 'Results may change'."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.golden.digests")
    parser.add_argument("--write", action="store_true", help="pin the digests")
    text = json.dumps(digests(), indent=2) + "\n"
    if parser.parse_args().write:
        PINNED.write_text(text)
        sys.stdout.write(f"CHANGELOG.md must now speak of `{name_of_pins()}` under 'Results may change'.\n")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
