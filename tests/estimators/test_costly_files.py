"""What a hostile file may cost before it is refused: little memory and little time."""

from __future__ import annotations

import json
import resource
import time
import tracemalloc

import numpy as np
import pytest

import hornbeam as hb
from hornbeam._container import MAX_HEADER_BYTES, unpack
from hornbeam._model_file import from_bytes, to_bytes
from tests.malformed.edits import changed, with_tensors


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
    header = '{"a":[' + item * ((MAX_HEADER_BYTES - 8) // len(item))
    hostile = MAX_HEADER_BYTES.to_bytes(8, "little") + (header[:-1] + "]}").ljust(MAX_HEADER_BYTES).encode("ascii")
    tracemalloc.start()
    try:
        with pytest.raises(hb.ModelFormatError, match="not described by dtype"):
            from_bytes(hostile)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * MAX_HEADER_BYTES
