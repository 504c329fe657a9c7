"""The safetensors container: flat arrays, and text in its header.

We write it ourselves because the library orders the header at random, and equal models should be equal files. Reading
starts with the library's parser, which checks sizes, offsets and overlaps and has been audited.

    8 bytes: length of the header | header: JSON, padded with spaces to 8 bytes | the arrays, little endian
"""

from __future__ import annotations

from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from hornbeam._core import ModelFormatError
from hornbeam._plain_json import dumps, expect, loads

# Parsed JSON can take thirty times the memory of its text, so the limit is far below the 100 MB of safetensors.
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


def pack(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> bytes:
    """Serialise arrays and metadata; equal content gives equal bytes. ValueError if the header is too long."""
    header: dict[str, Any] = {"__metadata__": metadata}
    blocks: list[bytes] = []
    begin = 0
    # Wide items first keeps every array aligned to its item size.
    for name, array in sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        blocks.append(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes())
        end = begin + len(blocks[-1])
        header[name] = {"dtype": _DTYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": [begin, end]}
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
    """Parse a container; anything wrong with it is a ModelFormatError."""
    expect(len(data) >= 8, f"the file has {len(data)} bytes, too few for a model")
    length = int.from_bytes(data[:8], "little")
    limit = min(len(data) - 8, MAX_HEADER_BYTES)
    expect(length <= limit, f"the file claims a header of {length} bytes, but at most {limit} are possible")
    header = loads(data[8 : 8 + length], "the header")
    expect(isinstance(header, dict), "the header is not a JSON object")
    metadata = header.get("__metadata__", {})
    is_text = isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())
    expect(is_text, "the metadata is not a JSON object of strings")
    for name, entry in header.items():
        if name != "__metadata__":
            dtype = entry.get("dtype") if isinstance(entry, dict) else None
            expect(dtype in _DTYPES.values(), f"tensor {name!r} has the dtype {dtype!r}, which no model uses")
    try:
        return safetensors.numpy.load(data), metadata
    except (SafetensorError, ValueError, OverflowError) as error:
        raise ModelFormatError(f"the file is not a safetensors container: {error}") from error
