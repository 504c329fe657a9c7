"""The promise of same bits: the pinned digests over threads, SIMD levels, memory layouts and dtypes at once.

The full product would be fits by the ten thousand, so every *pair* of choices meets instead: a fault that needs one
thread count, one level, one layout, one dtype or any two of them is found. tests/golden/test_surroundings.py has what
needs a process of its own.
"""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from hornbeam import _core
from hornbeam._core import testing
from tests.golden.digests import Arrange, assert_pinned, cases, digest_of, digests, fit, name_of_pins, pinned
from tests.strategies import layouts

THREADS = range(1, 17)
LEVELS = _core.simd_levels()
DTYPES = ["float16", "float32", "float64"]
LAYOUTS = [*layouts(np.zeros((1, 1))), "memory-mapped"]

# One long table and its share of the short ones, which keep few threads busy.
LONG = ["long multiclass", "long binary", "longer"]
SHORT = [name for name in cases() if name not in LONG]
GROUPS = [(name, *SHORT[i :: len(LONG)]) for i, name in enumerate(LONG)]


class Choice(NamedTuple):
    threads: int
    layout: str
    level: str
    dtype: str
    group: int

    def __str__(self) -> str:
        return "-".join(map(str, self))


# For each layout the 16 thread counts run through every remainder of 12, hence through every level with every dtype.
CHOICES = [
    Choice(n, LAYOUTS[i], LEVELS[(n + i) % len(LEVELS)], DTYPES[(n + 2 * i) % 3], (n // 3 + i) % 3)
    for n, i in itertools.product(THREADS, range(len(LAYOUTS)))
]


@pytest.fixture(autouse=True)
def runtime() -> Iterator[None]:
    """Let sixteen threads run on any machine and for any number of rows; put everything back."""
    level = _core.simd_level()
    testing.set_core_cap(16)
    testing.set_serial_cutoff(0)
    yield
    testing.set_serial_cutoff(testing.default_serial_cutoff)
    testing.set_core_cap(0)
    _core.set_num_threads(0)
    _core.set_simd_level(level)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("mapped")


def arrangement(layout: str, dtype: str, narrowest: str, folder: pathlib.Path) -> Arrange:
    """Return the way to lay features out in memory, in the dtype if it holds them."""
    held = np.promote_types(dtype, narrowest)

    def arrange(X: NDArray[np.float64]) -> NDArray[Any]:
        narrow = X.astype(held)
        np.testing.assert_array_equal(narrow, X)  # or other bits would be right
        return mapped(narrow, folder) if layout == "memory-mapped" else layouts(narrow)[layout]

    return arrange


def mapped(X: NDArray[Any], folder: pathlib.Path) -> NDArray[Any]:
    path = folder / "X"
    path.unlink(missing_ok=True)  # an earlier map of the file stays as it is
    X.tofile(path)
    return np.memmap(path, X.dtype, mode="r", shape=X.shape)


def test_every_pair_of_choices_meets() -> None:
    axes = (THREADS, LAYOUTS, LEVELS, DTYPES, range(len(GROUPS)))
    for a, b in itertools.combinations(range(len(axes)), 2):
        met = {(choice[a], choice[b]) for choice in CHOICES}
        assert met == set(itertools.product(axes[a], axes[b]))


def test_every_case_is_pinned_and_no_other() -> None:
    assert list(pinned()) == list(cases())
    assert sorted({name for group in GROUPS for name in group}) == sorted(cases())


def test_the_changelog_tells_of_the_latest_change_of_the_digests() -> None:
    changelog = pathlib.Path(__file__).parents[2].joinpath("CHANGELOG.md").read_text()
    latest = changelog.split("### Results may change\n", 1)[1].split("\n#", 1)[0]
    assert f"`{name_of_pins()}`" in latest, "pinned digests changed, CHANGELOG.md does not say why"


@pytest.mark.isa
def test_bits_of_an_ordinary_run_are_the_pinned_ones() -> None:
    assert_pinned(digests())


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_bits_are_the_pinned_ones(choice: Choice, folder: pathlib.Path) -> None:
    _core.set_simd_level(choice.level)
    _core.set_num_threads(choice.threads)
    found = {}
    for name in GROUPS[choice.group]:
        case = cases()[name]
        arrange = arrangement(choice.layout, choice.dtype, case.narrowest, folder)
        found |= digests([name], arrange)
        if name in LONG:
            assert testing.last_region_workers() == choice.threads
    assert_pinned(found)


@pytest.mark.parametrize("name", [name for name in cases() if hasattr(cases()[name].model, "learning_rate")])
def test_digests_see_the_smallest_change_of_the_learning_rate(name: str) -> None:
    case = cases()[name]
    rate = float(np.nextafter(case.model.learning_rate, 1.0))
    changed = dataclasses.replace(case, model=type(case.model)(**case.model.get_params() | {"learning_rate": rate}))
    found = digest_of(fit(changed), changed.X)
    assert found["predictions"] != pinned()[name]["predictions"]
    assert found["file"] != pinned()[name]["file"]


def test_a_mismatch_says_what_to_do() -> None:
    found = {name: dict(parts) for name, parts in pinned().items()}
    found["binary"]["file"] = "0" * 64
    with pytest.raises(AssertionError, match=r"\['binary: file'\].*Changed on purpose\?(.|\n)*Results may change"):
        assert_pinned(found)
