"""Saved and pickled estimators come back bit for bit; a damaged or foreign file is refused, whatever is wrong."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import hornbeam as hb
from hornbeam import _core
from hornbeam._container import pack, unpack
from hornbeam._model_file import _checksums, from_bytes, to_bytes
from tests.estimators.support import raw_scores, table
from tests.public_estimators import CLASSIFIERS, ESTIMATORS, name_of

over_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name_of)


def changed(data: bytes, **metadata: str | None) -> bytes:
    """The file with other metadata and right checksums; None removes an entry."""
    tensors, old = unpack(data)
    del old["checksums"]
    new = {key: value for key, value in {**old, **metadata}.items() if value is not None}
    return pack(tensors, {**new, "checksums": _checksums(tensors, new)})


def with_tensors(data: bytes, **tensors: Any) -> bytes:
    """The file with other tensors and right checksums; None removes a tensor."""
    old, metadata = unpack(data)
    del metadata["checksums"]
    new = {name: array for name, array in {**old, **tensors}.items() if array is not None}
    return pack(new, {**metadata, "checksums": _checksums(new, metadata)})


def with_header(data: bytes, edit: Any) -> bytes:
    """The file with its header's text edited and its length put right."""
    length = int.from_bytes(data[:8], "little")
    header = edit(data[8 : 8 + length])
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


@over_estimators
def test_saved_estimator_comes_back_bit_for_bit(estimator: Any, tmp_path: Path) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).set_params(early_stopping=True, random_state=3, max_depth=np.int64(4)).fit(X, y)
    fitted.save(tmp_path / "first")
    loaded = hb.load(tmp_path / "first")
    assert type(loaded) is type(fitted)
    assert loaded.get_params() == fitted.get_params()
    np.testing.assert_array_equal(raw_scores(loaded, X), raw_scores(fitted, X))
    for name in ("n_iter_", "best_iteration_", "train_score_", "validation_score_", "feature_importances_"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(fitted, name))
    loaded.save(str(tmp_path / "second"))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@over_estimators
def test_pickled_estimator_comes_back_bit_for_bit(estimator: Any) -> None:
    X, y = table(estimator)
    fitted = clone(estimator).fit(X, y)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(raw_scores(loaded, X), raw_scores(fitted, X))
    assert to_bytes(loaded) == to_bytes(fitted)


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
    assert loaded.class_weight == {0: 1.0, 1: 2.5, 2: 1}
    np.testing.assert_array_equal(loaded.predict(frame), fitted.predict(frame))


@over_estimators
@pytest.mark.parametrize(
    "params", [{"scoring": lambda *_: 0.0}, {"random_state": np.random.RandomState(0)}], ids=["scoring", "random_state"]
)
def test_what_cannot_be_saved_is_named(estimator: Any, params: dict[str, Any], tmp_path: Path) -> None:
    fitted = clone(estimator).fit(*table(estimator)).set_params(**params)
    with pytest.raises(TypeError, match=f"{next(iter(params))}=.* cannot be saved"):
        fitted.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@over_estimators
