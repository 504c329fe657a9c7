"""Random numbers as a pure function of what they are for: Philox4x32-10 (Salmon et al. 2011)."""

from __future__ import annotations

WORD = 2**32
SPLIT_FEATURES = 1  # the purpose: which features a node looks at


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


def random_u64(seed: int, purpose: int, item_a: int, item_b: int) -> int:
    """Return 64 random bits for the pair of items, such as (tree, node and feature)."""
    counter = (item_b % WORD, item_b // WORD, item_a, purpose)
    low, high, _, _ = philox4x32(counter, (seed % WORD, seed // WORD))
    return high * WORD + low


def split_features(seed: int, tree: int, node: int, allowed: list[int], max_features: float) -> list[int]:
    """Return the features that a node looks at: of those allowed the ones with the smallest keys."""
    if max_features == 1.0:
        return allowed
    keys = [(random_u64(seed, SPLIT_FEATURES, tree, node * WORD + f), f) for f in allowed]
    n_searched = max(1, int(max_features * len(allowed)))
    return sorted(f for _, f in sorted(keys)[:n_searched])
