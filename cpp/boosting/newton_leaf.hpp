// The value of a leaf from the sums of its gradients and hessians (docs/boosting.md §7): a Newton step, -T(G) / (H + l2)
// (Chen & Guestrin 2016, eq. 5; T: soft_threshold.hpp), as far as the objective lets it go, times the learning rate.
#pragma once

#include <cmath>

#include "boosting/objective.hpp"
#include "boosting/soft_threshold.hpp"
#include "boosting/tree.hpp"
#include "boosting/value_bounds.hpp"

namespace hornbeam::boosting {

struct LeafOptions {
    double learning_rate = 0.1;
    double l1 = 0.0;
    double l2 = 0.0;
    MonotoneSigns monotone;
};

// In units of 2^gradient_exponent and 2^hessian_exponent.
struct LeafGradients {
    double gradient;
    double hessian;
};

[[nodiscard]] inline double newton_leaf(const Objective& objective, const LeafOptions& options,
                                        const LeafGradients& sums, int gradient_exponent, int hessian_exponent) {
    const double denominator = sums.hessian + std::ldexp(options.l2, -hessian_exponent);
    if (!(denominator > 0.0)) return 0.0;
    const int exponent = gradient_exponent - hessian_exponent;
    const double kept = soft_threshold(sums.gradient, std::ldexp(options.l1, -gradient_exponent));
    const double newton = -std::ldexp(kept / denominator, exponent);
    const double step = objective.leaf_step(newton, std::ldexp(sums.gradient, exponent), sums.hessian);
    return clipped_to_finite(options.learning_rate * step);
}

}  // namespace hornbeam::boosting
