"""What a search is asked, and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbeam._validation import Float64

__all__ = ["Int64", "Neighborhoods", "Search", "blocks"]

Int64 = NDArray[np.int64]

_BLOCK_VALUES = 2**22


class Search(ABC):
    """The rows of a fit, and who among them is near a query. The queries None are the rows, each without itself."""

    rows: Any

    @abstractmethod
    def nearest(self, queries: Any, k: int, n_jobs: int | None) -> tuple[Float64, Int64]:
        """Distances and rows, both of shape (n_queries, k), ordered by (distance, row)."""

    @abstractmethod
    def within(self, queries: Any, radius: Any, n_jobs: int | None) -> Neighborhoods:
        """All rows no further than the radius, one for all queries or one for each."""


@dataclass(frozen=True)
class Neighborhoods:
    """Neighbours of several queries: query i has those from `begin[i]` to `begin[i + 1]`, as in sparse rows."""

    begin: Int64
    distance: Float64
    row: Int64

    @classmethod
    def of_counts(cls, counts: NDArray[Any], distance: Float64, row: Int64) -> Neighborhoods:
        """From the number of neighbours of each query."""
        return cls(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), distance, row)

    @classmethod
    def of_nearest(cls, distance: Float64, row: Int64) -> Neighborhoods:
        """From as many neighbours of each query, a line of the arrays each."""
        return cls.of_counts(np.full(len(row), row.shape[1]), distance.ravel(), row.ravel())

    @classmethod
    def of_mask(cls, is_near: NDArray[np.bool_], distance: Float64) -> Neighborhoods:
        """From the distances of all rows to each query, and which of them are near."""
        return cls.of_counts(is_near.sum(axis=1), distance[is_near], np.nonzero(is_near)[1])

    @classmethod
    def stacked(cls, parts: list[Neighborhoods]) -> Neighborhoods:
        """Those of the first queries, then those of the next ones."""
        if len(parts) == 1:
            return parts[0]
        return cls.of_counts(
            np.concatenate([part.sizes for part in parts]),
            np.concatenate([part.distance for part in parts]),
            np.concatenate([part.row for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.begin) - 1

    @property
    def sizes(self) -> Int64:
        """Number of neighbours of each query."""
        return np.diff(self.begin)

    @property
    def query(self) -> Int64:
        """The query of each neighbour."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def where(self, mask: NDArray[np.bool_]) -> Neighborhoods:
        """Those neighbours for which the mask is true."""
        if mask.all():
            return self
        begin = np.concatenate([[0], np.cumsum(mask)])[self.begin]
        return Neighborhoods(begin, self.distance[mask], self.row[mask])

    def within(self, radius: Any) -> Neighborhoods:
        """Those neighbours that are no further than the radius, one for all queries or one for each."""
        limit = np.repeat(radius, self.sizes) if np.ndim(radius) else radius
        return self.where(self.distance <= limit)

    def without_own(self) -> Neighborhoods:
        """Without the row that has the query's number."""
        return self.where(self.row != self.query)

    def by_distance(self) -> Neighborhoods:
        """The same, of each query the nearest first and of equally near ones the lower row."""
        order = np.lexsort((self.row, self.distance, self.query))
        return Neighborhoods(self.begin, self.distance[order], self.row[order])

    def first(self, k: int) -> tuple[Float64, Int64]:
        """Distances and rows of the first k of each query, which all have as many."""
        place = self.begin[:-1, None] + np.arange(k)
        return self.distance[place], self.row[place]

    def split(self, values: NDArray[Any]) -> NDArray[np.object_]:
        """Values of neighbours as an array of arrays, one for each query."""
        arrays = np.empty(len(self), dtype=object)
        arrays[:] = np.split(values, self.begin[1:-1])
        return arrays


def blocks(n_queries: int, width: int) -> Iterator[slice]:
    """Slices of the queries, so that a table of as many rows and this width takes 32 MiB at most."""
    step = max(1, _BLOCK_VALUES // width)
    for begin in range(0, n_queries, step):
        yield slice(begin, min(begin + step, n_queries))
