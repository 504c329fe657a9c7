"""hornbeam and its peers under one set of settings: the same trees, leaves, bins, learning rate and threads.

A peer that is not installed is left out. Every factory takes the task and the settings and returns an unfitted
scikit-learn estimator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from threadpoolctl import threadpool_limits

from bench.data import Table, Task
from bench.libraries import CATBOOST, HORNBEAM, LIGHTGBM, SKLEARN, XGBOOST, Library


@dataclass(frozen=True)
class Settings:
    n_trees: int = 100
    n_leaves: int = 31
    learning_rate: float = 0.1
    min_samples_leaf: int = 20
    l2: float = 0.0
    n_threads: int = 2

    def of(self, task: Task) -> Settings:
        """Return the settings for a task.

        Several classes get some regularisation. Without it a leaf of a rare class with next to no Hessian can take a
        step of thousands (seen on covtype), and losses would compare accidents.
        """
        return replace(self, l2=1.0) if task == "multiclass" else self


def hornbeam(task: Task, settings: Settings) -> Any:
    import hornbeam as hb

    cls = hb.HistGradientBoostingRegressor if task == "regression" else hb.HistGradientBoostingClassifier
    return cls(**histogram_parameters(settings), n_jobs=settings.n_threads)


def sklearn(task: Task, settings: Settings) -> Any:
    from sklearn import ensemble

    cls = ensemble.HistGradientBoostingRegressor if task == "regression" else ensemble.HistGradientBoostingClassifier
    return cls(**histogram_parameters(settings))


def histogram_parameters(settings: Settings) -> dict[str, Any]:
    return {
        "max_iter": settings.n_trees,
        "max_leaf_nodes": settings.n_leaves,
        "learning_rate": settings.learning_rate,
        "min_samples_leaf": settings.min_samples_leaf,
        "l2_regularization": settings.l2,
        "early_stopping": False,
    }


def lightgbm(task: Task, settings: Settings, **more: Any) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    cls = LGBMRegressor if task == "regression" else LGBMClassifier
    return cls(
        n_estimators=settings.n_trees,
        num_leaves=settings.n_leaves,
        learning_rate=settings.learning_rate,
        min_child_samples=settings.min_samples_leaf,
        reg_lambda=settings.l2,
        n_jobs=settings.n_threads,
        verbosity=-1,
        **more,
    )


def lightgbm_quantised(task: Task, settings: Settings) -> Any:
    return lightgbm(task, settings, use_quantized_grad=True)


def xgboost(task: Task, settings: Settings) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    cls = XGBRegressor if task == "regression" else XGBClassifier
    return cls(
        n_estimators=settings.n_trees,
        max_leaves=settings.n_leaves,
        max_depth=0,
        grow_policy="lossguide",
        tree_method="hist",
        max_bin=255,
        learning_rate=settings.learning_rate,
        min_child_weight=1e-3,
        reg_lambda=settings.l2,
        n_jobs=settings.n_threads,
    )


def catboost(task: Task, settings: Settings) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    cls = CatBoostRegressor if task == "regression" else CatBoostClassifier
    return cls(
        iterations=settings.n_trees,
        grow_policy="Lossguide",
        max_leaves=settings.n_leaves,
        depth=16,
        border_count=254,
        boosting_type="Plain",
        bootstrap_type="No",
        random_strength=0.0,
        learning_rate=settings.learning_rate,
        min_data_in_leaf=settings.min_samples_leaf,
        l2_leaf_reg=settings.l2,
        leaf_estimation_iterations=1,
        thread_count=settings.n_threads,
        verbose=False,
        allow_writing_files=False,
    )


@dataclass(frozen=True)
class Peer:
    label: str
    library: Library
    make: Callable[[Task, Settings], Any]


# hornbeam first, then the one every ratio is taken to.
PEERS = (
    Peer("hornbeam", HORNBEAM, hornbeam),
    Peer("LightGBM", LIGHTGBM, lightgbm),
    Peer("LightGBM, quantised", LIGHTGBM, lightgbm_quantised),
    Peer("XGBoost", XGBOOST, xgboost),
    Peer("CatBoost", CATBOOST, catboost),
    Peer("scikit-learn", SKLEARN, sklearn),
)


@contextmanager
def threads(settings: Settings) -> Iterator[None]:
    """Limit the libraries that take no parameter for it (scikit-learn's OpenMP)."""
    with threadpool_limits(settings.n_threads):
        yield


def loss(estimator: Any, table: Table) -> float:
    """Return the mean loss every peer minimises: half squared error, or log loss."""
    from sklearn.metrics import log_loss, mean_squared_error

    if table.task == "regression":
        return float(mean_squared_error(table.y, estimator.predict(table.X)) / 2)
    return float(log_loss(table.y, estimator.predict_proba(table.X)))
