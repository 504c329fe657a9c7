"""Reading a model while the file system fails, or while somebody changes the file."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import hornbeam as hb
from hornbeam._model_file import to_bytes
from tests.faults.file_calls import GROW, SHORT, SHRINK, FileFaults
from tests.faults.support import in_fresh_process
from tests.faults.workloads import fitted_regressor

FAILURES = {
    "open": [errno.EIO, errno.EACCES, errno.EMFILE],
    "read": [errno.EIO, errno.ENOMEM],
}


def load_with_faults(folder: str) -> dict[str, int]:
    path = Path(folder, "model")
    fitted_regressor(3).save(path)
    saved = path.read_bytes()
    faults = FileFaults(Path(folder))

    def load() -> bytes:
        return to_bytes(hb.load(path))

    n_calls = {call: faults.during(load, call, 0, 1).n_calls for call in FAILURES}
    for call, numbers in FAILURES.items():
        for number in numbers:
            for n in range(1, n_calls[call] + 1):
                error = faults.during(load, call, number, n).error
                assert type(error) is type(OSError(number, "")), repr(error)
                assert isinstance(error, OSError)
                assert (error.errno, error.filename) == (number, str(path))
        assert faults.during(load, call, errno.EINTR, 1, 3).result == saved

    short = faults.during(load, "read", SHORT, 1, 10**6)
    assert short.result == saved
    for effect in (SHRINK, GROW):
        for n in range(1, n_calls["read"] + 1):
            error = faults.during(load, "read", effect, n).error
            if effect == SHRINK and n > 1:  # all had been read
                assert error is None
            else:
                assert isinstance(error, hb.ModelFormatError), repr(error)
            path.write_bytes(saved)
    assert load() == saved
    return n_calls | {"short read": short.n_calls}


def test_failing_reads_are_os_errors_and_changing_files_are_format_errors(fail_io: str, tmp_path: Path) -> None:
    n_calls = in_fresh_process(load_with_faults, str(tmp_path), LD_PRELOAD=fail_io)
    assert n_calls["open"] == 1
    assert n_calls["read"] >= 2
    assert n_calls["short read"] > n_calls["read"]


def test_a_device_is_not_read() -> None:
    with pytest.raises(OSError, match="not a regular file") as refusal:
        hb.load("/dev/zero")
    assert refusal.value.filename == "/dev/zero"
