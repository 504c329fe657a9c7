"""What the automatic estimators choose, from the size of the table alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from hornbeam._plain_json import expect


@dataclass(frozen=True)
class Resolved:
    """The chosen parameters: those of `HistGradientBoosting*` under their names, then those of the ensemble."""

    learning_rate: float
    max_leaf_nodes: int
    min_samples_leaf: int
    min_child_weight: float
    l2_regularization: float
    max_features: float
    cat_smooth: float
    cat_l2: float
    n_folds: int  # of which each member holds back one
    n_members: int  # at most as many
    max_iter: int
    patience: int

    def tree_parameters(self) -> dict[str, Any]:
        """Return what the estimator of a member is told."""
        others = {"n_folds", "n_members", "max_iter", "patience"}
        return {name: value for name, value in asdict(self).items() if name not in others}

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Read what `dataclasses.asdict` gave; ModelFormatError if it is not that."""
        kinds = {"int": int, "float": float}
        names = {field.name for field in fields(cls)}
        expect(isinstance(values, dict) and set(values) == names, "the resolved parameters are not those of a fit")
        for field in fields(cls):
            kind = kinds[str(field.type)]
            expect(type(values[field.name]) is kind, f"resolved parameter {field.name!r} is no {field.type}")
        read = cls(**values)
        expect(0 < read.n_members <= read.n_folds, "there are resolved members without a fold of their own")
        expect(read.max_iter > 0 and read.patience > 0, "resolved members have no iterations")
        return read


def resolve(*, n_rows: int, n_outputs: int = 1) -> Resolved:
    """Choose the parameters of a fit: large tables get fewer members, for each knows enough by itself.

    So do many classes, of which each takes a tree in every iteration.
    """
    size = n_rows * max(1.0, n_outputs / 2)
    n_members = max(2, min(8, round(8 * (40_000 / size) ** 0.5)))
    return Resolved(
        learning_rate=0.1,
        max_leaf_nodes=20,
        min_samples_leaf=5,
        min_child_weight=1e-6,
        l2_regularization=1.0,
        max_features=0.5,
        cat_smooth=1.0,
        cat_l2=1.0,
        n_folds=8,
        n_members=n_members,
        max_iter=2000,
        patience=60,
    )


def as_drawn(resolved: Resolved, *, n_folds: int, can_validate: bool) -> Resolved:
    """Return the parameters with the folds that there are; where none can say when to stop, few iterations are left."""
    max_iter = resolved.max_iter if can_validate else 20
    return replace(resolved, n_folds=n_folds, n_members=min(n_folds, resolved.n_members), max_iter=max_iter)
