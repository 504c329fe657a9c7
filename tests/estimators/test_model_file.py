"""Saved and pickled estimators come back bit for bit; what a file cannot hold is not saved."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from safetensors.numpy import load_file
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError

import hornbeam as hb
from hornbeam._container import unpack
from hornbeam._model_file import SAVEABLE, from_bytes, to_bytes
from tests.estimators.support import raw_scores, table
from tests.public_estimators import CLASSIFIERS, name_of, over_automatic_too, over_estimators


@over_estimators
def test_saved_estimator_comes_back_bit_for_bit(estimator: Any, tmp_path: Path) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(early_stopping=True, random_state=3, max_depth=np.int64(4)).fit(X, y)
    fitted.save(tmp_path / "first")
    loaded = hb.load(tmp_path / "first")
    assert type(loaded) is type(fitted)
    assert loaded.get_params() == fitted.get_params()
    np.testing.assert_array_equal(raw_scores(loaded, X), raw_scores(fitted, X))
    assert vars(loaded).keys() == vars(fitted).keys() - {"fit_profile_"}
    for name in [name for name in dir(loaded) if name.endswith("_") and not name.startswith("_")]:
        np.testing.assert_array_equal(getattr(loaded, name), getattr(fitted, name), err_msg=name)
    assert all(scores.flags.owndata for scores in (loaded.train_score_, loaded.validation_score_))  # not the file
    loaded.save(str(tmp_path / "second"))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@over_automatic_too
def test_pickled_estimator_comes_back_bit_for_bit(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(raw_scores(loaded, X), raw_scores(fitted, X))
    assert to_bytes(loaded) == to_bytes(fitted)


@over_automatic_too
def test_pickle_of_another_version_is_read_with_a_warning(estimator: Any) -> None:
    state = clone(estimator).fit(*table(estimator)).__getstate__()
    unpickled = clone(estimator)
    with pytest.warns(InconsistentVersionWarning, match=f"hornbeam.{name_of(estimator)} from version 0.0.1") as warned:
        unpickled.__setstate__({**state, "_hornbeam_version": "0.0.1"})
    assert warned[0].filename == __file__  # where it was unpickled
    del state["_hornbeam_version"]
    assert vars(unpickled) == state
    with pytest.warns(InconsistentVersionWarning, match="from version unknown"):
        unpickled.__setstate__(state)


@over_estimators
def test_loaded_estimator_warm_starts_as_the_saved_one_does(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(warm_start=True, max_features=0.5, random_state=0).fit(X, y)
    loaded = from_bytes(to_bytes(fitted))
    for model in (fitted, loaded):
        model.set_params(max_iter=6).fit(X, y)
    np.testing.assert_array_equal(raw_scores(loaded, X), raw_scores(fitted, X))


@pytest.mark.parametrize(
    "labels",
    [
        [False, True],
        np.array([1, 3], np.uint8),
        [-5, 2**40],
        [1.0, 3.0],
        ["no", "yes", "é\u2028"],
        np.array(["no", "maybe"], dtype=object),
    ],
    ids=str,
)
def test_class_labels_keep_their_values_and_kind(labels: Any) -> None:
    labels = np.unique(labels)
    y = np.tile(labels, 20)
    X = np.arange(len(y), dtype=np.float64)[:, None]
    fitted = hb.HistGradientBoostingClassifier(max_iter=1).fit(X, y)
    loaded = from_bytes(to_bytes(fitted))
    assert loaded.classes_.tolist() == fitted.classes_.tolist()
    assert loaded.classes_.dtype == fitted.classes_.dtype


def test_feature_names_and_class_weights_come_back() -> None:
    pd = pytest.importorskip("pandas")
    X, y = table(CLASSIFIERS[0])
    frame = pd.DataFrame(X, columns=["a", "b", "ü", "d"])
    fitted = hb.HistGradientBoostingClassifier(max_iter=1, class_weight={0: 1.0, 1: 2.5, 2: 1}).fit(frame, y)
    loaded = from_bytes(to_bytes(fitted))
    assert loaded.feature_names_in_.tolist() == ["a", "b", "ü", "d"]
    assert loaded.feature_names_in_.dtype == object
    assert loaded.class_weight == {0: 1.0, 1: 2.5, 2: 1}
    np.testing.assert_array_equal(loaded.predict(frame), fitted.predict(frame))


@over_estimators
@pytest.mark.parametrize(
    "params",
    [{"scoring": lambda *_: 0.0}, {"random_state": np.random.RandomState(0)}, {"tol": float("nan")}],
    ids=["scoring", "random_state", "tol"],
)
def test_what_cannot_be_saved_is_named_with_its_value(estimator: Any, params: dict[str, Any], tmp_path: Path) -> None:
    fitted = clone(estimator).fit(*table(estimator)).set_params(**params)
    ((name, value),) = params.items()
    with pytest.raises(TypeError, match=re.escape(f"{name}={value!r} cannot be saved")):
        fitted.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@over_automatic_too
def test_unfitted_estimator_is_not_saved(estimator: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        clone(estimator).save(tmp_path / "model")


@over_automatic_too
@pytest.mark.parametrize("name", ["Tuned", None])
def test_subclass_is_not_saved_as_its_base(estimator: Any, name: str | None, tmp_path: Path) -> None:
    subclass = type(name or name_of(estimator), (type(estimator),), {})
    fitted = subclass().fit(*table(estimator))
    known = ", ".join(SAVEABLE)
    with pytest.raises(
        TypeError, match=rf"{subclass.__module__}\.{subclass.__name__} cannot be saved: only {known} themselves"
    ):
        fitted.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_what_no_reader_would_accept_is_not_saved() -> None:
    X = np.arange(40.0)[:, None]
    one_long_label = hb.HistGradientBoostingClassifier(max_iter=1)
    one_long_label.fit(X, np.arange(40) % 2).classes_ = np.array(["a" * 2_000_000, *map(str, range(39))])
    with pytest.raises(ValueError, match="one label is far longer"):
        to_bytes(one_long_label)
    many_keys = hb.HistGradientBoostingClassifier(max_iter=1).fit(X, np.arange(40) % 2)
    with pytest.raises(ValueError, match=r"class_weight cannot be saved: .* at most 4096 keys"):
        to_bytes(many_keys.set_params(class_weight=dict.fromkeys(range(4097), 1.0)))
    long_names = hb.HistGradientBoostingRegressor(max_iter=1).fit(X, X[:, 0])
    long_names.feature_names_in_ = np.array(["a" * 5_000_000], dtype=object)
    with pytest.raises(ValueError, match="bytes of text, but a model file holds at most 4000000"):
        to_bytes(long_names)


def test_file_is_read_by_safetensors_alone(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(saved)
    tensors, metadata = unpack(saved)
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(array, tensors[name])
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata() == metadata


@over_estimators
def test_a_default_that_files_leave_out_stays_what_it_was(estimator: Any) -> None:
    """Another default would give files that name no value another meaning."""
    assert {name: getattr(type(estimator)(), name) for name in estimator._saved_unless_default} == {
        "subsample": 1.0,
        "sampling_method": "uniform",
        "colsample_bytree": 1.0,
        "colsample_bylevel": 1.0,
        "l1_regularization": 0.0,
        "min_split_gain": 0.0,
        "min_child_weight": 1e-3,
        "extra_trees": False,
        "cat_smooth": 10.0,
        "cat_l2": 10.0,
        "max_cat_to_onehot": 4,
        "cat_cost": 1.0,
    }
