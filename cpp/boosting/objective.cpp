#include "boosting/objective.hpp"

#include <cmath>

#include "common/error.hpp"

namespace hornbeam::boosting {

void check_finite_targets(std::span<const double> y) {
    for (std::size_t i = 0; i < y.size(); ++i)
        check_argument(std::isfinite(y[i]), "y must be finite, got {} at row {}", y[i], i);
}

}  // namespace hornbeam::boosting
