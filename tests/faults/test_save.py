"""A save in which any one call of the system fails raises OSError and leaves the old file, and nothing else."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hornbeam import _atomic_file
from tests.concurrency.support import ROOT
from tests.faults.file_calls import SHORT, FileFaults
from tests.faults.support import code_of, in_fresh_process
from tests.faults.workloads import fitted_regressor

OLD = b"the old file"

# The calls that a save makes in its folder, how many of them, and what they can fail with.
CALLS = {
    "open": (2, [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EMFILE, errno.EACCES]),
    "write": (1, [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG]),
    "fsync": (2, [errno.ENOSPC, errno.EIO, errno.EDQUOT]),
    "close": (2, [errno.ENOSPC, errno.EIO, errno.EDQUOT]),
    "rename": (1, [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS]),
}

# These are on the folder, when the new name is there already.
AFTER_RENAME = [("fsync", 2), ("close", 2)]


class Target:
    """A path in a folder of its own, and a model to save there."""

    def __init__(self, folder: str) -> None:
        self.path = Path(folder, "model")
        self.model = fitted_regressor(3)
        self.save()
        self.new = self.path.read_bytes()

    def save(self) -> None:
        self.model.save(self.path)

    def reset(self, old: bytes | None) -> None:
        self.path.unlink(missing_ok=True)
        if old is not None:
            self.path.write_bytes(old)

    def content(self) -> bytes | None:
        """Return what the path holds; there must be no other file."""
        names = [file.name for file in self.path.parent.iterdir()]
        assert names in ([], ["model"]), names
        return self.path.read_bytes() if names else None


def assert_names_path(error: Exception | None, number: int, path: Path) -> None:
    assert type(error) is type(OSError(number, "")), repr(error)
    assert isinstance(error, OSError)
    assert (error.errno, error.filename) == (number, str(path)), repr(error)


def fail_every_call(folder: str) -> int:
    target, faults = Target(folder), FileFaults(Path(folder))
    n_failures = 0
    for call, (n_calls, numbers) in CALLS.items():
        for number in numbers:
            for old in (OLD, None):
                for n in range(1, n_calls + 1):
                    target.reset(old)
                    outcome = faults.during(target.save, call, number, n)
                    assert_names_path(outcome.error, number, target.path)
                    assert target.content() == (target.new if (call, n) in AFTER_RENAME else old), (call, n)
                    n_failures += 1
                target.reset(old)
                beyond = faults.during(target.save, call, number, n_calls + 1)
                assert (beyond.error, beyond.n_calls) == (None, n_calls), (call, beyond)
                assert target.content() == target.new
    return n_failures


def test_any_failing_call_raises_and_leaves_the_old_file_alone(fail_io: str, tmp_path: Path) -> None:
    expected = sum(2 * n_calls * len(numbers) for n_calls, numbers in CALLS.values())
    assert in_fresh_process(fail_every_call, str(tmp_path), LD_PRELOAD=fail_io) == expected


def interrupt_and_shorten_calls(folder: str) -> dict[str, int]:
    target, faults = Target(folder), FileFaults(Path(folder))
    n_calls = {}
    for call, effect in [("open", errno.EINTR), ("write", errno.EINTR), ("fsync", errno.EINTR), ("write", SHORT)]:
        target.reset(OLD)
        outcome = faults.during(target.save, call, effect, 1, 3 if effect == errno.EINTR else 10**6)
        assert outcome.error is None, repr(outcome.error)
        assert target.content() == target.new
        n_calls[f"{call} {effect}"] = outcome.n_calls
    return n_calls


def test_interrupted_calls_and_short_writes_save_the_whole_model(fail_io: str, tmp_path: Path) -> None:
    n_calls = in_fresh_process(interrupt_and_shorten_calls, str(tmp_path), LD_PRELOAD=fail_io)
    short_writes = n_calls.pop(f"write {SHORT}")
    assert short_writes > 10
    assert n_calls == {f"{call} {errno.EINTR}": CALLS[call][0] + 3 for call in ("open", "write", "fsync")}


def refuse_to_sync(folder: str) -> None:
    target, faults = Target(folder), FileFaults(Path(folder))
    for number in (errno.EINVAL, errno.ENOTSUP):
        target.reset(OLD)
        of_file = faults.during(target.save, "fsync", number, 1)
        assert_names_path(of_file.error, number, target.path)
        assert target.content() == OLD
        of_folder = faults.during(target.save, "fsync", number, 2)
        assert of_folder.error is None
        assert target.content() == target.new


def test_a_file_system_that_cannot_sync_folders_is_no_error(fail_io: str, tmp_path: Path) -> None:
    in_fresh_process(refuse_to_sync, str(tmp_path), LD_PRELOAD=fail_io)


def test_the_first_failure_is_reported_when_cleaning_up_fails_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(number: int) -> Any:
        def call(*_: object, **__: object) -> None:
            raise OSError(number, os.strerror(number))

        return call

    model = fitted_regressor(3)
    monkeypatch.setattr(_atomic_file.os, "fsync", fail(errno.ENOSPC))
    monkeypatch.setattr(Path, "unlink", fail(errno.EIO))
    with pytest.raises(OSError) as failure:
        model.save(tmp_path / "model")
    monkeypatch.undo()
    assert_names_path(failure.value, errno.ENOSPC, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def limit_size_of_files(folder: str) -> int:
    target = Target(folder)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limits = range(0, len(target.new), 500)
    for limit in limits:
        target.reset(OLD)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        with pytest.raises(OSError) as failure:
            target.save()
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        assert_names_path(failure.value, errno.EFBIG, target.path)
        assert target.content() == OLD
    target.save()
    assert target.content() == target.new
    return len(limits)


def test_a_limit_on_the_size_of_files_leaves_the_old_file(tmp_path: Path) -> None:
    assert in_fresh_process(limit_size_of_files, str(tmp_path)) > 5


def fill_disk(folder: str) -> list[Any]:
    path = Path(folder, "model")
    small, large = fitted_regressor(3), fitted_regressor(300)
    small.save(path)
    old = path.read_bytes()
    with pytest.raises(OSError) as failure:
        large.save(path)
    assert path.read_bytes() == old
    small.save(path)
    return [failure.value.errno, failure.value.filename, [file.name for file in Path(folder).iterdir()]]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A real one of 128 KB, in a namespace where anybody may mount."""
    mount = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=128k tmpfs "$0" && exec "$@"', str(tmp_path)]
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the kernel gives no user namespace")
    command = [*mount, sys.executable, "-c", code_of(fill_disk, str(tmp_path))]
    completed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert completed.returncode == 0, completed.stderr
    assert json.loads(completed.stdout) == [errno.ENOSPC, str(tmp_path / "model"), ["model"]]


def test_a_device_is_not_written_to() -> None:
    with pytest.raises(OSError, match="not a regular file") as refusal:
        fitted_regressor(3).save("/dev/full")
    assert refusal.value.filename == "/dev/full"
