"""What other processes and threads are asked to do: fit, predict and load, on enough rows to engage the pool.

A module of its own, because processes that are not forked have to import the function they run.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import hornbeam as hb
from hornbeam._core import testing
from tests.golden.digests import table, terciles

N_CORES = 4
X, Y = table(20_000, 4)


def engage_threads() -> None:
    """Let every region use the pool, whatever the machine."""
    testing.set_core_cap(N_CORES)
    testing.set_serial_cutoff(0)


def regressor(**params: Any) -> Any:
    return hb.HistGradientBoostingRegressor(**{"max_iter": 5, "early_stopping": False, "random_state": 0} | params)


def classifier(**params: Any) -> Any:
    return hb.HistGradientBoostingClassifier(**{"max_iter": 3, "early_stopping": False, "random_state": 0} | params)


def fit_regressor(**params: Any) -> Any:
    return regressor(**params).fit(X, Y)


def fit_classifier(**params: Any) -> Any:
    return classifier(**params).fit(X, terciles(Y))


def scores(model: Any) -> bytes:
    """Return the bits of what the model predicts of all rows."""
    prediction: bytes = getattr(model, "predict_proba", model.predict)(X).tobytes()
    return prediction


def answer(path: str) -> tuple[str, float]:
    """Fit and predict with threads, load the file and predict; return a digest of the bits, and the seconds it took."""
    start = time.monotonic()
    engage_threads()
    sha256 = hashlib.sha256()
    for model in (fit_regressor(), fit_classifier(), hb.load(path)):
        sha256.update(scores(model))
        assert testing.last_region_workers() == N_CORES
    return sha256.hexdigest(), time.monotonic() - start
