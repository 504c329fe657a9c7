"""What was measured, as markdown."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from bench.quality.measurements import Measurement
from bench.quality.models import Model
from bench.quality.scores import Losses, Scale, geometric_mean, mean_rank, score, standard_error, table_score
from bench.quality.tables import PublicTable

# Of each table and model, by name, the measurements of the splits.
Measurements = Mapping[str, Mapping[str, Sequence[Measurement]]]


def losses_of(measurements: Measurements) -> Losses:
    return {
        table: {model: [each.loss for each in measured] for model, measured in models.items()}
        for table, models in measurements.items()
    }


def mean_seconds(measured: Sequence[Measurement], what: str) -> float:
    return statistics.fmean(float(getattr(each, what)) for each in measured)


def time_ratio(measurements: Measurements, model: str, reference: str, what: str) -> float:
    """Return how many times as long as the reference a model takes, as the geometric mean over the tables."""
    return geometric_mean(
        [mean_seconds(table[model], what) / mean_seconds(table[reference], what) for table in measurements.values()]
    )


def summary(measurements: Measurements, models: Sequence[Model], references: Sequence[Model], baseline: Model) -> str:
    """Return one line for each model; times are relative to the first reference."""
    losses, names = losses_of(measurements), [reference.label for reference in references]
    scale, among = Scale(names, [baseline.label]), Scale(names, names)
    lines = [
        f"| {len(losses)} tables | normalised loss | among references | mean rank | fit, {names[0]} = 1 | predict |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for model in sorted(models, key=lambda model: score(losses, model.label, scale).mean):
        normalised, place = (score(losses, model.label, each) for each in (scale, among))
        fit, predict = (
            time_ratio(measurements, model.label, names[0], f"{what}_seconds") for what in ("fit", "predict")
        )
        lines.append(
            f"| {model.label} {model.library.version} | {normalised.mean:.4f} ± {normalised.standard_error:.4f} "
            f"| {place.mean:.3f} ± {place.standard_error:.3f} | {mean_rank(losses, model.label):.2f} "
            f"| {fit:.3g} | {predict:.3g} |"
        )
    return "\n".join(lines)


def details(measurements: Measurements, models: Sequence[Model], references: Sequence[Model], baseline: Model) -> str:
    """Return one line for each table: normalised losses, in brackets losses and mean seconds of a fit."""
    losses = losses_of(measurements)
    scale = Scale([reference.label for reference in references], [baseline.label])
    lines = ["| table | splits | " + " | ".join(model.label for model in models) + " |"]
    lines.append("|---|---:|" + "---:|" * len(models))
    for table, values in losses.items():
        cells = []
        for model in models:
            own = values[model.label]
            error = standard_error(own) if len(own) > 1 else float("nan")
            normalised = table_score(values, model.label, scale).mean
            seconds = mean_seconds(measurements[table][model.label], "fit_seconds")
            cells.append(f"{normalised:.3f} ({statistics.fmean(own):.4g} ± {error:.1g}, {seconds:.2g} s)")
        lines.append(f"| {table} | {len(own)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def listing(tables: Sequence[PublicTable]) -> str:
    """Return where each table comes from and how it is split."""
    lines = ["| table | task | split | source | licence | package |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {table.name} | {table.task} | {'by time' if table.ordered else 'at random'} "
        f"| {table.source} | {table.licence} | {table.origin.package} |"
        for table in tables
    ]
    return "\n".join(lines)
