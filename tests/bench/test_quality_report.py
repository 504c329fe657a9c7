"""The report of the quality benchmark, and what the bench's README says about its tables."""

from __future__ import annotations

import pathlib

import pytest

from bench.libraries import SKLEARN
from bench.quality.development import DEVELOPMENT
from bench.quality.held_out import HELD_OUT
from bench.quality.measurements import Measurement
from bench.quality.models import Model
from bench.quality.report import details, listing, summary
from bench.quality.tables import PublicTable

README = pathlib.Path(__file__).parents[2] / "bench" / "README.md"

GOOD, BAD, OWN, CONSTANT = (
    Model(label, SKLEARN, lambda task, X, seed: None) for label in ("good", "bad", "own", "constant")
)
MEASUREMENTS = {
    "first": {
        "good": [Measurement(1.0, 4.0, 1.0), Measurement(1.0, 4.0, 1.0)],
        "bad": [Measurement(3.0, 1.0, 1.0), Measurement(3.0, 1.0, 1.0)],
        "own": [Measurement(1.5, 2.0, 0.5), Measurement(2.5, 2.0, 0.5)],
        "constant": [Measurement(5.0, 0.04, 0.01), Measurement(5.0, 0.04, 0.01)],
    },
    "second": {
        "good": [Measurement(1.0, 1.0, 1.0)],
        "bad": [Measurement(2.0, 1.0, 1.0)],
        "own": [Measurement(0.5, 2.0, 1.0)],
        "constant": [Measurement(2.0, 0.01, 0.01)],
    },
}


def test_the_summary_is_sorted_by_the_number_and_compares_times_with_the_first_reference() -> None:
    _, _, *lines = summary(MEASUREMENTS, [BAD, GOOD, CONSTANT, OWN], [GOOD, BAD], CONSTANT).splitlines()
    own, good, bad, constant = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    # own: (1/4 - 1/2) / 2; among references (1/2 - 1/2) / 2; rank 2, then 1; half as long, then twice as long.
    name = f"own {SKLEARN.version}"
    assert own == [name, "-0.1250 ± 0.0625", "0.000 ± 0.125", "1.50", "1", "0.707"]
    assert good[1:] == ["0.0000 ± 0.0000", "0.000 ± 0.000", "1.50", "1", "1"]
    assert bad[1:] == ["0.7500 ± 0.0000", "1.000 ± 0.000", "3.00", "0.5", "1"]
    assert constant[1:] == ["1.0000 ± 0.0000", "1.000 ± 0.000", "3.50", "0.01", "0.01"]


def test_details_hold_normalised_losses_losses_errors_and_times() -> None:
    lines = details(MEASUREMENTS, [OWN], [GOOD, BAD], CONSTANT).splitlines()
    assert lines[2:] == ["| first | 2 | 0.250 (2 ± 0.5, 2 s) |", "| second | 1 | -0.500 (0.5 ± nan, 2 s) |"]


@pytest.mark.parametrize("tables", [DEVELOPMENT, HELD_OUT], ids=["development", "held_out"])
def test_the_readme_says_where_every_table_comes_from(tables: tuple[PublicTable, ...]) -> None:
    assert listing(tables) in README.read_text(), "python -m bench.quality --list --set ..."
