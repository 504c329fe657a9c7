r"""From losses to one number per model.

On table :math:`t` let :math:`L_{mt}` be the mean loss of model :math:`m` over the splits, and let :math:`b_t` be that
of the best reference model. The normalised loss is

.. math:: N_{mt} = \min(1, (L_{mt} - b_t) / (u_t - b_t)).

It is 0 for the best reference, below 0 for a model that beats them all, and 1 for a loss of :math:`u_t` or more; below
it ends at -1, so that no table outweighs another. There are two choices of :math:`u_t`:

- the loss of the constant that knows the target's distribution alone: what share of all that can be learnt is missed.
  Tables on which every model is good hardly count.
- the loss of the worst reference: where a model stands among the references. Every table counts alike, however close
  the references are.

A model's number is the mean over the tables. Regression is scored by the root mean squared error: normalising takes
away the unit, and squares would only stretch distances.

Splits differ in how hard they are, for all models alike. Standard errors are therefore those of the difference to the
mean of the references on the same split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
# Of each table and model, by name, the losses of the splits.
Losses = Mapping[str, Mapping[str, Sequence[float]]]


class Score(NamedTuple):
    mean: float
    standard_error: float


class Scale(NamedTuple):
    """The models whose best has the normalised loss 0, and those whose worst has 1, by name."""

    references: Sequence[str]
    worst_of: Sequence[str]


def normalise(value: float, zero: float, one: float) -> float:
    """Return where a value lies between two, within -1 and 1; where they coincide only the side counts."""
    width = one - zero if one > zero else np.finfo(np.float64).tiny
    return float(np.clip((value - zero) / width, -1.0, 1.0))


def table_score(losses: Mapping[str, Sequence[float]], model: str, scale: Scale) -> Score:
    """Return a model's normalised loss on one table."""
    references = np.array([losses[name] for name in scale.references])
    zero = float(references.mean(axis=1).min())
    one = max(float(np.mean(losses[name])) for name in scale.worst_of)
    own = np.asarray(losses[model], dtype=np.float64)
    mean = normalise(float(own.mean()), zero, one)
    if len(own) == 1 or one <= zero:
        return Score(mean, 0.0)
    return Score(mean, standard_error(own - references.mean(axis=0)) / (one - zero))


def standard_error(values: Sequence[float] | Float64) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def score(losses: Losses, model: str, scale: Scale) -> Score:
    """Return a model's mean normalised loss over the tables; the error is that of the splits, for these tables."""
    scores = [table_score(table, model, scale) for table in losses.values()]
    errors = np.array([each.standard_error for each in scores])
    return Score(float(np.mean([each.mean for each in scores])), float(np.sqrt(np.sum(errors**2)) / len(scores)))


def mean_rank(losses: Losses, model: str) -> float:
    """Return the mean place of a model among all, 1 for the lowest mean loss; equals share the better place."""
    ranks = []
    for table in losses.values():
        means = {name: np.mean(values) for name, values in table.items()}
        ranks.append(1 + sum(mean < means[model] for mean in means.values()))
    return float(np.mean(ranks))


def geometric_mean(ratios: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(ratios))))
