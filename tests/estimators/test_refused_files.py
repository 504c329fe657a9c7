"""A damaged, foreign or hostile file is refused with a message that says why, and costs neither time nor memory.

That no mutation of a file does harm is tested in tests/malformed.
"""

from __future__ import annotations

import json
import resource
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hornbeam as hb
from hornbeam._container import MAX_HEADER_BYTES, pack, unpack
from hornbeam._model_file import _checksums, from_bytes, to_bytes


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


def assert_refused_or_same(data: bytes, saved: bytes) -> None:
    """Only the padding of the header may change and leave the file a model: then the same one."""
    try:
        loaded = from_bytes(data)
    except hb.ModelFormatError:
        return
    assert to_bytes(loaded) == saved


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
        ({"params": '{"learning_rate":1' + "0" * 400 + "}"}, "'learning_rate' parameter"),
        ({"params": '{"l2_regularization":1' + "0" * 400 + "}"}, "'l2_regularization' parameter"),
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
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 1]}}, "there are 2 labels, the trees are for 3"),
        ({"classes": {"kind": "int", "itemsize": 8, "values": [0, 2, 1]}}, "not sorted and distinct"),
        ({"classes": {"kind": "int", "itemsize": 1, "values": [0, 1, 300]}}, "does not fit int8"),
        ({"classes": {"kind": "float", "itemsize": 2, "values": [0.0, 1.0, 1e6]}}, "does not fit float16"),
        ({"classes": {"kind": "float", "itemsize": 4, "values": [0.0, 1.0, 1e300]}}, "does not fit float32"),
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


def test_one_class_with_trees_for_two_is_refused() -> None:
    model = hb.HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=2).fit([[0.0], [1.0]] * 9, [0, 1] * 9)
    fitted = json.loads(unpack(to_bytes(model))[1]["fitted"])
    fitted["classes"]["values"] = [0]
    with pytest.raises(hb.ModelFormatError, match="the trees of one class vote for a second"):
        from_bytes(changed(to_bytes(model), fitted=json.dumps(fitted)))


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
        lambda data: (MAX_HEADER_BYTES + 1).to_bytes(8, "little") + data[8:] + bytes(MAX_HEADER_BYTES),
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
    assert_refused_or_same(bytes(flipped), saved)


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(hb.ModelFormatError):
        from_bytes(len(data).to_bytes(8, "little") + data)


# --- what a hostile file may cost --------------------------------------------------------------------------------


def test_one_long_label_among_many_short_ones_takes_no_memory(saved: bytes) -> None:
    labels = ["a" * 500_000, *(f"b{i:04}" for i in range(2_000))]  # as an array of fixed width: 4 GB
    model = hb.HistGradientBoostingClassifier(max_iter=1, min_samples_leaf=2)
    many_classes = to_bytes(model.fit(np.arange(4_002.0)[:, None], np.arange(4_002) % 2_001))
    for file, message in [(saved, "there are 2001 labels"), (many_classes, "one label is far longer")]:
        fitted = json.loads(unpack(file)[1]["fitted"])
        fitted["classes"] = {"kind": "str", "itemsize": 0, "values": labels}
        hostile = changed(file, fitted=json.dumps(fitted))
        with pytest.raises(hb.ModelFormatError, match=message):
            from_bytes(hostile)


@pytest.mark.unsanitized
def test_features_that_no_tree_asks_for_take_no_memory(saved: bytes) -> None:
    loaded = from_bytes(with_tensors(saved, **{"trees.n_features": np.array([2**28])}))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    importances = loaded.feature_importances_
    assert len(importances) == 2**28  # 2 GiB of address space
    np.testing.assert_allclose(importances[:4].sum(), 1.0)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    with pytest.raises(ValueError, match=f"X has 4 features, but .* is expecting {2**28}"):
        loaded.predict(np.zeros((1, 4)))


def test_keys_with_equal_hashes_take_no_time(saved: bytes) -> None:
    pairs = [[i * (2**61 - 1), 1] for i in range(40_000)]
    hostile = changed(saved, params=json.dumps({"class_weight": {"pairs": pairs}}))
    start = time.perf_counter()
    with pytest.raises(hb.ModelFormatError, match="a dict has 40000 keys, at most 4096 are possible"):
        from_bytes(hostile)
    assert time.perf_counter() - start < 5  # 40,000 equal hashes take ten seconds, 4,096 a tenth of a second


@pytest.mark.unsanitized
@pytest.mark.parametrize("item", ["[],", '{"":[]},'])
def test_memory_of_a_header_is_bounded(item: str) -> None:
    header = "[" + item * (MAX_HEADER_BYTES // len(item) - 1)
    hostile = MAX_HEADER_BYTES.to_bytes(8, "little") + (header[:-1] + "]").ljust(MAX_HEADER_BYTES).encode("ascii")
    tracemalloc.start()
    try:
        with pytest.raises(hb.ModelFormatError, match="the header is not a JSON object"):
            from_bytes(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * MAX_HEADER_BYTES