def test_unfitted_estimator_is_not_saved(estimator: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        clone(estimator).save(tmp_path / "model")


def test_file_is_read_by_safetensors_alone(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(saved)
    tensors, metadata = unpack(saved)
    for name, array in load_file(path).items():
        np.testing.assert_array_equal(array, tensors[name])
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata() == metadata


# --- what is refused ---------------------------------------------------------------------------------------------


def test_newer_format_names_the_version_it_needs(saved: bytes) -> None:
    with pytest.raises(hb.ModelFormatError, match=r"reads format 7; version .* reads up to 1"):
        from_bytes(changed(saved, min_reader="7"))


def test_optional_tensors_of_a_later_version_are_ignored(saved: bytes) -> None:
    loaded = from_bytes(with_tensors(saved, x_later=np.arange(3.0)))
    assert to_bytes(loaded) == saved


@pytest.mark.parametrize(
    "metadata, message",
    [
        ({"format": "other"}, "not a hornbeam model"),
        ({"min_reader": None}, "min_reader is ''"),
        ({"min_reader": "-1"}, "min_reader is '-1'"),
        ({"extra": "1"}, "the metadata has"),
        ({"lib_version": None}, "the metadata has"),
        ({"estimator": "OrdinalEncoder"}, "holds a 'OrdinalEncoder'"),
        ({"estimator": "os.system"}, "holds a 'os.system'"),
        ({"params": "[]"}, "params is not a JSON object"),
        ({"params": "{"}, "params is not valid JSON"),
        ({"params": '{"max_iter":1,"max_iter":2}'}, "params has a duplicate key"),
        ({"params": '{"tol":NaN}'}, "NaN, which is not finite"),
        ({"params": '{"tol":1e999}'}, "1e999, which is not finite"),
        ({"params": '{"max_iter":' + "9" * 5000 + "}"}, "params is not valid JSON"),
        ({"params": '{"max_iter":' + "[" * 40 + "]" * 40 + "}"}, "nested deeper"),
        ({"params": '{"max_iter":' + "[" * 100_000 + "]" * 100_000 + "}"}, "params is"),
        ({"params": '{"unknown":1}'}, r"no parameters \['unknown'\]"),
        ({"params": '{"max_iter":0}'}, "'max_iter' parameter"),
        ({"params": '{"class_weight":{"a":1}}'}, "not written as pairs"),
        ({"params": '{"class_weight":{"pairs":[[[],1]]}}'}, "cannot be hashed"),
        ({"fitted": "[]"}, "fitted scalars are not a JSON object"),
        ({"fitted": "{}"}, "fitted scalars are"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_wrong_metadata_is_refused(saved: bytes, metadata: dict[str, str | None], message: str) -> None:
    with pytest.raises(hb.ModelFormatError, match=message):
        from_bytes(changed(saved, **metadata))


@pytest.mark.parametrize(
    "scalars, message",
    [
        ({"classes": None}, "labels are malformed"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 1]}}, "2 classes for 3 outputs"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 2, 1]}}, "not sorted and distinct"),
        ({"classes": {"kind": "int", "itemsize": 1, "values": [0, 1, 300]}}, "does not fit int8"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 1, "2"]}}, "labels are not labels"),
        ({"classes": {"kind": "str", "itemsize": 2**40, "values": ["a", "b", "c"]}}, "item size"),
        ({"classes": {"kind": "pickle", "itemsize": 0, "values": []}}, "unknown kind 'pickle'"),
        ({"feature_names": ["a"]}, "1 feature_names for 4 features"),
        ({"feature_names": [1, 2, 3, 4]}, "not strings"),
        ({"do_early_stopping": 1}, "do_early_stopping is not a boolean"),
        ({"random_seed": -1}, "random_seed"),
        ({"random_seed": 2**64}, "random_seed"),
    ],
    ids=str,
)
def test_wrong_fitted_scalars_are_refused(saved: bytes, scalars: dict[str, Any], message: str) -> None:
    fitted = {**json.loads(unpack(saved)[1]["fitted"]), **scalars}
    with pytest.raises(hb.ModelFormatError, match=message):
        from_bytes(changed(saved, fitted=json.dumps(fitted)))


def test_missing_and_misshapen_tensors_are_refused(saved: bytes) -> None:
    for name, array in unpack(saved)[0].items():
        wrong = [None, array[..., None, None], array.view(np.int8)]
        if name.startswith("trees."):
            wrong.append(array[:-1])  # the scores may have any length
        for tensor in wrong:
            with pytest.raises(hb.ModelFormatError):
                from_bytes(with_tensors(saved, **{name: tensor}))


@pytest.mark.parametrize("name", ["more", "trees.more"])
def test_unknown_tensor_is_refused(saved: bytes, name: str) -> None:
    with pytest.raises(hb.ModelFormatError, match="tensors"):
        from_bytes(with_tensors(saved, **{name: np.zeros(2)}))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:7],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: (2**63).to_bytes(8, "little") + data[8:],
        lambda data: (100_000_001).to_bytes(8, "little") + data[8:],
        lambda data: with_header(data, lambda header: b"\xff" + header[1:]),
        lambda data: with_header(data, lambda header: b"[" * 100_000),
        lambda data: with_header(data, lambda header: b"[]"),
        lambda data: with_header(data, lambda header: b'{"__metadata__":1}'),
        lambda data: with_header(data, lambda header: header.replace(b'"dtype":"F64"', b'"dtype":"BF16"')),
        lambda data: with_header(data, lambda header: header.replace(b'"shape":[', b'"shape":[4294967296,')),
        lambda data: with_header(data, lambda header: header.replace(b'"shape":[', b'"shape":[-1,')),
        lambda data: with_header(data, lambda header: header.replace(b'"data_offsets":[0,', b'"data_offsets":[8,')),
        lambda data: with_header(data, lambda header: header.replace(b'"__metadata__"', b'"train_score":{},"x"')),
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    ],
)
def test_damaged_container_is_refused(saved: bytes, damage: Any) -> None:
    with pytest.raises(hb.ModelFormatError):
        from_bytes(damage(saved))


@given(data=st.data())
def test_one_flipped_bit_is_never_silent(saved: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(saved) - 1))
    flipped = bytearray(saved)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        loaded = from_bytes(bytes(flipped))
    except hb.ModelFormatError:
        return
    assert to_bytes(loaded) == saved  # only the padding of the header may change


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(hb.ModelFormatError):
        from_bytes(len(data).to_bytes(8, "little") + data)


def test_pickled_trees_are_checked() -> None:
    model = hb.HistGradientBoostingRegressor(max_iter=1).fit([[0.0], [1.0]], [0.0, 1.0])
    arrays = {**model._model.to_arrays(), "tree_offset": np.array([0, 99])}
    with pytest.raises(hb.ModelFormatError):
        _core.TreeModel.from_arrays(arrays)
