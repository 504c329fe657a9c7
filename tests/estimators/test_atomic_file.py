"""Saving replaces a file as a whole or not at all, and says which file it could not read or write.

tests/faults lets every call of the system fail.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

import hornbeam as hb
from hornbeam import _atomic_file
from hornbeam._model_file import from_bytes


def test_missing_file_directory_and_pipe_are_os_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, error in [
        (tmp_path / "missing", FileNotFoundError),
        (tmp_path, IsADirectoryError),
        (tmp_path / "pipe", OSError),
    ]:
        with pytest.raises(error) as refusal:
            hb.load(path)
        assert refusal.value.filename == str(path) or refusal.value.filename == path


def test_interrupted_save_leaves_no_temporary_file(
    saved: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    model = from_bytes(saved)
    monkeypatch.setattr(_atomic_file.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.save(tmp_path / "model")
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_save_refuses_what_is_not_a_regular_file(saved: bytes, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    model = from_bytes(saved)
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        model.save(tmp_path)
    with pytest.raises(OSError, match="not a regular file") as refusal:
        model.save(tmp_path / "pipe")
    assert refusal.value.errno == errno.EINVAL
    with pytest.raises(NotADirectoryError):  # and does not wait for somebody to write to the pipe
        model.save(tmp_path / "pipe" / "model")
    with pytest.raises(FileNotFoundError) as missing:
        model.save(tmp_path / "no" / "model")
    assert missing.value.filename == str(tmp_path / "no" / "model")


def test_save_follows_a_link_and_obeys_the_umask(saved: bytes, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    old = os.umask(0o027)
    try:
        from_bytes(saved).save(tmp_path / "link")
    finally:
        os.umask(old)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == saved
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o640


def test_data_is_on_disk_before_its_name_and_the_name_before_save_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync
    synced = []

    def watch(descriptor: int) -> None:
        status = os.fstat(descriptor)
        synced.append("folder" if stat.S_ISDIR(status.st_mode) else status.st_size)
        synced.append("named" if (tmp_path / "model").exists() else "not named")
        fsync(descriptor)

    monkeypatch.setattr(_atomic_file.os, "fsync", watch)
    _atomic_file.write_atomically(tmp_path / "model", b"data")  # so little that it would wait in a buffer
    assert synced == [4, "not named", "folder", "named"]


def test_neither_load_nor_save_leaves_a_file_open(saved: bytes, tmp_path: Path) -> None:
    model = from_bytes(saved)
    before = set(Path("/proc/self/fd").iterdir())
    model.save(tmp_path / "model")
    hb.load(tmp_path / "model")
    for refused in (model.save, hb.load):
        with pytest.raises(IsADirectoryError):
            refused(tmp_path)
    assert set(Path("/proc/self/fd").iterdir()) <= before


def test_a_private_file_stays_private(saved: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"old")
    path.chmod(0o600)
    from_bytes(saved).save(path)
    assert path.read_bytes() == saved
    assert path.stat().st_mode & 0o777 == 0o600
