"""Random numbers as a pure function of what they are for: Philox4x32-10 (Salmon et al. 2011)."""

from __future__ import annotations

WORD = 2**32

# What a number is drawn for.
SPLIT_FEATURES = 1
TREE_FEATURES = 2
LEVEL_FEATURES = 3
CANDIDATE = 4
ROW = 5


def philox4x32(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the four random words of a counter under a key, after ten rounds."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, WORD)
        high1, low1 = divmod(0xCD9E8D57 * c2, WORD)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) % WORD, (k1 + 0xBB67AE85) % WORD
    return c0, c1, c2, c3


def draw_below(bits: int, n: int) -> int:
    """Return one of ``n`` numbers from 0 on, by 64 random bits."""
    return bits * n // 2**64


def random_u64(seed: int, purpose: int, item_a: int, item_b: int) -> int:
    """Return 64 random bits for the pair of items, such as (tree, node and feature)."""
    counter = (item_b % WORD, item_b // WORD, item_a, purpose)
    low, high, _, _ = philox4x32(counter, (seed % WORD, seed // WORD))
    return high * WORD + low
