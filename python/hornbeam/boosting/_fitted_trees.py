"""Everything that an estimator does with the trees of its fit."""

from __future__ import annotations

from hornbeam.boosting._inspection import InspectionMixin
from hornbeam.boosting._prediction import RawPredictionMixin
from hornbeam.boosting._revision import RevisionMixin


class FittedTreesMixin(RawPredictionMixin, InspectionMixin, RevisionMixin):
    """Predicts, explains, shows and changes the trees in `_model`."""
