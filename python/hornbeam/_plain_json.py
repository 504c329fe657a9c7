"""JSON with one spelling for every value, and a reader that trusts nothing.

Parameters and labels are written as JSON types only: null, booleans, numbers, strings, lists, and a dict as
`{"pairs": [[key, value], ...]}`, for keys need not be strings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._core import ModelFormatError

# Real parameters nest three or four levels deep.
_MAX_DEPTH = 16

# Integers with equal hashes make a dict of n keys take n * n steps, so a file may not choose n.
_MAX_PAIRS = 4_096

# Kinds of label arrays: the letter of the dtype, and the Python type of its values.
_LABEL_KINDS: dict[str, tuple[str, type]] = {
    "bool": ("b", bool),
    "int": ("i", int),
    "uint": ("u", int),
    "float": ("f", float),
    "str": ("U", str),
    "object": ("O", str),
}


def expect(condition: bool, complaint: str) -> None:
    """Raise ModelFormatError with the complaint unless the condition holds."""
    if not condition:
        raise ModelFormatError(complaint)


def dumps(value: Any) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces, ASCII only, no NaN or infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def loads(text: str, what: str) -> Any:
    """Parse JSON; duplicate keys, non-finite numbers, deep nesting and broken text are ModelFormatErrors."""

    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        expect(len(value) == len(pairs), f"{what} has a duplicate key")
        return value

    def finite(number: str) -> float:
        value = float(number)
        expect(math.isfinite(value), f"{what} has the number {number}, which is not finite")
        return value

    def whole(number: str) -> int:
        expect(number != "-0", f"{what} has the number -0")
        return int(number)

    try:
        value = json.loads(text, object_pairs_hook=distinct, parse_int=whole, parse_float=finite, parse_constant=finite)
    except ModelFormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(f"{what} is not valid JSON: {error}") from error
    expect(_depth_within(value, _MAX_DEPTH), f"{what} is nested deeper than {_MAX_DEPTH} levels")
    return value


def _depth_within(value: Any, limit: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return limit > 0 and all(_depth_within(item, limit - 1) for item in inner)


def encode_value(value: Any, name: str) -> Any:
    """A parameter as JSON types; TypeError naming the parameter if it has no such form."""
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, (list, tuple)):
        return [encode_value(item, name) for item in value]
    if isinstance(value, dict):
        if len(value) > _MAX_PAIRS:
            raise ValueError(f"{name} cannot be saved: a dict in a model file has at most {_MAX_PAIRS} keys")
        return {"pairs": [[encode_value(key, name), encode_value(item, name)] for key, item in value.items()]}
    raise TypeError(f"{name}={value!r} cannot be saved: a model file holds numbers, strings, lists and dicts only")


def decode_value(value: Any) -> Any:
    """Invert `encode_value`, up to tuples and arrays, which come back as lists."""
    if isinstance(value, list):
        return [decode_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    pairs: Any = value.get("pairs")
    expect(len(value) == 1 and isinstance(pairs, list), "a dict is not written as pairs")
    expect(len(pairs) <= _MAX_PAIRS, f"a dict has {len(pairs)} keys, at most {_MAX_PAIRS} are possible")
    expect(all(isinstance(pair, list) and len(pair) == 2 for pair in pairs), "a dict is not written as pairs")
    expect(not any(isinstance(key, (list, dict)) for key, _ in pairs), "a dict has a key that cannot be hashed")
    return {key: decode_value(item) for key, item in pairs}


def encode_labels(labels: NDArray[Any]) -> dict[str, Any]:
    """Class labels with their dtype; TypeError if they are neither numbers, booleans nor strings."""
    values = labels.tolist()
    for kind, (letter, python_type) in _LABEL_KINDS.items():
        if labels.dtype.kind == letter and all(isinstance(label, python_type) for label in values):
            if letter == "U" and not _fits_fixed_width(values):
                raise ValueError("classes_ cannot be saved: one label is far longer than the others; use dtype object")
            size = labels.dtype.itemsize if letter in "iuf" else 0
            return {"kind": kind, "itemsize": size, "values": values}
    raise TypeError(f"classes_ of dtype {labels.dtype} cannot be saved: only numbers, booleans and strings can")


def decode_labels(encoded: Any, counts: Collection[int]) -> NDArray[Any]:
    """Invert `encode_labels`; `counts` says how many labels there may be.

    Strings come back in the narrowest dtype that holds them.
    """
    expect(isinstance(encoded, dict) and set(encoded) == {"kind", "itemsize", "values"}, "labels are malformed")
    kind, itemsize, values = encoded["kind"], encoded["itemsize"], encoded["values"]
    expect(isinstance(kind, str) and kind in _LABEL_KINDS, f"labels are of the unknown kind {kind!r}")
    letter, python_type = _LABEL_KINDS[kind]
    sizes = {"f": (2, 4, 8), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8)}.get(letter, (0,))
    expect(type(itemsize) is int and itemsize in sizes, f"labels have the item size {itemsize!r}")
    expect(isinstance(values, list) and all(type(value) is python_type for value in values), "labels are not labels")
    wanted = " or ".join(map(str, counts))
    expect(len(values) in counts, f"there are {len(values)} labels, the trees are for {wanted}")
    expect(letter != "U" or _fits_fixed_width(values), "one label is far longer than the others")
    try:
        with np.errstate(over="ignore"):
            labels = np.array(values, dtype=f"{letter}{itemsize}" if itemsize else letter if letter in "UO" else bool)
    except OverflowError as error:
        raise ModelFormatError(f"a label does not fit {kind}{8 * itemsize}") from error
    expect(letter != "f" or bool(np.isfinite(labels).all()), f"a label does not fit {kind}{8 * itemsize}")
    return labels


def _fits_fixed_width(labels: list[str]) -> bool:
    """Whether an array as wide as the longest label needs about the memory of the labels, not a multiple of it."""
    lengths = [len(label) for label in labels]
    return len(labels) * max(lengths) <= 2**20 + 16 * sum(lengths)
