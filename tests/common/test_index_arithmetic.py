"""Sizes beyond 32 bits: ranges of work, and buffers that no machine has."""

from __future__ import annotations

import pytest

from hornbeam._core import testing


@pytest.mark.parametrize("grain", [2**31 - 1, 2**31, 2**32, 2**33, 2**63])
@pytest.mark.parametrize("size", [0, 1, 2**31, 2**32 - 1, 2**32 + 1, 2**33 + 5, 2**63 - 1])
def test_ranges_cover_every_item_once_whatever_their_number(size: int, grain: int) -> None:
    if size // grain > 100:
        grain = size // 7
    ranges = testing.ranges(size, grain)
    assert [begin for begin, _ in ranges] == list(range(0, size, grain))
    assert [end for _, end in ranges] == [min(begin + grain, size) for begin, _ in ranges]


@pytest.mark.parametrize("n", [2**60, 2**61 - 1, 2**61, 2**61 + 1, 2**63, 2**64 - 1])
def test_buffer_whose_bytes_do_not_fit_64_bits_is_a_memory_error(n: int) -> None:
    with pytest.raises(MemoryError):
        testing.buffer_offset(n)


def test_buffer_starts_at_a_cache_line() -> None:
    assert all(testing.buffer_offset(n) == 0 for n in (0, 1, 7, 1000))
