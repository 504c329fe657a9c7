"""
The common core, for the test suite.
"""

from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing

__all__: list[str] = [
    "RunningMoments",
    "bin_edges",
    "bin_matrix",
    "buffer_offset",
    "default_serial_cutoff",
    "evaluate_objective",
    "exp",
    "feature_columns",
    "last_region_workers",
    "log",
    "log1p_exp",
    "objective_baseline",
    "order_free_sum",
    "philox4x32",
    "poll_for",
    "random_u64",
    "ranges",
    "row_block_offsets",
    "run_nested_region",
    "run_region",
    "sample_rows",
    "set_core_cap",
    "set_serial_cutoff",
    "sigmoid",
]

class RunningMoments:
    def __init__(self) -> None: ...
    def add(
        self,
        value: typing.SupportsFloat | typing.SupportsIndex,
        weight: typing.SupportsFloat | typing.SupportsIndex = 1.0,
    ) -> None: ...
    def merge(self, other: RunningMoments) -> None: ...
    def variance(self, ddof: typing.SupportsFloat | typing.SupportsIndex = 0.0) -> float: ...
    @property
    def count(self) -> int: ...
    @property
    def m2(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def weight(self) -> float: ...

def bin_edges(
    X: typing.Any, sample_weight: numpy.ndarray | None, max_bins: typing.SupportsInt | typing.SupportsIndex
) -> list[numpy.typing.NDArray[numpy.float64]]: ...
def bin_matrix(
    X: typing.Any, sample_weight: numpy.ndarray | None, max_bins: typing.SupportsInt | typing.SupportsIndex
) -> numpy.typing.NDArray[numpy.uint8]: ...
def buffer_offset(n: typing.SupportsInt | typing.SupportsIndex) -> int: ...
def evaluate_objective(
    objective: typing.Any,
    y: numpy.ndarray,
    raw: numpy.ndarray,
    quantile: typing.SupportsFloat | typing.SupportsIndex = 0.5,
    power: typing.SupportsFloat | typing.SupportsIndex = 1.5,
) -> tuple: ...
def exp(x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...
def feature_columns(X: typing.Any, max_bins: typing.SupportsInt | typing.SupportsIndex) -> tuple[list[int], int]: ...
def last_region_workers() -> int: ...
def log(x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...
def log1p_exp(x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...
def objective_baseline(
    objective: typing.Any,
    y: numpy.ndarray,
    n_classes: typing.SupportsInt | typing.SupportsIndex,
    quantile: typing.SupportsFloat | typing.SupportsIndex = 0.5,
    power: typing.SupportsFloat | typing.SupportsIndex = 1.5,
) -> list[float]: ...
def order_free_sum(x: numpy.ndarray, count: numpy.ndarray) -> float: ...
def philox4x32(
    counter: typing.Annotated[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(4)"],
    key: typing.Annotated[collections.abc.Sequence[typing.SupportsInt | typing.SupportsIndex], "FixedSize(2)"],
) -> typing.Annotated[list[int], "FixedSize(4)"]: ...
def poll_for(milliseconds: typing.SupportsFloat | typing.SupportsIndex) -> None: ...
def random_u64(
    seed: typing.SupportsInt | typing.SupportsIndex,
    purpose: typing.SupportsInt | typing.SupportsIndex,
    item_a: typing.SupportsInt | typing.SupportsIndex,
    item_b: typing.SupportsInt | typing.SupportsIndex,
) -> int: ...
def ranges(
    size: typing.SupportsInt | typing.SupportsIndex, grain: typing.SupportsInt | typing.SupportsIndex
) -> list[tuple[int, int]]: ...
def row_block_offsets(
    n_rows: typing.SupportsInt | typing.SupportsIndex, n_columns: typing.SupportsInt | typing.SupportsIndex
) -> tuple[list[int], list[int]]: ...
def run_nested_region(
    outer: typing.SupportsInt | typing.SupportsIndex, inner: typing.SupportsInt | typing.SupportsIndex
) -> tuple[numpy.typing.NDArray[numpy.uint32], numpy.typing.NDArray[numpy.uint32]]: ...
def run_region(
    n_chunks: typing.SupportsInt | typing.SupportsIndex,
    n_threads: typing.SupportsInt | typing.SupportsIndex = 0,
    *,
    chunk_ms: typing.SupportsFloat | typing.SupportsIndex = 0.0,
    failing_chunk: typing.SupportsInt | typing.SupportsIndex | None = None,
) -> tuple[numpy.typing.NDArray[numpy.uint32], numpy.typing.NDArray[numpy.uint32]]: ...
def sample_rows(
    g: numpy.ndarray,
    h: numpy.ndarray | None,
    count: numpy.ndarray,
    *,
    subsample: typing.SupportsFloat | typing.SupportsIndex,
    gradient_based: bool,
    seed: typing.SupportsInt | typing.SupportsIndex,
    iteration: typing.SupportsInt | typing.SupportsIndex = 0,
    n_threads: typing.SupportsInt | typing.SupportsIndex = 1,
) -> tuple: ...
def set_core_cap(n_cores: typing.SupportsInt | typing.SupportsIndex) -> None: ...
def set_serial_cutoff(nanoseconds: typing.SupportsInt | typing.SupportsIndex) -> None: ...
def sigmoid(x: numpy.typing.NDArray[numpy.float64]) -> numpy.typing.NDArray[numpy.float64]: ...

default_serial_cutoff: int = 20000
