"""Write the golden files of the installed version: `python -m tests.golden.make`. Once per release, never again.

A model file of every release must load for ever and predict the same bits; so a folder that exists is not touched.
"""

from __future__ import annotations

import pathlib

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

import hornbeam as hb

HERE = pathlib.Path(__file__).parent


def main() -> None:
    folder = HERE / f"v{hb.__version__}"
    folder.mkdir()
    rng = np.random.default_rng(20261123)
    X = rng.normal(size=(600, 5))
    X[rng.random(X.shape) < 0.1] = np.nan
    signal = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) ** 2
    weights = rng.uniform(0.5, 2.0, size=len(X))
    frame = pd.DataFrame(X, columns=["age", "größe", "x y", "d", "e"])
    labels = np.array(["low", "middle", "high"])[np.digitize(signal, [0.0, 1.5])]

    regressor = hb.HistGradientBoostingRegressor(max_iter=20, l2_regularization=0.5)
    binary = hb.HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=0)
    multiclass = hb.HistGradientBoostingClassifier(max_iter=10, max_features=0.5, random_state=1)
    regressor.fit(X.astype(np.float32), signal, sample_weight=weights)
    binary.fit(X, signal > 1)
    multiclass.fit(frame, labels)

    queries = np.vstack([X[:50], rng.normal(scale=10.0, size=(50, 5)), np.full((1, 5), np.nan)])
    for name, model, predict in [
        ("regressor", regressor, regressor.predict),
        ("binary", binary, binary.predict_proba),
        ("multiclass", multiclass, multiclass.predict_proba),
    ]:
        model.save(folder / f"{name}.safetensors")
        rows = pd.DataFrame(queries, columns=frame.columns) if name == "multiclass" else queries
        save_file({"X": queries, "prediction": predict(rows)}, folder / f"{name}.expected.safetensors")


if __name__ == "__main__":
    main()
