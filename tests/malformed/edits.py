"""Files with other contents and right checksums."""

from __future__ import annotations

from typing import Any

from hornbeam._container import pack, unpack
from hornbeam._model_file import _checksums


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
