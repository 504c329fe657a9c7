"""`python -m hornbeam`: train and search on real tables, and print the held-out error beside scikit-learn's."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

import hornbeam as hb
from hornbeam.data import california_housing, higgs

# The same for both libraries; without early stopping both grow the same number of trees.
SETTINGS: dict[str, Any] = {"max_iter": 100, "learning_rate": 0.1, "early_stopping": False, "random_state": 0}


class ProgressBar:
    """A callback that draws one line of text on standard error."""

    def __init__(self, title: str, width: int = 40) -> None:
        self._title = title
        self._width = width

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing: the first iteration draws the bar."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: progress is made at the end of an iteration."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Draw the bar after an iteration."""
        if context.task_name == "iteration":
            done = (context.task_id + 1) / estimator.max_iter
            bar = "#" * round(done * self._width)
            print(f"\r{self._title} [{bar:<{self._width}}] {done:4.0%}", end="", file=sys.stderr, flush=True)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Leave the line."""
        print(file=sys.stderr)


class Table(NamedTuple):
    """One demonstration: data, the two estimators and how their predictions are judged."""

    title: str
    X_train: NDArray[Any]
    X_test: NDArray[Any]
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    estimators: tuple[Any, Any]
    predict: str
    error_name: str
    error: Any


def housing_table() -> Table:
    """Regression with missing values and a category."""
    data = california_housing()
    X = np.hstack([data.numbers, OrdinalEncoder().fit_transform(data.category[:, None])])
    X_train, X_test, y_train, y_test = train_test_split(X, data.target, test_size=0.2, random_state=0)
    settings = {**SETTINGS, "categorical_features": [X.shape[1] - 1]}
    return Table(
        "Boosting, California housing (207 values missing, one feature a category)",
        X_train,
        X_test,
        y_train,
        y_test,
        (hb.HistGradientBoostingRegressor(**settings), HistGradientBoostingRegressor(**settings)),
        "predict",
        "RMSE, dollars",
        root_mean_squared_error,
    )


def higgs_table() -> Table:
    """Binary classification."""
    data = higgs()
    return Table(
        "Boosting, Higgs bosons (a slice of HIGGS)",
        data.X_train,
        data.X_test,
        data.y_train,
        data.y_test,
        (hb.HistGradientBoostingClassifier(**SETTINGS), HistGradientBoostingClassifier(**SETTINGS)),
        "predict_proba",
        "log loss",
        log_loss,
    )


def neighbourhood_table() -> Table:
    """Regression by the nearest of all districts whose values are known."""
    data = california_housing()
    is_known = ~np.isnan(data.numbers).any(axis=1)
    X, y = data.numbers[is_known], data.target[is_known]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    scaler = StandardScaler().fit(X_train)
    return Table(
        "Ten nearest neighbours, California housing",
        scaler.transform(X_train),
        scaler.transform(X_test),
        y_train,
        y_test,
        (hb.KNeighborsRegressor(n_neighbors=10), KNeighborsRegressor(n_neighbors=10, n_jobs=-1)),
        "predict",
        "RMSE, dollars",
        root_mean_squared_error,
    )


def run(table: Table) -> None:
    """Fit both estimators and print one line each."""
    n_rows, n_features = table.X_train.shape
    print(f"\n{table.title}\n{n_rows} training rows, {len(table.X_test)} held out, {n_features} features")
    print(f"  {'':<14}{'held-out ' + table.error_name:>24}{'fit':>12}{'predict':>12}")
    for name, estimator in zip(("hornbeam", "scikit-learn"), table.estimators, strict=True):
        if name == "hornbeam" and sys.stderr.isatty() and hasattr(estimator, "set_callbacks"):
            estimator.set_callbacks(ProgressBar(name))
        start = perf_counter()
        estimator.fit(table.X_train, table.y_train)
        fitted = perf_counter()
        predicted = getattr(estimator, table.predict)(table.X_test)
        done = perf_counter()
        error = f"{table.error(table.y_test, predicted):.5g}"
        print(f"  {name:<14}{error:>24}{fitted - start:>10.3f} s{1e3 * (done - fitted):>9.2f} ms")


def main() -> None:
    """Run the demonstration."""
    print(
        f"hornbeam {hb.__version__} beside scikit-learn {sklearn.__version__}: {SETTINGS['max_iter']} iterations each"
    )
    for table in (housing_table(), higgs_table(), neighbourhood_table()):
        run(table)
    print()
    hb.show_config()


if __name__ == "__main__":
    main()
