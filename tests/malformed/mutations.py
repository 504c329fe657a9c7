"""Every way in which a saved file is damaged, one function for each kind.

A mutation has a label, a function that makes the file, and what must come of it, where that is known. Sizes, offsets
and checksums are put right, so that what is behind them is tested; only truncations and changed bytes of the header
leave them as they are. HORNBEAM_MUTATION_STRIDE=k takes one mutation of k, by default of 4; CI takes every second.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbeam._container import _DTYPES
from tests.malformed.legal import is_legal_element
from tests.malformed.saved_files import SOURCES, SavedFile, saved_file

STRIDE = int(os.environ.get("HORNBEAM_MUTATION_STRIDE", "4"))

# Golden files are larger than fresh ones, but not richer, so one mutation of so many values is enough of them.
GOLDEN_STRIDE = 25

# What the container and the checksums are there for: its kinds of damage are seen early, so there is time for all.
OF_THE_CONTAINER = ("truncations", "header_bytes")

SEED = 20261123
N_RANDOM = 300


class Mutation(NamedTuple):
    label: str
    make: Callable[[], bytes]
    is_legal: bool | None = None


Mutations = Iterator[Mutation]


def truncations(file: SavedFile) -> Mutations:
    for length in range(len(file.data)):
        make = functools.partial(file.data.__getitem__, slice(length))
        yield Mutation(f"the first {length} bytes", make, is_legal=False)


def header_bytes(file: SavedFile) -> Mutations:
    for position in range(file.header_length):
        old = file.data[position]
        for new in sorted({0x00, 0xFF, old ^ 0x01, old ^ 0x80} - {old}):
            make = functools.partial(_with_byte, file.data, position, new)
            yield Mutation(f"byte {position} is {new:#04x}", make, is_legal=False)


def _with_byte(data: bytes, position: int, new: int) -> bytes:
    return data[:position] + bytes([new]) + data[position + 1 :]


def metadata_letters(file: SavedFile) -> Mutations:
    for key, text in file.metadata.items():
        for position, old in enumerate(text):
            for new in (0x00, 0xFF, ord(old) ^ 0x01, ord(old) ^ 0x80):
                changed = text[:position] + chr(new) + text[position + 1 :]
                yield _with_text(file, f"letter {position} of {key} is {chr(new)!r}", key, changed)


def integers(file: SavedFile) -> Mutations:
    return _elements(file, "iu")


def floats(file: SavedFile) -> Mutations:
    return _elements(file, "f")


def _elements(file: SavedFile, dtype_kinds: str) -> Mutations:
    for name, array in file.tensors.items():
        if array.dtype.kind in dtype_kinds:
            for index in range(array.size):
                for value in other_values(array, index):
                    yield _with_element(file, name, index, value)


def other_values(array: NDArray[Any], index: int) -> list[Any]:
    """Values that an element could be confused or spoiled with, as far as its type holds them."""
    if array.dtype.kind == "f":
        limits = np.finfo(array.dtype)
        largest, tiniest = float(limits.max), float(limits.smallest_subnormal)
        return [np.nan, np.inf, -np.inf, largest, -largest, tiniest, -0.0]
    lowest, highest = int(np.iinfo(array.dtype).min), int(np.iinfo(array.dtype).max)
    old = int(array.flat[index])
    values = {-1, lowest, highest, 0, array.size, array.size + 1, old - 1, old + 1} - {old}
    return sorted(value for value in values if lowest <= value <= highest)


def several_elements(file: SavedFile) -> Mutations:
    """Two to five elements at once, half of them swapped with another of the same tensor."""
    rng = np.random.default_rng(SEED)
    names = [name for name, array in file.tensors.items() if array.size]
    for number in range(N_RANDOM):
        tensors = dict(file.tensors)
        for name in rng.choice(names, size=rng.integers(2, 6)):
            array = tensors[name].copy()
            index, other = rng.integers(array.size, size=2)
            if rng.random() < 0.5:
                array.flat[[index, other]] = array.flat[[other, index]]
            else:
                array.flat[index] = rng.choice(other_values(array, index))
            tensors[name] = array
        yield Mutation(f"random damage {number}", functools.partial(file.changed, tensors))


def whole_tensors(file: SavedFile) -> Mutations:
    for name, array in file.tensors.items():
        changes = {
            "removed": None,
            "emptied": array[:0],
            "doubled": np.concatenate([array, array]),
            "without its last element": array[:-1],
            "a row": array.reshape(1, -1),
            "a column": array.reshape(-1, 1),
            "flat": array.reshape(-1) if array.ndim > 1 else None,
            "of three dimensions": array[..., None, None],
            "a scalar": array.flat[0].reshape(()) if array.size else None,
        }
        for dtype in sorted(set(_DTYPES) - {array.dtype.name}):
            with np.errstate(over="ignore", invalid="ignore"):
                changes[f"as {dtype}"] = array.astype(dtype)
        for value in other_values(array, 0) if array.size else ():
            changes[f"filled with {value}"] = np.full_like(array, value)
        for change, tensor in changes.items():
            is_legal = False if change.startswith(("as ", "of three", "removed")) else None
            yield _with_tensors(file, f"{name} {change}", {name: tensor}, is_legal)
        for other in ("more", "trees.more", "x_more", "__metadata", ""):
            yield _with_tensors(file, f"{name} also as {other!r}", {other: array})
    for first, second in itertools.permutations(file.tensors, 2):
        yield _with_tensors(file, f"{first} as {second}", {first: file.tensors[second]})
    for first, second in itertools.combinations(file.tensors, 2):
        both = {first: file.tensors[second], second: file.tensors[first]}
        yield _with_tensors(file, f"{first} swapped with {second}", both)


def foreign_parts(file: SavedFile) -> Mutations:
    """Parts of another file: each of its tensors, all of them, and each of its entries of metadata."""
    for other in map(saved_file, sorted(SOURCES.keys() - {file.name})):
        yield Mutation(f"the trees of {other.name}", functools.partial(file.changed, other.tensors))
        for name, array in other.tensors.items():
            yield _with_tensors(file, f"{name} of {other.name}", {name: array})
        for n_keys in (1, 2):
            for keys in itertools.combinations(("estimator", "fitted", "params"), n_keys):
                metadata = file.metadata | {key: other.metadata[key] for key in keys}
                label = f"{' and '.join(keys)} of {other.name}"
                yield Mutation(label, functools.partial(file.changed, metadata=metadata))


def metadata_texts(file: SavedFile) -> Mutations:
    for key in file.metadata:
        without = {name: text for name, text in file.metadata.items() if name != key}
        yield Mutation(f"no {key}", functools.partial(file.changed, metadata=without))
        for text in ("", "0", "1", "2", "-1", "1.0", "null", "NaN", "[]", "{}", "é\0", "a" * 5000, "[" * 5000):
            yield _with_text(file, f"{key} is {text[:10]!r}", key, text)
    yield _with_text(file, "an unknown entry", "more", "")


# One or more of every JSON type, the legal spellings of our own types among them.
JSON_VALUES: tuple[Any, ...] = (
    *(None, False, True, 0, 1, -1, 3, 2**31, 2**63, 2**64, 10**400, 0.5, -0.5, -0.0, 1e308, 5e-324),
    *("", "auto", "low", "object", "str", "\0", "\ud800", "1"),
    *([], [0], [0.5, 1], ["a"], [None], [[]], [[0, 1]], ["b", "a"], ["a", "a", "a"], [{}]),
    *({}, {"pairs": []}, {"pairs": [["low", 1]]}, {"pairs": [["low"]]}, {"pairs": [[[], 1]]}, {"pairs": 1}),
    *({"kind": "str", "itemsize": 0, "values": ["a"]}, {"kind": "object", "itemsize": 0, "values": ["a", "b"]}),
)


def json_values(file: SavedFile) -> Mutations:
    for key in ("params", "fitted"):
        content = json.loads(file.metadata[key])
        for path in paths(content):
            for value in JSON_VALUES:
                label = f"{key}{list(path)} is {str(value)[:20]!r}"
                yield _with_text(file, label, key, json.dumps(replaced(content, path, value)))
        for name in content:
            without = {other: value for other, value in content.items() if other != name}
            yield _with_text(file, f"{key} without {name}", key, json.dumps(without))
        yield _with_text(file, f"{key} with an unknown name", key, json.dumps({**content, "more": 1}))


def paths(value: Any) -> Iterator[tuple[Any, ...]]:
    """The way to every value in a JSON document, itself excluded."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield (key,)
        yield from ((key, *rest) for rest in paths(item))


