"""Model files of every version load, predict the bits they were saved with, and can be saved again."""

from __future__ import annotations

import pathlib

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

import hornbeam as hb

HERE = pathlib.Path(__file__).parent
VERSIONS = sorted(HERE.glob("v*"))
MODELS = [path for path in sorted(HERE.glob("v*/*.safetensors")) if not path.stem.endswith(".expected")]

pytestmark = pytest.mark.isa


def test_there_is_a_version() -> None:
    assert VERSIONS


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.name)
def test_every_version_left_its_models_and_their_predictions(version: pathlib.Path) -> None:
    kinds = ("binary", "multiclass", "regressor")
    expected = {f"{kind}{ending}" for kind in kinds for ending in (".safetensors", ".expected.safetensors")}
    assert {path.name for path in version.iterdir()} == expected


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_saved_model_predicts_the_bits_of_its_day(path: pathlib.Path, tmp_path: pathlib.Path) -> None:
    expected = load_file(path.with_suffix(".expected.safetensors"))
    model = hb.load(path)
    again = tmp_path / path.name
    model.save(again)
    for estimator in (model, hb.load(again)):
        names = getattr(estimator, "feature_names_in_", None)
        rows = expected["X"] if names is None else pd.DataFrame(expected["X"], columns=names)
        predict = getattr(estimator, "predict_proba", estimator.predict)
        assert np.asarray(predict(rows)).tobytes() == expected["prediction"].tobytes()
