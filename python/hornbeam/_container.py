"""The safetensors container: flat arrays, and text in its header.

We write it ourselves because the library orders the header at random, and equal models should be equal files; and read
it ourselves because the library ends the process where it gets no memory. The tests compare the two on every damaged
file: what the library refuses is refused here (docs/adr/0006-own-reader.md).

    8 bytes: length of the header | header: JSON, padded with spaces to 8 bytes | the arrays, little endian
"""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hornbeam._core import ModelFormatError
from hornbeam._plain_json import dumps, expect, loads

# Parsed JSON can take thirty times the memory of its text, so the limit is far below the 100 MB of the library.
MAX_HEADER_BYTES = 4_000_000

_DTYPES = {
    "bool": "BOOL",
    "float32": "F32",
    "float64": "F64",
    "int8": "I8",
    "int16": "I16",
    "int32": "I32",
    "int64": "I64",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
}
_CODES = {code: np.dtype(name).newbyteorder("<") for name, code in _DTYPES.items()}

# More than any model needs, and few enough to be checked at once and to be named in a message.
_MAX_RANK = 8
_MAX_TENSORS = 1_000
_MAX_NAME = 200


def pack(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> bytes:
    """Serialise arrays and metadata; equal content gives equal bytes. ValueError if the header is too long."""
    header: dict[str, Any] = {"__metadata__": metadata}
    blocks: list[bytes] = []
    begin = 0
    # Wide items first keeps every array aligned to its item size.
    for name, array in sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        blocks.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
        end = begin + len(blocks[-1])
        header[name] = {"dtype": _DTYPES[array.dtype.name], "shape": array.shape, "data_offsets": [begin, end]}
        begin = end
    text = dumps(header).encode("ascii")
    text += b" " * (-len(text) % 8)
    if len(text) > MAX_HEADER_BYTES:
        raise ValueError(
            f"the names of features and classes and the parameters need {len(text)} bytes of text, but a model file "
            f"holds at most {MAX_HEADER_BYTES}"
        )
    return len(text).to_bytes(8, "little") + text + b"".join(blocks)


def unpack(data: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Parse a container into read-only arrays and the metadata; anything wrong with it is a ModelFormatError."""
    expect(len(data) >= 8, f"the file has {len(data)} bytes, too few for a model")
    length = int.from_bytes(data[:8], "little")
    limit = min(len(data) - 8, MAX_HEADER_BYTES)
    expect(length <= limit, f"the file claims a header of {length} bytes, but at most {limit} are possible")
    header = _header(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    is_text = isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())
    expect(is_text, "the metadata is not a JSON object of strings")
    expect(len(header) <= _MAX_TENSORS, f"the file has {len(header)} tensors, but at most {_MAX_TENSORS} are possible")
    blocks = sorted((_block(name, entry, len(data) - 8 - length) for name, entry in header.items()), key=_extent)
    tensors = {}
    end = 0
    for block in blocks:
        expect(block.begin == end, f"tensor {block.name!r} begins at {block.begin}, but the one before ends at {end}")
        end = block.end
        flat = np.frombuffer(data, block.dtype, math.prod(block.shape), 8 + length + block.begin)
        tensors[block.name] = np.require(flat.reshape(block.shape), requirements="A")
    expect(8 + length + end == len(data), f"the file has {len(data)} bytes, its tensors end at {8 + length + end}")
    return tensors, metadata


def _header(data: bytes) -> dict[str, Any]:
    """Parse the header as UTF-8, where the JSON reader would also take UTF-16 and characters that are none."""
    expect(data.startswith(b"{"), "the header is not a JSON object")
    try:
        header: dict[str, Any] = loads(data.decode(), "the header")
        json.dumps(header, ensure_ascii=False).encode()  # fails on half a surrogate pair, which JSON can spell
    except UnicodeError as error:
        raise ModelFormatError(f"the header is not Unicode: {error}") from error
    return header


class _Block(NamedTuple):
    """Where a tensor lies in the bytes after the header."""

    name: str
    dtype: np.dtype[Any]
    shape: list[int]
    begin: int
    end: int


def _extent(block: _Block) -> tuple[int, int]:
    return block.begin, block.end


def _block(name: str, entry: Any, n_bytes: int) -> _Block:
    """Check what the header says of a tensor; `n_bytes` is all that follows the header."""
    expect(len(name) <= _MAX_NAME, f"a tensor has a name of {len(name)} characters")
    is_complete = isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"}
    expect(is_complete, f"tensor {name!r} is not described by dtype, shape and data_offsets")
    code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    expect(isinstance(code, str) and code in _CODES, f"tensor {name!r} has the dtype {code!r}, which no model uses")
    dtype = _CODES[code]
    are_sizes = _are_sizes(shape) and len(shape) <= _MAX_RANK
    # NumPy refuses strides that overflow, of an empty array too.
    are_sizes = are_sizes and dtype.itemsize * math.prod(max(size, 1) for size in shape) < 2**63
    expect(are_sizes, f"tensor {name!r} has a shape that is none, or too large")
    are_offsets = _are_sizes(offsets) and len(offsets) == 2 and max(offsets) <= n_bytes
    expect(are_offsets, f"tensor {name!r} has data_offsets that are none, or lie outside the file")
    begin, end = offsets
    size = dtype.itemsize * math.prod(shape)
    expect(end - begin == size, f"tensor {name!r} needs {size} bytes, but has {end - begin}")
    return _Block(name, dtype, shape, begin, end)


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)
