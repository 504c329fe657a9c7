"""A damaged, foreign or hostile file is refused with a message that says why.

That no mutation of a file does harm is tested in tests/malformed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hornbeam as hb
from hornbeam._container import MAX_HEADER_BYTES, unpack
from hornbeam._model_file import from_bytes, to_bytes
from tests.malformed.edits import changed, with_tensors

SCALARS = ["classes", "do_early_stopping", "feature_names", "random_seed"]
METADATA = ["checksums", "estimator", "fitted", "format", "format_version", "lib_version", "min_reader", "params"]


def with_header(data: bytes, edit: Any) -> bytes:
    """The file with its header's text edited and its length put right."""
    length = int.from_bytes(data[:8], "little")
    header = edit(data[8 : 8 + length])
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def assert_refused_or_same(data: bytes, saved: bytes) -> None:
    """Only the padding of the header may change and leave the file a model: then the same one."""
    try:
        loaded = from_bytes(data)
    except hb.ModelFormatError:
        return
    assert to_bytes(loaded) == saved


def test_newer_format_names_the_version_it_needs(saved: bytes) -> None:
    with pytest.raises(hb.ModelFormatError, match=f"reads format 7; version {hb.__version__} reads up to 1"):
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
        ({"min_reader": "\u00b2"}, "min_reader is"),  # a digit, but no number
        ({"min_reader": "9" * 9}, f"reads format {'9' * 9};"),
        ({"min_reader": "9" * 10}, "min_reader is"),
        ({"extra": "1"}, rf"the metadata has {sorted([*METADATA, 'extra'])}, expected {METADATA}".replace("[", r"\[")),
        ({"lib_version": None}, "the metadata has"),
        ({"estimator": "OrdinalEncoder"}, "holds a 'OrdinalEncoder'"),
        ({"estimator": "os.system"}, "holds a 'os.system'"),
        ({"params": "[]"}, "params is not a JSON object"),
        ({"params": '["max_iter"]'}, "params is not a JSON object"),
        ({"params": "{"}, "params is not valid JSON: Expecting property name"),
        ({"params": '{"max_iter":1,"max_iter":2}'}, "^params has a duplicate key"),
        ({"params": '{"tol":NaN}'}, "params has the number NaN, which is not finite"),
        ({"params": '{"tol":1e999}'}, "params has the number 1e999, which is not finite"),
        ({"params": '{"max_iter":' + "9" * 5000 + "}"}, "params is not valid JSON"),
        ({"params": '{"max_iter":' + "[" * 40 + "]" * 40 + "}"}, "params is nested deeper than 16 levels"),
        ({"params": '{"max_iter":' + "[" * 100_000 + "]" * 100_000 + "}"}, "params is"),
        ({"params": '{"unknown":1}'}, r"^HistGradientBoostingClassifier has no parameters \['unknown'\]"),
        ({"params": '{"max_iter":0}'}, "'max_iter' parameter"),
        ({"params": '{"learning_rate":1' + "0" * 400 + "}"}, "'learning_rate' parameter"),
        ({"params": '{"l2_regularization":1' + "0" * 400 + "}"}, "'l2_regularization' parameter"),
        ({"params": '{"class_weight":{"a":1}}'}, "not written as pairs"),
        ({"params": '{"class_weight":{"pairs":[[[],1]]}}'}, "cannot be hashed"),
        ({"fitted": "{"}, "fitted is not valid JSON"),
        ({"fitted": "[]"}, "fitted scalars are not a JSON object"),
        ({"fitted": json.dumps(SCALARS)}, "fitted scalars are not a JSON object"),
        ({"fitted": '{"random_seed":1,"classes":1}'}, rf"are \['classes', 'random_seed'\], expected \{SCALARS}"),
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
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 1]}}, "there are 2 labels, the trees are for 3"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 2, 1]}}, "not sorted and distinct"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 1, 1]}}, "not sorted and distinct"),
        ({"classes": {"kind": "int", "itemsize": 1, "values": [0, 1, 300]}}, "does not fit int8"),
        ({"classes": {"kind": "float", "itemsize": 2, "values": [0.0, 1.0, 1e6]}}, "does not fit float16"),
        ({"classes": {"kind": "float", "itemsize": 4, "values": [0.0, 1.0, 1e300]}}, "does not fit float32"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 1, "2"]}}, "labels are not labels"),
        ({"classes": {"kind": "str", "itemsize": 2**40, "values": ["a", "b", "c"]}}, "item size"),
        ({"classes": {"kind": "pickle", "itemsize": 0, "values": []}}, "unknown kind 'pickle'"),
        ({"feature_names": ["a"]}, "1 feature_names for 4 features"),
        ({"feature_names": [1, 2, 3, 4]}, "not strings"),
        ({"feature_names": ["a", "b", "c", 4]}, "not strings"),
        ({"do_early_stopping": 1}, "do_early_stopping is not a boolean"),
        ({"random_seed": -1}, "random_seed"),
        ({"random_seed": 2**64}, "random_seed"),
        ({"log_link": True}, "a classifier has no log_link"),
        ({"log_link": False}, "log_link is not true"),
        ({"log_link": 1}, "log_link is not true"),
    ],
    ids=str,
)
def test_wrong_fitted_scalars_are_refused(saved: bytes, scalars: dict[str, Any], message: str) -> None:
    fitted = {**json.loads(unpack(saved)[1]["fitted"]), **scalars}
    with pytest.raises(hb.ModelFormatError, match=message):
        from_bytes(changed(saved, fitted=json.dumps(fitted)))


