"""A file that does not match its checksums is refused, wherever the two part."""

from __future__ import annotations

import json
from typing import Any

import pytest

import hornbeam as hb
from hornbeam._container import pack
from hornbeam._model_file import _checksums, from_bytes
from hornbeam._plain_json import dumps
from tests.malformed.saved_files import SOURCES, saved_file

over_files = pytest.mark.parametrize("name", SOURCES)

DAMAGED = "a checksum does not match: the file is damaged"

WRONG_TYPES = (None, True, -1, 2**32, 0.5, "", [], {})


def assert_refused_with_checksums(name: str, checksums: Any) -> None:
    file = saved_file(name)
    text = checksums if isinstance(checksums, str) else dumps(checksums)
    with pytest.raises(hb.ModelFormatError, match=DAMAGED):
        from_bytes(pack(file.tensors, {**file.metadata, "checksums": text}))


@over_files
def test_every_wrong_checksum_of_a_tensor_is_found(name: str) -> None:
    file = saved_file(name)
    right = json.loads(_checksums(file.tensors, file.metadata))
    for tensor, checksum in right["tensors"].items():
        for wrong in (*(checksum ^ 1 << bit for bit in range(32)), *WRONG_TYPES):
            assert_refused_with_checksums(name, {**right, "tensors": {**right["tensors"], tensor: wrong}})
        without = {other: value for other, value in right["tensors"].items() if other != tensor}
        assert_refused_with_checksums(name, {**right, "tensors": without})


@over_files
def test_every_wrong_checksum_of_the_metadata_is_found(name: str) -> None:
    file = saved_file(name)
    right = json.loads(_checksums(file.tensors, file.metadata))
    for wrong in (*(right["metadata"] ^ 1 << bit for bit in range(32)), *WRONG_TYPES):
        assert_refused_with_checksums(name, {**right, "metadata": wrong})
    assert_refused_with_checksums(name, {"tensors": right["tensors"]})


@over_files
def test_checksums_of_what_is_not_there_are_found(name: str) -> None:
    file = saved_file(name)
    right = json.loads(_checksums(file.tensors, file.metadata))
    assert_refused_with_checksums(name, {**right, "more": 0})
    assert_refused_with_checksums(name, {**right, "tensors": {**right["tensors"], "x_more": 0}})
    for text in ("", "{}", "null", "{", json.dumps(right, indent=1)):
        assert_refused_with_checksums(name, text)


@over_files
def test_changed_bytes_of_the_tensors_are_found(name: str) -> None:
    data = saved_file(name).data
    begin = saved_file(name).header_length
    for position in range(begin, len(data), 1 + (len(data) - begin) // 1_000):
        for flip in (0x01, 0x80):
            damaged = data[:position] + bytes([data[position] ^ flip]) + data[position + 1 :]
            with pytest.raises(hb.ModelFormatError, match=DAMAGED):
                from_bytes(damaged)


@over_files
def test_every_changed_entry_of_the_metadata_is_found(name: str) -> None:
    file = saved_file(name)
    checksums = _checksums(file.tensors, file.metadata)
    for key, text in file.metadata.items():
        if key not in ("format", "min_reader"):  # read before the checksums, for a newer file may have others
            with pytest.raises(hb.ModelFormatError, match=DAMAGED):
                from_bytes(pack(file.tensors, {**file.metadata, key: text + " ", "checksums": checksums}))
