// A model's iterations in stretches that have a quantised form each (quantised_forest.hpp).
//
// Trees that were grown on the same bins share their thresholds, and are one part. Those of an ensemble, or of a fit that
// was continued on other rows, have thresholds of their own, soon more than a byte counts.
#pragma once

#include <optional>
#include <vector>

#include "boosting/model.hpp"
#include "boosting/quantised_forest.hpp"

namespace hornbeam::boosting {

struct ForestPart {
    IterationRange iterations;
    std::optional<QuantisedForest> forest;  // none: a single iteration has too many thresholds, or too large a tree
};

// All iterations, in order; each part as long as can be.
[[nodiscard]] std::vector<ForestPart> forest_parts(const Model& model);

}  // namespace hornbeam::boosting
