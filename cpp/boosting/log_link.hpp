// What the losses of a positive mean share: raw = log of the mean, so a prediction is exp(raw).
#pragma once

#include <cmath>
#include <span>
#include <string_view>

#include "boosting/objective.hpp"
#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"
#include "common/math.hpp"

namespace hornbeam::boosting {

inline void check_non_negative_targets(std::span<const double> y, std::string_view objective) {
    for (std::size_t i = 0; i < y.size(); ++i) {
        check_argument(y[i] >= 0.0 && std::isfinite(y[i]), "y must be non-negative and finite for {}, got {} at row {}",
                       objective, y[i], i);
    }
}

// The best constant of Poisson, gamma and Tweedie loss alike.
[[nodiscard]] inline std::vector<double> log_of_mean(const Targets& targets) {
    const double mean = weighted_mean(targets.y, targets.weights, targets.threads);
    check_argument(mean > 0.0, "y must be positive somewhere");
    return {math::log(mean)};
}

}  // namespace hornbeam::boosting
