"""Processes killed in the middle of saves leave the model of one save or of another, never a mixture."""

from __future__ import annotations

import os
import random
import re
import signal
import statistics
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import hornbeam as hb
from hornbeam._model_file import to_bytes
from tests.faults.support import in_fresh_process
from tests.faults.workloads import fitted_regressor

N_KILLS = 200


def save_for_ever(models: list[Any], path: Path, started: int) -> None:
    """Save the models over one another, and say when the first has been saved."""
    try:
        for n, model in enumerate(cycle(models)):
            model.save(path)
            if n == 0:
                os.write(started, b".")
    finally:
        os._exit(1)


def kill_during_saves(folder: str) -> dict[str, Any]:
    models = [fitted_regressor(n_iterations) for n_iterations in (70, 210)]
    expected = [to_bytes(model) for model in models]
    path = Path(folder, "model")
    seconds = []
    for model in models * 3:
        begin = time.monotonic()
        model.save(path)
        seconds.append(time.monotonic() - begin)
    longest = 3 * min(statistics.median(seconds), 0.03)

    delays = random.Random(0)
    loaded = [0, 0]
    for n in range(N_KILLS):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            save_for_ever(models[:: 1 if n % 2 else -1], path, write)
        os.close(write)
        assert os.read(read, 1) == b".", "the child could not save"
        os.close(read)
        time.sleep(delays.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        data = path.read_bytes()
        assert data in expected, f"{len(data)} bytes after kill {n}"
        loaded[expected.index(data)] += 1
        assert to_bytes(hb.load(path)) == data
    cut_off = [file for file in path.parent.iterdir() if file != path]
    for file in cut_off:
        assert re.fullmatch(r"\.hornbeam-\w+\.tmp", file.name), file
        file.unlink()
    return {"sizes": [len(data) for data in expected], "loaded": loaded, "cut off": len(cut_off)}


def test_a_killed_save_leaves_the_old_model_or_the_new_one(tmp_path: Path) -> None:
    found = in_fresh_process(kill_during_saves, str(tmp_path))
    assert min(found["sizes"]) > 100_000
    assert sum(found["loaded"]) == N_KILLS
    # Enough kills came in the middle of a save, and left now this model, now that.
    assert min(found["loaded"]) >= 10
    assert found["cut off"] >= 5