@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_every_unsigned_64_bit_seed_is_read(saved: bytes, seed: int) -> None:
    fitted = {**json.loads(unpack(saved)[1]["fitted"]), "random_seed": seed}
    loaded = from_bytes(changed(saved, fitted=json.dumps(fitted)))
    assert json.loads(unpack(to_bytes(loaded))[1]["fitted"]) == fitted


def test_one_class_with_trees_that_vote_for_a_second_is_refused() -> None:
    one = to_bytes(hb.HistGradientBoostingClassifier(max_iter=1).fit([[0.0], [1.0]], ["only", "only"]))
    for tensor, value in [("trees.baseline", [0.0]), ("trees.leaf_value", [[0.0]])]:
        silent = with_tensors(one, **{tensor: np.array(value)})
        assert from_bytes(silent).predict([[0.0]]) == ["only"]
        with pytest.raises(hb.ModelFormatError, match="the trees of one class vote for a second"):
            from_bytes(with_tensors(one, **{tensor: np.array(value) + 5e-324}))


def test_number_of_outputs_that_the_estimator_cannot_have_is_refused() -> None:
    for estimator, message in [
        (hb.HistGradientBoostingRegressor(max_iter=2), "a regressor has no classes and one output"),
        (hb.HistGradientBoostingClassifier(max_iter=2), "no classifier has two outputs: two classes need one"),
    ]:
        model = to_bytes(estimator.fit([[0.0], [1.0]], [0, 1]))
        with pytest.raises(hb.ModelFormatError, match=message):
            from_bytes(with_tensors(model, **{"trees.baseline": np.zeros(2)}))  # one iteration of two trees


def test_regressor_with_classes_is_refused() -> None:
    model = to_bytes(hb.HistGradientBoostingRegressor(max_iter=2).fit([[0.0], [1.0]], [0.0, 1.0]))
    fitted = json.loads(unpack(model)[1]["fitted"])
    fitted["classes"] = {"kind": "int", "itemsize": 8, "values": [0, 1]}
    with pytest.raises(hb.ModelFormatError, match="a regressor has no classes and one output"):
        from_bytes(changed(model, fitted=json.dumps(fitted)))


@pytest.mark.parametrize(
    "name, message",
    [
        ("more", r"the tensors \['more'\] belong to no trees, scores or categories"),
        ("trees.more", "tensors that no tree has"),
    ],
)
def test_unknown_tensor_is_refused(saved: bytes, name: str, message: str) -> None:
    with pytest.raises(hb.ModelFormatError, match=message):
        from_bytes(with_tensors(saved, **{name: np.zeros(2)}))


@pytest.mark.parametrize("scores", [np.zeros((2, 1)), np.zeros(2, dtype=np.float32)], ids=["a column", "float32"])
def test_scores_of_another_kind_are_refused(saved: bytes, scores: Any) -> None:
    with pytest.raises(hb.ModelFormatError, match="tensor 'train_score' is not a float64 vector"):
        from_bytes(with_tensors(saved, train_score=scores))


def test_model_without_an_iteration_is_refused(saved: bytes) -> None:
    """Its arrays are sound: those of an ensemble before its first tree."""
    tensors = {name: array[:0] for name, array in unpack(saved)[0].items() if name.startswith("trees.")}
    for name in ("trees.n_features", "trees.baseline"):
        del tensors[name]
    for name in ("trees.tree_offset", "trees.leaf_offset"):
        tensors[name] = np.zeros(1, dtype=np.int64)
    with pytest.raises(hb.ModelFormatError, match="the model has no iteration"):
        from_bytes(with_tensors(saved, **tensors))


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
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


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "the file has 0 bytes, too few for a model"),
        (bytes(7), "the file has 7 bytes, too few for a model"),
        (bytes(8), "the header is not a JSON object"),
        (b"\1" + bytes(7), "the file claims a header of 1 bytes, but at most 0 are possible"),
        (bytes(7) + b"\x80", f"the file claims a header of {2**63} bytes, but at most 0 are possible"),
        (
            (MAX_HEADER_BYTES + 1).to_bytes(8, "little") + bytes(MAX_HEADER_BYTES + 1),
            f"the file claims a header of {MAX_HEADER_BYTES + 1} bytes, but at most {MAX_HEADER_BYTES} are possible",
        ),
    ],
    ids=["nothing", "seven bytes", "eight bytes", "one byte", "2^63 bytes", "four million and one"],
)
def test_file_whose_header_cannot_be_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(hb.ModelFormatError, match=message):
        from_bytes(data)


@given(data=st.data())
def test_one_flipped_bit_is_never_silent(saved: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(saved) - 1))
    flipped = bytearray(saved)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    assert_refused_or_same(bytes(flipped), saved)


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(hb.ModelFormatError):
        from_bytes(len(data).to_bytes(8, "little") + data)
