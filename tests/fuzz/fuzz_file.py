"""Fuzz the loading of files with atheris: `python -m tests.fuzz.fuzz_file CORPUS -max_total_time=600`.

A file is refused with a ModelFormatError or is a usable model, as tests/malformed/judge.py has it. The mutator changes
parts of the file and puts sizes and checksums right, which a fuzzer would never guess.
"""

from __future__ import annotations

import json
import random
import sys
import warnings
from typing import Any

import atheris
import numpy as np
from numpy.typing import NDArray

with atheris.instrument_imports(include=["hornbeam"]):
    import hornbeam as hb
    from hornbeam._container import pack, unpack
    from hornbeam._model_file import _checksums
    from tests.malformed.judge import loads_or_is_refused
    from tests.malformed.mutations import JSON_VALUES, paths, replaced


def run_one_input(data: bytes) -> None:
    loads_or_is_refused(data, thorough=True)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """The fuzzer's mutation of one part of the file, in a file that is consistent again."""
    drawn = random.Random(seed)
    try:
        tensors, metadata = unpack(data)
    except hb.ModelFormatError:
        return atheris.Mutate(data, max_size)
    metadata.pop("checksums", None)
    if drawn.random() < 0.5 and tensors:
        name = drawn.choice(sorted(tensors))
        tensors[name] = mutated_tensor(tensors[name], drawn)
    elif metadata:
        key = drawn.choice(sorted(metadata))
        metadata[key] = mutated_text(metadata[key], drawn)
    mutated = pack(tensors, {**metadata, "checksums": _checksums(tensors, metadata)})
    return mutated if len(mutated) <= max_size else data


def mutated_tensor(array: NDArray[Any], drawn: random.Random) -> NDArray[Any]:
    content = atheris.Mutate(array.tobytes(), array.nbytes + 64)
    if drawn.random() < 0.9:  # of the same length, or the first check of shapes would end most files
        content = content[: array.nbytes].ljust(array.nbytes, b"\0")
    n_elements = len(content) // array.itemsize
    return np.frombuffer(content, array.dtype, n_elements).reshape(-1, *array.shape[1:])


def mutated_text(text: str, drawn: random.Random) -> str:
    try:
        content = json.loads(text)
        path = drawn.choice(list(paths(content)))
    except (ValueError, IndexError):
        return str(atheris.Mutate(text.encode(), len(text) + 64).decode(errors="replace"))
    return json.dumps(replaced(content, path, drawn.choice(JSON_VALUES)))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, run_one_input, custom_mutator=mutate)
    atheris.Fuzz()
