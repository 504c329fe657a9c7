"""Philox4x32-10 against the known answers of its authors and against the twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hornbeam._core import testing
from tests.reference import philox

pytestmark = pytest.mark.isa

WORD = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**64 - 1)

# The known-answer vectors of the Random123 library (Salmon et al. 2011): counter, key, words.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
def test_philox_gives_the_published_answers(counter: str, key: str, expected: str) -> None:
    assert testing.philox4x32(words(counter), words(key)) == words(expected)
    assert list(philox.philox4x32(tuple(words(counter)), tuple(words(key)))) == words(expected)


@given(st.tuples(WORD, WORD, WORD, WORD), st.tuples(WORD, WORD))
def test_philox_equals_the_reference(counter: tuple[int, int, int, int], key: tuple[int, int]) -> None:
    assert tuple(testing.philox4x32(list(counter), list(key))) == philox.philox4x32(counter, key)


@given(LONG, WORD, WORD, LONG)
def test_random_u64_equals_the_reference(seed: int, purpose: int, item_a: int, item_b: int) -> None:
    assert testing.random_u64(seed, purpose, item_a, item_b) == philox.random_u64(seed, purpose, item_a, item_b)


def test_every_part_of_the_key_changes_the_number() -> None:
    base = (7, 1, 3, 5)
    numbers = {testing.random_u64(*base)}
    for position, item in enumerate(base):
        numbers.add(testing.random_u64(*base[:position], item + 1, *base[position + 1 :]))
    numbers.add(testing.random_u64(7 + 2**32, 1, 3, 5))
    numbers.add(testing.random_u64(7, 1, 3, 5 + 2**32))
    assert len(numbers) == 7


def test_bits_are_balanced() -> None:
    numbers = np.array([testing.random_u64(0, 1, 0, item) for item in range(10_000)], dtype=np.uint64)
    ones = ((numbers[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).mean(axis=0)
    assert np.all(np.abs(ones - 0.5) < 5 * 0.5 / np.sqrt(10_000))
