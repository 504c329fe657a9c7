// What the losses of a positive mean share: raw = log of the mean, so a prediction is exp(raw).
#pragma once

#include <algorithm>
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

// With mu = exp(raw) and a variance that grows as mu^p, a leaf's loss after a step s has the minimum
// s = log(sum y mu^(1-p) / sum mu^(2-p)), and both sums follow from those of the gradients and hessians. Newton's parabola
// puts it far beyond where the leaf's targets lie far from mu, so the step ends at the minimum at the latest.
[[nodiscard]] inline double log_link_step(double newton, double G, double H, double p) {
    const double minimum = math::log((H - (2.0 - p) * G) / (H + (p - 1.0) * G));
    if (!std::isfinite(minimum)) return newton;  // all targets zero, or lost in rounding
    return newton > 0.0 ? std::clamp(minimum, 0.0, newton) : std::clamp(minimum, newton, 0.0);
}

}  // namespace hornbeam::boosting