def replaced(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = content.copy()
    copy[path[0]] = replaced(content[path[0]], path[1:], value)
    return copy


def _with_element(file: SavedFile, name: str, index: int, value: float) -> Mutation:
    def make() -> bytes:
        array = file.tensors[name].copy()
        array.flat[index] = value
        return file.changed({**file.tensors, name: array})

    return Mutation(f"{name}[{index}] is {value}", make, is_legal_element(file, name, index, value))


def _with_tensors(file: SavedFile, label: str, tensors: dict[str, Any], is_legal: bool | None = None) -> Mutation:
    """Other tensors; None removes one."""
    changed = {name: array for name, array in {**file.tensors, **tensors}.items() if array is not None}
    return Mutation(label, functools.partial(file.changed, changed), is_legal)


def _with_text(file: SavedFile, label: str, key: str, text: str) -> Mutation:
    return Mutation(label, functools.partial(file.changed, metadata={**file.metadata, key: text}))


KINDS: dict[str, Callable[[SavedFile], Mutations]] = {
    function.__name__: function
    for function in (
        truncations,
        header_bytes,
        metadata_letters,
        integers,
        floats,
        several_elements,
        whole_tensors,
        foreign_parts,
        metadata_texts,
        json_values,
    )
}


def mutations(file: SavedFile, kind: str) -> Mutations:
    """All mutations of a kind, or as many as the strides leave, drawn because every k-th could always be the same."""
    share = 1 / (STRIDE * (GOLDEN_STRIDE if file.is_golden and kind not in OF_THE_CONTAINER else 1))
    drawn = random.Random(SEED)
    return (mutation for mutation in KINDS[kind](file) if drawn.random() < share)
