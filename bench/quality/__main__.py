"""One command, one number for each model: `python -m bench.quality --set development`.

The reference models are fitted once, and what they did is kept in the cache folder.
"""

from __future__ import annotations

import argparse
import sys
import time

from bench.quality.cases import cases
from bench.quality.development import DEVELOPMENT
from bench.quality.held_out import HELD_OUT
from bench.quality.measurements import Measurement, measure, measure_once
from bench.quality.models import BASELINE, CANDIDATES, REFERENCES, Model
from bench.quality.report import details, listing, summary
from bench.quality.tables import PublicTable

SETS = {"development": DEVELOPMENT, "held_out": HELD_OUT}


def measure_table(table: PublicTable, models: list[Model], n_splits: int | None) -> dict[str, list[Measurement]]:
    """Measure every model on every case of a table, and say so as it goes."""
    measurements: dict[str, list[Measurement]] = {model.label: [] for model in models}
    for case in cases(table, n_splits):
        for model in models:
            measurement = (measure_once if model in REFERENCES else measure)(model, case)
            measurements[model.label].append(measurement)
            print(
                f"{time.strftime('%H:%M:%S')} {table.name} {case.split}: {model.label} loss {measurement.loss:.5g}, "
                f"fit {measurement.fit_seconds:.2f} s, predict {measurement.predict_seconds:.3f} s",
                file=sys.stderr,
                flush=True,
            )
    return measurements


def main() -> None:
    candidates = {model.label: model for model in CANDIDATES}
    tables = {table.name: table for tables in SETS.values() for table in tables}
    parser = argparse.ArgumentParser(prog="python -m bench.quality", description=__doc__)
    parser.add_argument("--set", choices=[*SETS, "all"], default="development")
    parser.add_argument("--tables", nargs="+", choices=sorted(tables), help="only these of the set")
    parser.add_argument("--models", nargs="*", choices=list(candidates), default=list(candidates), help="to be judged")
    parser.add_argument("--splits", type=int, help="only the first splits of each table")
    parser.add_argument("--list", action="store_true", help="print where the tables come from, and measure nothing")
    options = parser.parse_args()

    chosen = [table for name, tables in SETS.items() if options.set in (name, "all") for table in tables]
    chosen = [table for table in chosen if options.tables is None or table.name in options.tables]
    if options.list:
        print(listing(chosen))
        return
    models = [*(candidates[label] for label in options.models), *REFERENCES, BASELINE]
    absent = {model.library.module for model in models if not model.library.available}
    if absent:
        parser.error(f"not installed: {', '.join(sorted(absent))} (pip install '.[bench]')")
    measurements = {table.name: measure_table(table, models, options.splits) for table in chosen}
    print(summary(measurements, models, REFERENCES, BASELINE), end="\n\n")
    print(details(measurements, models, REFERENCES, BASELINE))


if __name__ == "__main__":
    main()
