// What an L1 penalty leaves of a sum of gradients (Tibshirani 1996): the minimum of G w + D w^2 / 2 + l1 |w| is at
// w = -soft_threshold(G, l1) / D.
#pragma once

#include <algorithm>
#include <cmath>

namespace hornbeam::boosting {

[[nodiscard]] inline double soft_threshold(double gradient, double l1) {
    return std::copysign(std::max(std::abs(gradient) - l1, 0.0), gradient);
}

}  // namespace hornbeam::boosting
