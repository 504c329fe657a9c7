"""The models that are compared: the defaults of each library, two threads, categories as the library reads them best.

Losses are normalised by those in `REFERENCES`, so whatever changes there changes every number printed before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bench.data import Task
from bench.libraries import CATBOOST, HORNBEAM, LIGHTGBM, SKLEARN, XGBOOST, Library
from bench.quality.meta_tuned import CLASSIFIER, REGRESSOR, EarlyStoppedLightGBM

# Of every model alike. scikit-learn has no parameter for it and is limited from outside.
N_THREADS = 2
# scikit-learn's HistGradientBoosting refuses a feature with more.
MAX_CATEGORIES_OF_SKLEARN = 255


@dataclass(frozen=True)
class Model:
    """How to make an unfitted estimator for a task, training columns and a seed.

    `prepare` rewrites the columns of training and test rows into what the library accepts, outside the clock.
    """

    label: str
    library: Library
    make: Callable[[Task, pd.DataFrame, int], Any]
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = lambda X: X


def category_columns(X: pd.DataFrame) -> list[str]:
    return [str(name) for name in X.select_dtypes("category")]


def catboost(task: Task, X: pd.DataFrame, seed: int) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    cls = CatBoostRegressor if task == "regression" else CatBoostClassifier
    return cls(
        cat_features=category_columns(X),
        random_seed=seed,
        thread_count=N_THREADS,
        verbose=False,
        allow_writing_files=False,
    )


def missing_as_category(X: pd.DataFrame) -> pd.DataFrame:
    """Name the missing category: CatBoost takes NaN among numbers alone."""
    columns = {name: X[name] for name in category_columns(X) if X[name].hasnans}
    return X.assign(**{name: x.cat.add_categories("(missing)").fillna("(missing)") for name, x in columns.items()})


def lightgbm(task: Task, X: pd.DataFrame, seed: int) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor

    cls = LGBMRegressor if task == "regression" else LGBMClassifier
    return cls(random_state=seed, n_jobs=N_THREADS, verbosity=-1)


def lightgbm_meta_tuned(task: Task, X: pd.DataFrame, seed: int) -> Any:
    parameters = REGRESSOR if task == "regression" else CLASSIFIER
    return EarlyStoppedLightGBM(task, parameters, random_state=seed, n_jobs=N_THREADS)


def xgboost(task: Task, X: pd.DataFrame, seed: int) -> Any:
    from xgboost import XGBClassifier, XGBRegressor

    cls = XGBRegressor if task == "regression" else XGBClassifier
    return cls(enable_categorical=True, random_state=seed, n_jobs=N_THREADS)


def sklearn(task: Task, X: pd.DataFrame, seed: int) -> Any:
    """Encode what has too many categories by the target, as scikit-learn's guide advises for high cardinality."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import TargetEncoder

    cls = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    estimator = cls(random_state=seed)
    high = [name for name in category_columns(X) if X[name].nunique() > MAX_CATEGORIES_OF_SKLEARN]
    if not high:
        return estimator
    kind, folds = ("continuous", KFold) if task == "regression" else (task, StratifiedKFold)
    encoder = TargetEncoder(target_type=kind, cv=folds(5, shuffle=True, random_state=seed))
    columns = make_column_transformer((encoder, high), remainder="passthrough", verbose_feature_names_out=False)
    return make_pipeline(columns.set_output(transform="pandas"), estimator)


def constant(task: Task, X: pd.DataFrame, seed: int) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyRegressor() if task == "regression" else DummyClassifier()


def hornbeam(task: Task, X: pd.DataFrame, seed: int) -> Any:
    import hornbeam as hb

    cls = hb.HistGradientBoostingRegressor if task == "regression" else hb.HistGradientBoostingClassifier
    return cls(random_state=seed, n_jobs=N_THREADS)


def automatic(task: Task, X: pd.DataFrame, seed: int) -> Any:
    import hornbeam as hb

    cls = hb.AutoGradientBoostingRegressor if task == "regression" else hb.AutoGradientBoostingClassifier
    return cls(random_state=seed, n_jobs=N_THREADS)


REFERENCES = (
    Model("CatBoost", CATBOOST, catboost, missing_as_category),
    Model("LightGBM, meta-tuned", LIGHTGBM, lightgbm_meta_tuned),
    Model("LightGBM", LIGHTGBM, lightgbm),
    Model("XGBoost", XGBOOST, xgboost),
    Model("scikit-learn", SKLEARN, sklearn),
)

# What is known without features: the mean, or the share of each class.
BASELINE = Model("constant", SKLEARN, constant)

# Whoever wants to be judged is entered here.
CANDIDATES = (
    Model("hornbeam", HORNBEAM, hornbeam),
    Model("hornbeam, automatic", HORNBEAM, automatic),
)
