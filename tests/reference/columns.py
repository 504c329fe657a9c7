"""The features that a tree, a level of it and a node draw (docs/boosting.md, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tests.reference.philox import LEVEL_FEATURES, SPLIT_FEATURES, TREE_FEATURES, WORD, random_u64


def draw_share(features: Collection[int], share: float, key: Callable[[int], int]) -> list[int]:
    """Return a share of the features, at least one: those with the smallest keys."""
    if share == 1.0:
        return sorted(features)
    n_drawn = max(1, int(share * len(features)))
    return sorted(sorted(features, key=lambda f: (key(f), f))[:n_drawn])


def tree_features(seed: int, tree: int, n_features: int, share: float) -> list[int]:
    return draw_share(range(n_features), share, lambda f: random_u64(seed, TREE_FEATURES, tree, f))


def level_features(seed: int, tree: int, depth: int, features: Collection[int], share: float) -> list[int]:
    """Return what nodes of this depth that may look at these features have in common."""
    return draw_share(features, share, lambda f: random_u64(seed, LEVEL_FEATURES, tree, depth * WORD + f))


def split_features(seed: int, tree: int, node: int, features: Collection[int], share: float) -> list[int]:
    """Return the features that a node looks at."""
    return draw_share(features, share, lambda f: random_u64(seed, SPLIT_FEATURES, tree, node * WORD + f))
