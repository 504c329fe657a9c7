"""Whole files only: a reader of the path sees the old file or the new one, whenever the writer is cut off."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

AnyPath = str | os.PathLike[str]


def read_regular_file(path: AnyPath) -> bytes:
    """Read a regular file; OSError naming the path for anything else, without ever waiting for a pipe."""
    # Path.open takes no opener.
    with _errors_name(path), open(path, "rb", opener=_open_without_waiting) as file:
        _refuse_unless_regular(os.fstat(file.fileno()).st_mode)
        return file.read()


def write_atomically(path: AnyPath, data: bytes) -> None:
    """Replace the file at `path` by `data`, durably and as a whole; OSError naming the path if that fails.

    The data goes to a temporary file beside the target, reaches the disk and takes the target's name. A symbolic link
    is followed, and the new file has the permissions of the old one. Whatever fails, the old file is untouched and no
    temporary file is left, with one exception: where only the last step fails, to bring the new name to the disk, the
    new file is in place, but might not outlast a crash of the machine.
    """
    with _errors_name(path):
        target = Path(os.path.realpath(path))
        old_mode = target.stat().st_mode if target.exists() else None
        if old_mode is not None:
            _refuse_unless_regular(old_mode)
        with _opened_folder(target.parent) as folder:
            _replace(target, data, old_mode)
            _sync_folder(folder)


def _replace(target: Path, data: bytes, old_mode: int | None) -> None:
    temporary = target.parent / f".hornbeam-{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            if old_mode is not None and old_mode != os.fstat(file.fileno()).st_mode:
                os.fchmod(file.fileno(), stat.S_IMODE(old_mode))  # before there is anything to read
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        # The caller has to hear of what went wrong first.
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


@contextlib.contextmanager
def _opened_folder(folder: Path) -> Iterator[int]:
    """Open the folder before anything changes: from then on only syncing it can fail."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _sync_folder(descriptor: int) -> None:
    """Make the new name last too, on the file systems that can."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _refuse_unless_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file")


@contextlib.contextmanager
def _errors_name(path: AnyPath) -> Iterator[None]:
    """Make every OSError name the path that the caller knows: reads and writes name none, or the temporary file."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
