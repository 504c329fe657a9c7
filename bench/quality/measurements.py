"""One model on one case: its loss on the test rows and the time it took.

What the reference models did is kept as JSON in the user's cache folder, so that whoever tunes hornbeam fits nothing
else. A kept measurement counts only for the same rows, version, parameters and number of threads.
"""

from __future__ import annotations

import json
import pathlib
import re
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss, root_mean_squared_error
from threadpoolctl import threadpool_limits

from bench.archives import cache_folder
from bench.data import Task
from bench.quality.cases import Case
from bench.quality.models import N_THREADS, Model


@dataclass(frozen=True)
class Measurement:
    """A loss, and seconds of the clock: compare them on an idle machine only."""

    loss: float
    fit_seconds: float
    predict_seconds: float


def loss(task: Task, y: NDArray[Any], predictions: NDArray[Any]) -> float:
    """Return the root mean squared error, or the mean log loss of predicted probabilities."""
    if task == "regression":
        return float(root_mean_squared_error(y, predictions))
    return float(log_loss(y, predictions, labels=np.arange(predictions.shape[1])))


def measure(model: Model, case: Case) -> Measurement:
    """Fit and predict on `N_THREADS` threads."""
    X_train, X_test = model.prepare(case.train.X), model.prepare(case.test.X)
    estimator = model.make(case.task, X_train, case.split)
    with threadpool_limits(N_THREADS):
        start = time.perf_counter()
        estimator.fit(X_train, case.train.y)
        fitted = time.perf_counter()
        predictions = (estimator.predict if case.task == "regression" else estimator.predict_proba)(X_test)
        predicted = time.perf_counter()
    return Measurement(loss(case.task, case.test.y, predictions), fitted - start, predicted - fitted)


def conditions(model: Model, case: Case) -> dict[str, str]:
    """Return what a measurement depends on."""
    parameters = model.make(case.task, model.prepare(case.train.X), case.split).get_params()
    return {
        "rows": case.digest,
        "version": model.library.version,
        "threads": str(N_THREADS),
        "parameters": repr(sorted(parameters.items(), key=lambda item: str(item[0]))),
    }


def kept_file(model: Model, case: Case) -> pathlib.Path:
    name = f"{case.table} {case.split} {model.label} {model.library.version}"
    return cache_folder() / "quality" / f"{re.sub(r'[^a-zA-Z0-9.]+', '-', name)}.json"


def measure_once(model: Model, case: Case) -> Measurement:
    """Return the kept measurement where its conditions are the same; measure and keep otherwise."""
    file, wanted = kept_file(model, case), conditions(model, case)
    if file.exists():
        kept = json.loads(file.read_text())
        if kept["conditions"] == wanted:
            return Measurement(**kept["measurement"])
    measurement = measure(model, case)
    file.parent.mkdir(exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps({"conditions": wanted, "measurement": asdict(measurement)}, indent=2))
    partial.replace(file)
    return measurement
