"""Whole files only: a reader of the path sees the old file or the new one, whenever the writer is cut off."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

AnyPath = str | os.PathLike[str]


def read_regular_file(path: AnyPath) -> bytes:
    """Read a regular file; OSError naming the path for anything else, without ever waiting for a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _refuse_unless_regular(os.fstat(descriptor).st_mode, path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def write_atomically(path: AnyPath, data: bytes) -> None:
    """Replace the file at `path` by `data`, durably and as a whole; OSError naming the path if that fails.

    The data goes to a temporary file beside the target, reaches the disk and takes the target's name. A symbolic link
    is followed. Whatever fails, the old file is untouched and no temporary file is left.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.exists():
            _refuse_unless_regular(target.stat().st_mode, path)
        temporary = target.parent / f".hornbeam-{secrets.token_hex(8)}.tmp"
        # With 0o666 the kernel applies the umask; to read it ourselves we would change it for every thread.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name last too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refuse_unless_regular(mode: int, path: AnyPath) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
